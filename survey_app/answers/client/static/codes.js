// Invitation codes and links, as people type them and as chats and mail programs leave them.
import { framed, sha256 } from './bytes.js';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LINK = /^([^.]*)(?:\.([\w-]*)(?:\.([a-z0-9-]{1,40}))?)?/;
const ROOT_LENGTH = 43;

/** As issuers read a code: any case, width, separators; O for 0, I and L for 1, U for V. */
export const normalized = (typed) =>
	plain(typed)
		.replace(/[^0-9A-Z]/g, '')
		.replace(/O/g, 0)
		.replace(/[IL]/g, 1)
		.replace(/U/g, 'V');

const plain = (typed) => typed.normalize('NFKC').toUpperCase();

/** The characters of a printed code; the first edition's has none that check it. */
export const lengthOf = ({ edition }) => (edition === 1 ? 16 : 20);

/** Find the code in what was typed or pasted: a code alone, one among words, or a whole link. */
export function codeIn(manifest, typed) {
	const length = lengthOf(manifest);
	const behind = typed.match(/(?:#|%23)([^.]*)/)?.[1] ?? typed;
	const code = normalized(behind);
	if (code.length === length) return code;
	const words = plain(behind);
	const printed = ['-', '', '[^0-9A-Z]{1,3}']
		.map((mark) => `\\b(?:[0-9A-Z]{4}${mark}){${length / 4 - 1}}[0-9A-Z]{4}\\b`)
		.map((form) => words.match(form))
		.find(Boolean);
	return printed ? normalized(printed[0]) : code;
}

/** Read the fragment of a link: code, root, stratum; what follows them was added on the way. */
export function readLink(fragment) {
	const [, code, root, stratum] = fragment.replace(/%2E/gi, '.').match(LINK);
	const whole = root?.slice(0, ROOT_LENGTH);
	return { code, root: whole, stratum, damaged: root !== undefined && whole.length < ROOT_LENGTH };
}

/** Whether the last four characters fit code and manifest. */
export async function isWhole({ edition, root }, code) {
	if (edition === 1) return code.length === 16;
	const [a, b, c] = await sha256(framed('code-check/v2', code.slice(0, 16), root));
	return code.length === 20 && code.slice(16) === base32([a, b, c]).slice(0, 4);
}

/** What a card shows of the manifest, for a person to compare: its root's first 80 bits. */
export const checkCode = ({ root }) => groups(base32(root.slice(0, 10)), '-');

export const groups = (text, mark = ' ') => text.match(/.{1,4}/g).join(mark);

/** Crockford's base 32, of whole characters. */
function base32(bytes) {
	const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, 0)).join('');
	return bits
		.match(/.{5}/g)
		.map((five) => ALPHABET[parseInt(five, 2)])
		.join('');
}
