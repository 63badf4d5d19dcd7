// The manifest: whole in the first edition; in the second a header, and a tree of strata.
import { framed, fromText, sha256, toText, utf8 } from './bytes.js';
import { refusal, request } from './http.js';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const FORMATS = ['survey-manifest/1', 'survey-manifest/2'];

/** Read it as served, with the digest that links and cards carry. */
export async function readManifest({ textContent, dataset }) {
	const header = JSON.parse(textContent);
	const edition = FORMATS.indexOf(header.format) + 1;
	const { tree = '', strata } = dataset;
	const root = await {
		1: () => sha256(utf8(textContent)),
		2: () => sha256(framed(header.format, textContent, fromText(tree), strata)),
	}[edition]();
	return { ...header, edition, tree, size: Number(strata), root, digest: toText(root) };
}

/** Get one stratum, proved to belong to the manifest. */
export async function readStratum(manifest, id, pause) {
	if (manifest.edition === 1) return manifest.strata.find((stratum) => stratum.id === id);
	const proof = await request(`strata/${encodeURIComponent(id)}.json`, pause);
	const stratum = JSON.parse(proof.stratum);
	const fits =
		stratum.id === id &&
		proof.size === manifest.size &&
		toText(await rootBy(proof)) === manifest.tree;
	if (!fits) throw Error('another stratum');
	if (stratum.population < 20 || stratum.sample < 10) throw refusal('small');
	return stratum;
}

/** The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2). */
async function rootBy({ stratum, index, size, path }) {
	const hashes = path.map(fromText);
	let node = await sha256([0], utf8(stratum));
	for (let last = size - 1; last; last >>= 1, index >>= 1) {
		if (index & 1) node = await sha256([1], hashes.shift(), node);
		else if (index < last) node = await sha256([1], node, hashes.shift());
	}
	return hashes.length ? [] : node;
}

/** As issuers read a code: any case, width, separators; O for 0, I and L for 1. */
export const normalized = (typed) =>
	typed
		.normalize('NFKC')
		.toUpperCase()
		.replace(/[^0-9A-Z]/g, '')
		.replace(/O/g, 0)
		.replace(/[IL]/g, 1);

/** Whether the last four characters fit code and manifest; the first edition has none. */
export async function isWhole({ edition, root }, code) {
	if (edition === 1) return code.length === 16;
	const [a, b, c] = await sha256(framed('code-check/v2', code.slice(0, 16), root));
	const bits = (a << 12) | (b << 4) | (c >> 4);
	const check = [15, 10, 5, 0].map((shift) => ALPHABET[(bits >> shift) & 31]);
	return code.slice(16) === check.join('');
}
