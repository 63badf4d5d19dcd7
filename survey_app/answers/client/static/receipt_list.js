// The published list of receipts: which begin with some digits, how many differ, the root.
import { digestInto } from './sync_sha256.js';

const SIZE = 32;
const SLICE = 30; // milliseconds after which the page may do something else

/** The different receipts that begin with these digits. */
export const beginningWith = (receipts, digits) => [
	...new Set(receipts.filter((receipt) => receipt.startsWith(digits))),
];

/** How many different ones there are. */
export function countDifferent(receipts) {
	const sorted = [...receipts].sort();
	return sorted.filter((receipt, i) => receipt !== sorted[i - 1]).length;
}

/** Merkle tree hash (RFC 9162, section 2.1.1): pairing neighbours equals its recursive form. */
export async function rootOver(receipts) {
	const nodes = new Uint8Array(SIZE * Math.max(receipts.length, 1));
	const sorted = [...receipts].sort();
	const leaf = new Uint8Array(1 + SIZE);
	if (!sorted.length) digestInto(leaf.subarray(0, 0), nodes, 0);
	await inSlices(sorted.length, (i) => {
		readHex(sorted[i], leaf, 1);
		digestInto(leaf, nodes, SIZE * i);
	});
	for (let count = sorted.length; count > 1; count = (count + 1) >> 1) await pair(nodes, count);
	return Array.from(nodes.subarray(0, SIZE), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Hash neighbours in their place; a last one without a neighbour moves up as it is. */
async function pair(nodes, count) {
	const both = new Uint8Array(1 + 2 * SIZE);
	both[0] = 1;
	const pairs = count >> 1;
	await inSlices(pairs, (i) => {
		both.set(nodes.subarray(2 * SIZE * i, 2 * SIZE * (i + 1)), 1);
		digestInto(both, nodes, SIZE * i);
	});
	if (count % 2) nodes.copyWithin(SIZE * pairs, SIZE * (count - 1), SIZE * count);
}

/** Work through a list; taps and screen readers are served between slices. */
async function inSlices(count, work) {
	let end = performance.now() + SLICE;
	for (let i = 0; i < count; i++) {
		work(i);
		if (i % 128 || performance.now() < end) continue;
		await new Promise((resolve) => setTimeout(resolve));
		end = performance.now() + SLICE;
	}
}

function readHex(digits, target, start) {
	for (let i = 0; i < SIZE; i++)
		target[start + i] = 16 * nibble(digits, 2 * i) + nibble(digits, 2 * i + 1);
}

/** '0' to '9' are 0x30 to 0x39, 'a' to 'f' are 0x61 to 0x66. */
function nibble(digits, i) {
	const code = digits.charCodeAt(i);
	return code > 0x60 ? code - 0x57 : code - 0x30;
}
