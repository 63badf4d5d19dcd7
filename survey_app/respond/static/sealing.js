// HPKE base mode (RFC 9180), the suite of its appendix A.3:
// DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM.
import { concat, utf8 } from './bytes.js';

const CURVE = { name: 'ECDH', namedCurve: 'P-256' };
const KEM = concat(utf8('KEM'), [0, 0x10]);
const SUITE = concat(utf8('HPKE'), [0, 0x10, 0, 1, 0, 1]);
const EMPTY = new Uint8Array();

/**
 * SealBase (section 6.1), as `enc ‖ ct`. The ephemeral key pair is given by published vectors only.
 */
export async function seal(publicKey, info, plaintext, { aad = EMPTY, ephemeral } = {}) {
  const { enc, sharedSecret } = await encap(publicKey, ephemeral);
  const { key, nonce } = await keySchedule(sharedSecret, info);
  const aes = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
  const scheme = { name: 'AES-GCM', iv: nonce, additionalData: aad };
  return concat(enc, new Uint8Array(await crypto.subtle.encrypt(scheme, aes, plaintext)));
}

/** Encap (section 4.1). */
async function encap(publicKey, ephemeral) {
  const pair = ephemeral || (await crypto.subtle.generateKey(CURVE, true, ['deriveBits']));
  const recipient = await crypto.subtle.importKey('raw', publicKey, CURVE, false, []);
  const agreement = { name: 'ECDH', public: recipient };
  const dh = new Uint8Array(await crypto.subtle.deriveBits(agreement, pair.privateKey, 256));
  const enc = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const prk = await extract(KEM, EMPTY, 'eae_prk', dh);
  const sharedSecret = await expand(KEM, prk, 'shared_secret', concat(enc, publicKey), 32);
  return { enc, sharedSecret };
}

/** KeySchedule (section 5.1) in base mode: no PSK, and the nonce of the first message. */
async function keySchedule(sharedSecret, info) {
  const pskIdHash = await extract(SUITE, EMPTY, 'psk_id_hash', EMPTY);
  const infoHash = await extract(SUITE, EMPTY, 'info_hash', info);
  const context = concat([0], pskIdHash, infoHash);
  const secret = await extract(SUITE, sharedSecret, 'secret', EMPTY);
  return {
    key: await expand(SUITE, secret, 'key', context, 16),
    nonce: await expand(SUITE, secret, 'base_nonce', context, 12),
  };
}

/** LabeledExtract (section 4): HKDF-Extract (RFC 5869, section 2.2). */
function extract(suite, salt, label, ikm) {
  // HMAC pads its key with zeros, so this equals an empty salt, which WebCrypto refuses.
  const key = salt.length ? salt : new Uint8Array(32);
  return hmac(key, concat(utf8('HPKE-v1'), suite, utf8(label), ikm));
}

/** LabeledExpand (section 4): HKDF-Expand (RFC 5869, section 2.3), never above its first block. */
async function expand(suite, prk, label, info, length) {
  const labeled = concat([0, length], utf8('HPKE-v1'), suite, utf8(label), info);
  return (await hmac(prk, concat(labeled, [1]))).subarray(0, length);
}

async function hmac(key, data) {
  const scheme = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, scheme, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, data));
}
