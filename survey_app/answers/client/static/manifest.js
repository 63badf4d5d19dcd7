// The manifest: whole in the first edition; in the second a header, and a tree of strata.
import { framed, fromText, sha256, toHex, toText, utf8 } from './bytes.js';
import { refusal, request } from './http.js';

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
	return { ...header, edition, tree, size: +strata, root, digest: toText(root) };
}

/** Get one stratum and its questionnaire, proved to belong to the manifest. */
export async function readStratum(manifest, id, pause) {
	if (manifest.edition === 1) {
		const named = manifest.strata.find((stratum) => stratum.id === id);
		if (named) return { ...named, questionnaire: manifest.questionnaires[named.kind].text };
		throw refusal('not_found');
	}
	const proof = await request(`strata/${encodeURIComponent(id)}.json`, pause);
	const stratum = JSON.parse(proof.stratum);
	const fits =
		stratum.id === id &&
		proof.size === manifest.size &&
		toText(await rootBy(proof)) === manifest.tree;
	if (!fits) throw refusal('another_stratum');
	const { questionnaire } = proof;
	const asks = toHex(await sha256(utf8(JSON.stringify(questionnaire))));
	if (asks !== manifest.questionnaires[stratum.kind]) throw refusal('another_stratum');
	if (stratum.population < 20 || stratum.sample < 10) throw refusal('small');
	return { ...stratum, questionnaire };
}

/** The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2). */
async function rootBy({ stratum, index, size, path }) {
	const hashes = path.map(fromText);
	let node = await sha256([0], utf8(stratum));
	for (let last = size - 1; last; last >>= 1, index >>= 1) {
		if (index & 1) node = await sha256([1], hashes.shift() || [], node);
		else if (index < last) node = await sha256([1], node, hashes.shift() || []);
	}
	return hashes.length ? [] : node;
}
