// SHA-256 (FIPS 180-4) without waiting: a promise for each of 400,000 hashes takes far longer.
const primes = (count) => {
	const list = [];
	for (let n = 2; list.length < count; n++) if (list.every((prime) => n % prime)) list.push(n);
	return list;
};

/** The first 32 bits of the fractional part of a root (sections 4.2.2 and 5.3.3). */
const fraction = (root) => ((root % 1) * 2 ** 32) | 0;

const CONSTANTS = Int32Array.from(primes(64), (prime) => fraction(Math.cbrt(prime)));
const INITIAL = Int32Array.from(primes(8), (prime) => fraction(Math.sqrt(prime)));
const BLOCK = 64;
const state = new Int32Array(8);
const schedule = new Int32Array(64);
const padded = new Uint8Array(2 * BLOCK);

const rotate = (word, bits) => (word >>> bits) | (word << (32 - bits));

/** Hash a message and write the 32 bytes into a target. */
export function digestInto(message, target, at = 0) {
	const whole = message.length - (message.length % BLOCK);
	state.set(INITIAL);
	for (let start = 0; start < whole; start += BLOCK) compress(message, start);
	compressLast(message.subarray(whole), message.length);
	for (let i = 0; i < 32; i++) target[at + i] = state[i >> 2] >>> (24 - 8 * (i & 3));
}

/** Padding: one bit, zeros, and the length in bits (section 5.1.1). */
function compressLast(rest, length) {
	const size = rest.length < BLOCK - 8 ? BLOCK : 2 * BLOCK;
	padded.fill(0);
	padded.set(rest);
	padded[rest.length] = 0x80;
	const bits = [Math.floor(length / 2 ** 29), length << 3];
	for (let i = 0; i < 8; i++) padded[size - 8 + i] = bits[i >> 2] >>> (24 - 8 * (i & 3));
	for (let start = 0; start < size; start += BLOCK) compress(padded, start);
}

/** Take one block in (section 6.2.2). */
function compress(bytes, start) {
	expand(bytes, start);
	let a = state[0];
	let b = state[1];
	let c = state[2];
	let d = state[3];
	let e = state[4];
	let f = state[5];
	let g = state[6];
	let h = state[7];
	for (let t = 0; t < 64; t++) {
		const choice = (e & f) ^ (~e & g);
		const majority = (a & b) ^ (a & c) ^ (b & c);
		const upper = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
		const lower = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
		const first = (h + upper + choice + CONSTANTS[t] + schedule[t]) | 0;
		h = g;
		g = f;
		f = e;
		e = (d + first) | 0;
		d = c;
		c = b;
		b = a;
		a = (first + lower + majority) | 0;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

function expand(bytes, start) {
	for (let t = 0; t < 16; t++) {
		const at = start + 4 * t;
		schedule[t] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
	}
	for (let t = 16; t < 64; t++) {
		const early = schedule[t - 15];
		const late = schedule[t - 2];
		const low = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
		const high = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
		schedule[t] = schedule[t - 16] + low + schedule[t - 7] + high;
	}
}
