// The client of RSABSSA-SHA384-PSS-Randomized (RFC 9474). The public exponent is always 65537.
import { concat, fromHex, hash, random, toHex, toText } from './bytes.js';

const SALT = 48;
const HASH = 48;

const toInt = (bytes) => BigInt(`0x${toHex(bytes)}`);
const toBytes = (number, length) => fromHex(number.toString(16).padStart(2 * length, '0'));

/** PrepareRandomize (section 4.1). */
export const prepare = (message, prefix = random(32)) => concat(prefix, message);

/**
 * Blind (section 4.2) a prepared message. Salt and inverse are given by published vectors only.
 * What comes back is kept until `finalize`.
 */
export async function blind(modulus, message, { salt = random(SALT), inverse } = {}) {
  const n = toInt(modulus);
  const m = toInt(await encode(message, n.toString(2).length - 1, salt));
  invert(m, n); // step 4: refuses a message that has a factor in common with n
  const inv = inverse ? toInt(inverse) : unit(n, modulus.length);
  const x = power(invert(inv, n), n);
  return {
    message,
    blinded: toBytes((m * x) % n, modulus.length),
    inverse: toBytes(inv, modulus.length),
  };
}

/** Finalize (section 4.4): unblind, and verify under the key that was published. */
export async function finalize(modulus, { message, inverse }, blindSignature, saltLength = SALT) {
  if (blindSignature.length !== modulus.length) throw new Error('unexpected input size');
  const n = toInt(modulus);
  const signature = toBytes((toInt(blindSignature) * toInt(inverse)) % n, modulus.length);
  const jwk = { kty: 'RSA', n: toText(modulus), e: 'AQAB' };
  const scheme = { name: 'RSA-PSS', hash: 'SHA-384', saltLength };
  const key = await crypto.subtle.importKey('jwk', jwk, scheme, false, ['verify']);
  if (!(await crypto.subtle.verify(scheme, key, signature, message))) {
    throw new Error('invalid signature');
  }
  return signature;
}

/** EMSA-PSS-ENCODE (RFC 8017, section 9.1.1). */
async function encode(message, bits, salt) {
  const length = Math.ceil(bits / 8);
  const h = await hash('SHA-384', new Uint8Array(8), await hash('SHA-384', message), salt);
  const padding = new Uint8Array(length - salt.length - HASH - 2);
  const block = concat(padding, [1], salt);
  const mask = await mgf1(h, block.length);
  const masked = block.map((byte, i) => byte ^ mask[i]);
  masked[0] &= 0xff >> (8 * length - bits);
  return concat(masked, h, [0xbc]);
}

/** MGF1 (RFC 8017, appendix B.2.1). */
async function mgf1(seed, length) {
  const blocks = [];
  for (let i = 0; i * HASH < length; i += 1) blocks.push(await hash('SHA-384', seed, [0, 0, 0, i]));
  return concat(...blocks).subarray(0, length);
}

function unit(n, length) {
  for (;;) {
    const candidate = toInt(random(length));
    if (candidate > 0n && candidate < n) return candidate; // rejection keeps it uniform
  }
}

/** base^65537 mod n. */
function power(base, n) {
  let result = base;
  for (let i = 0; i < 16; i += 1) result = (result * result) % n;
  return (result * base) % n;
}

/** Extended Euclid; throws where there is no inverse. */
function invert(number, n) {
  let [a, b, x, y] = [number % n, n, 1n, 0n];
  while (b) {
    const quotient = a / b;
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  if (a !== 1n) throw new Error('invalid input');
  return ((x % n) + n) % n;
}
