// The client of RSABSSA-SHA384-PSS-Randomized (RFC 9474), with e = 65537.
import { concat, fromHex, hash, random, toHex, toText } from './bytes.js';

const SALT = 48;
const HASH = 48;
const toInt = (bytes) => BigInt(`0x${toHex(bytes)}`);
const toBytes = (number, length) => fromHex(number.toString(16).padStart(2 * length, 0));

/** PrepareRandomize (section 4.1). */
export const prepare = (message, prefix = random(32)) => concat(prefix, message);

/** Blind (section 4.2); only test vectors give salt and inverse. */
export async function blind(modulus, message, { salt = random(SALT), inverse } = {}) {
	const n = toInt(modulus);
	const size = modulus.length;
	const m = toInt(await encode(message, n.toString(2).length - 1, salt));
	invert(m, n); // step 4: m and n are coprime
	const inv = inverse ? toInt(inverse) : below(n, size);
	const blinded = (m * power(invert(inv, n), n)) % n;
	return { message, blinded: toBytes(blinded, size), inverse: toBytes(inv, size) };
}

/** Finalize (section 4.4): unblind, and verify under the published key. */
export async function finalize(modulus, { message, inverse }, signed, saltLength = SALT) {
	const size = modulus.length;
	if (signed.length !== size) throw Error('unexpected input size');
	const signature = toBytes((toInt(signed) * toInt(inverse)) % toInt(modulus), size);
	const scheme = { name: 'RSA-PSS', hash: 'SHA-384', saltLength };
	const jwk = { kty: 'RSA', n: toText(modulus), e: 'AQAB' };
	const key = await crypto.subtle.importKey('jwk', jwk, scheme, false, ['verify']);
	if (await crypto.subtle.verify(scheme, key, signature, message)) return signature;
	throw Error('invalid signature');
}

/** EMSA-PSS-ENCODE (RFC 8017, section 9.1.1). */
async function encode(message, bits, salt) {
	const length = Math.ceil(bits / 8);
	const h = await hash('SHA-384', new Uint8Array(8), await hash('SHA-384', message), salt);
	const block = concat(new Uint8Array(length - salt.length - HASH - 2), [1], salt);
	const mask = await mgf1(h, block.length);
	const masked = block.map((byte, i) => byte ^ mask[i]);
	masked[0] &= 0xff >> (8 * length - bits);
	return concat(masked, h, [0xbc]);
}

/** MGF1 (RFC 8017, appendix B.2.1). */
async function mgf1(seed, length) {
	const blocks = [];
	for (let i = 0; i * HASH < length; i++) blocks.push(await hash('SHA-384', seed, [0, 0, 0, i]));
	return concat(...blocks);
}

/** Uniform from 1 to n - 1, by rejection. */
function below(n, size) {
	const drawn = toInt(random(size));
	return drawn && drawn < n ? drawn : below(n, size);
}

/** base^65537 mod n. */
function power(base, n) {
	let result = base;
	for (let i = 0; i < 16; i++) result = (result * result) % n;
	return (result * base) % n;
}

/** Extended Euclid. */
function invert(number, n) {
	let [a, b, x, y] = [number, n, 1n, 0n];
	while (b) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
	if (a !== 1n) throw Error('invalid input');
	return ((x % n) + n) % n;
}
