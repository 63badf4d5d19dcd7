// What a person types, pastes or reads off a photograph, as the digits of a receipt.

const FEWEST = 16;
const MOST = 64;
const LONGEST_TEXT = 20000;
const LOOKALIKES = { o: '0', i: '1', l: '1' };
const COUNTING_SIGNS = /[\u2460-\u249b]/g;
const RUN = /(?:^|[^0-9a-z])([0-9a-f]{4}(?:[ .-]?[0-9a-f]{4}){3,15}[0-9a-f]{0,3})(?![0-9a-z])/g;

/**
 * Read a text that holds one receipt, whole or its beginning.
 *
 * Gives its digits as `readings`: two where numbers may count its groups. Without any, `fault` says
 * why: `empty`, `few` or `many` (and their `count`), `letter` (and which), `code` (an invitation
 * code), `several` or `none`. `signature` and `digest` are those of a receipt that was saved.
 */
export function readReceipt(text) {
	const normal = text.slice(0, LONGEST_TEXT).replace(COUNTING_SIGNS, ' ').normalize('NFKC');
	const parts = normal.split(/\s+/);
	const field = (length) => parts.find((word) => word.length === length && !/[^\w-]/.test(word));
	const plain = normal.toLowerCase().replace(/[oil]/g, (letter) => LOOKALIKES[letter]);
	return { ...digitsIn(plain), signature: field(86), digest: field(43) };
}

function digitsIn(plain) {
	const words = plain.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
	const digits = words.join('');
	if (!digits) return { fault: 'empty' };
	const strangers = digits.match(/[^0-9a-f]/g) || [];
	if (strangers.length) return within(plain) || faultOf(digits, strangers);
	const meant = [unnumbered(words), digits];
	const readings = meant.filter(
		({ length }, i) => length >= FEWEST && length <= MOST && meant.indexOf(meant[i]) === i,
	);
	if (readings.length) return { readings };
	const count = meant[0].length;
	return count < FEWEST ? { fault: 'few', count } : within(plain) || { fault: 'many', count };
}

/** The digits without the numbers before groups of four or eight, if that is what they must be. */
function unnumbered(words) {
	const numbers = words.filter(({ length }) => length < 3);
	const groups = words.filter(({ length }) => length > 2);
	const count =
		numbers.length > 1 && words[0] === numbers[0] && numbers.every((n, i) => Number(n) === i + 1);
	const alike = groups.every(({ length }) => length === groups[0].length && length % 4 === 0);
	return count && alike ? groups.join('') : words.join('');
}

/** The one receipt in a longer text: its number is the beginning of the whole. */
function within(plain) {
	const even = plain
		.replace(/\S*:\/\/\S*/g, ' ')
		.replace(/[^\S\n]+/g, ' ')
		.replace(/\p{Pd}/gu, '-');
	const runs = [...even.matchAll(RUN)].map(([, run]) => run.replace(/[ .-]/g, ''));
	const whole = runs.filter(({ length }) => length <= MOST);
	const different = whole.filter(
		(run, i) => !whole.some((other, j) => other.startsWith(run) && (other !== run || j < i)),
	);
	if (different.length > 1) return { fault: 'several' };
	return different.length ? { readings: different } : null;
}

/** Half of the letters of a code are in no receipt; one or two may be slips. */
function faultOf(digits, strangers) {
	const isPlain = !/[^0-9a-z]/.test(digits);
	if (isPlain && strangers.length < 3) return { fault: 'letter', letter: strangers[0] };
	return { fault: isPlain && [16, 20].includes(digits.length) ? 'code' : 'none' };
}
