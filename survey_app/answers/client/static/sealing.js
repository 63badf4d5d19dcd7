// HPKE base mode (RFC 9180), the suite of appendix A.3.
import { concat, utf8 } from './bytes.js';

const CURVE = { name: 'ECDH', namedCurve: 'P-256' };
const KEM = concat(utf8('KEM'), [0, 16]);
const SUITE = concat(utf8('HPKE'), [0, 16, 0, 1, 0, 1]);
const { subtle } = crypto;

/** SealBase (section 6.1), as enc ‖ ct; only test vectors give aad and ephemeral key. */
export async function seal(publicKey, info, plaintext, { aad = [], ephemeral } = {}) {
	const { enc, secret } = await encap(publicKey, ephemeral);
	const { key, iv } = await keySchedule(secret, info);
	const aes = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
	const scheme = { name: 'AES-GCM', iv, additionalData: Uint8Array.from(aad) };
	return concat(enc, new Uint8Array(await subtle.encrypt(scheme, aes, plaintext)));
}

/** Encap (section 4.1). */
async function encap(publicKey, ephemeral) {
	const pair = ephemeral || (await subtle.generateKey(CURVE, true, ['deriveBits']));
	const recipient = await subtle.importKey('raw', publicKey, CURVE, false, []);
	const dh = await subtle.deriveBits({ ...CURVE, public: recipient }, pair.privateKey, 256);
	const enc = new Uint8Array(await subtle.exportKey('raw', pair.publicKey));
	const prk = await extract(KEM, [], 'eae_prk', new Uint8Array(dh));
	return { enc, secret: await expand(KEM, prk, 'shared_secret', concat(enc, publicKey), 32) };
}

/** KeySchedule (section 5.1) in base mode; the nonce is the first message's. */
async function keySchedule(shared, info) {
	const pskHash = await extract(SUITE, [], 'psk_id_hash', []);
	const context = concat([0], pskHash, await extract(SUITE, [], 'info_hash', info));
	const secret = await extract(SUITE, shared, 'secret', []);
	return {
		key: await expand(SUITE, secret, 'key', context, 16),
		iv: await expand(SUITE, secret, 'base_nonce', context, 12),
	};
}

const labeled = (suite, label, data) => concat(utf8('HPKE-v1'), suite, utf8(label), data);

/** LabeledExtract (section 4). */
function extract(suite, salt, label, ikm) {
	// HMAC pads keys with zeros: equal to an empty one, which WebCrypto refuses.
	return hmac(salt.length ? salt : new Uint8Array(32), labeled(suite, label, ikm));
}

/** LabeledExpand (section 4), never beyond the first block. */
async function expand(suite, prk, label, info, length) {
	return (await hmac(prk, concat([0, length], labeled(suite, label, info), [1]))).slice(0, length);
}

async function hmac(key, data) {
	const scheme = { name: 'HMAC', hash: 'SHA-256' };
	const imported = await subtle.importKey('raw', key, scheme, false, ['sign']);
	return new Uint8Array(await subtle.sign('HMAC', imported, data));
}
