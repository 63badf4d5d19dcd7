// A second client, written from docs/protocol.md alone: no package but Node, and none of our code.
//
//   node second_client.mjs compute VECTORS         the vectors with the output of every step, as JSON
//   node second_client.mjs answer LINK ANSWERS     from a link to a receipt; ANSWERS is JSON by item;
//                                                  PAGE#CODE is a code that was typed
//   node second_client.mjs check PAGE RECEIPT      after the close: what anyone can check
import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import process from 'node:process';

const { subtle } = globalThis.crypto;
const EXPONENT = 65537n;
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE = /^[0-9A-HJKMNP-TV-Z]{16}([0-9A-HJKMNP-TV-Z]{4})?$/;
const PATIENCE = 60_000;

// Bytes

const ascii = (text) => new TextEncoder().encode(text);
const join = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))));
const text = (data) => Buffer.from(data).toString('base64url');
const hex = (data) => Buffer.from(data).toString('hex');
const integer = (data) => BigInt(`0x${hex(data) || '0'}`);
const octets = (number, length) =>
	Buffer.from(number.toString(16).padStart(2 * length, '0'), 'hex');
const octetsOf = (field) => (typeof field === 'string' ? ascii(field) : field);

/** Fields, each after its length. */
const framed = (...fields) =>
	join(
		...fields.flatMap((field) => {
			const content = octetsOf(field);
			return [octets(BigInt(content.length), 4), content];
		}),
	);

/** What is hashed, signed or sealed under a tag, in either edition. */
const bind = (edition, tag, ...fields) =>
	edition === 1
		? join(ascii(`${tag}/v1`), ...fields.map(octetsOf))
		: framed(`${tag}/v2`, ...fields);

const random = (length) => crypto.getRandomValues(new Uint8Array(length));
const sha256 = async (...parts) => new Uint8Array(await subtle.digest('SHA-256', join(...parts)));
const sha384 = async (...parts) => new Uint8Array(await subtle.digest('SHA-384', join(...parts)));

function bytes(written) {
	const decoded = Buffer.from(written, 'base64url');
	if (decoded.toString('base64url') !== written) throw Error('not canonical base64url');
	return new Uint8Array(decoded);
}

function refuse(condition, sentence) {
	if (condition) throw Error(sentence);
}

// The code and the link

function normalized(typed) {
	const plain = [...typed.normalize('NFKC').toUpperCase()].filter((c) => /[\p{L}\p{N}]/u.test(c));
	const code = plain.join('').replaceAll('O', '0').replaceAll(/[IL]/g, '1').replaceAll('U', 'V');
	refuse(!CODE.test(code), 'a code has 20 letters and digits, or 16');
	return code;
}

async function checkOf(code, root) {
	const digest = await sha256(framed('code-check/v2', code.slice(0, 16), root));
	return inBase32(integer(digest.slice(0, 3)) >> 4n, 4);
}

function inBase32(bits, length) {
	const places = Array.from({ length }, (_, place) => 5n * BigInt(length - 1 - place));
	return places.map((shift) => ALPHABET[Number((bits >> shift) & 31n)]).join('');
}

async function checkCode({ edition, root }, typed) {
	const code = normalized(typed);
	refuse(code.length !== (edition === 1 ? 16 : 20), 'the code has another length');
	const fits = edition === 1 || code.slice(16) === (await checkOf(code, root));
	refuse(!fits, 'a character of the code is wrong, or it is the code of another survey');
}

async function hashOfCode(key, campaign, code) {
	const scheme = { name: 'HMAC', hash: 'SHA-256' };
	const imported = await subtle.importKey('raw', key, scheme, false, ['sign']);
	return new Uint8Array(
		await subtle.sign('HMAC', imported, join(ascii(campaign), [0], ascii(code.slice(0, 16)))),
	);
}

const inGroups = (characters) => characters.replaceAll(/.{4}(?=.)/g, '$&-');
const printed = async (code, root) => inGroups(code + (await checkOf(code, root)));
const checkCodeOf = (root) => inGroups(inBase32(integer(root.slice(0, 10)), 16));

function taken(link) {
	const [page, fragment = ''] = link.split('#');
	const [code, digest, stratum] = fragment.split('.');
	const campaign = page.split('/').at(-2);
	return { page, campaign, code, digest, stratum };
}

// The manifest

function canonical(value, { inPage } = {}) {
	const write = (part) => {
		if (Array.isArray(part)) return `[${part.map(write).join(',')}]`;
		if (part === null || typeof part !== 'object') return JSON.stringify(part);
		const keys = Object.keys(part)
			.filter((key) => part[key] !== undefined)
			.sort();
		return `{${keys.map((key) => `${JSON.stringify(key)}:${write(part[key])}`).join(',')}}`;
	};
	const written = write(value);
	return inPage ? written.replaceAll('<', '\\u003c') : written;
}

const FORMATS = ['survey-manifest/1', 'survey-manifest/2'];
const leafOf = (stratum) => ascii(canonical(stratum, { inPage: true }));
const digestsOf = (questionnaires) =>
	Object.fromEntries(Object.entries(questionnaires).map(([kind, { digest }]) => [kind, digest]));
const headerOf = (manifest) => {
	const questionnaires = digestsOf(manifest.questionnaires);
	return ascii(canonical({ ...manifest, questionnaires, strata: undefined }, { inPage: true }));
};
const hashOfLeaf = (entry) => sha256([0], entry);
const treeOf = async (strata) => treeHash(await Promise.all(strata.map(leafOf).map(hashOfLeaf)));

/** What links and cards carry. */
async function rootOf(edition, document, manifest) {
	if (edition === 1) return sha256(document);
	const tree = await treeOf(manifest.strata);
	return sha256(framed(manifest.format, headerOf(manifest), tree, `${manifest.strata.length}`));
}

async function readManifest(document, campaign, digest) {
	const manifest = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(document));
	const edition = FORMATS.indexOf(manifest.format) + 1;
	refuse(!edition, 'this is no manifest that this client knows');
	const root = await rootOf(edition, document, manifest);
	refuse(digest && text(root) !== digest, 'the manifest is not the one of the link');
	refuse(manifest.campaign !== campaign, 'the manifest is that of another campaign');
	for (const { key } of manifest.strata) modulusOf(key);
	await checkPoint(manifest.sealing_key);
	if (manifest.keeper_key) await checkPoint(manifest.keeper_key);
	if (edition === 2) checkDesign(manifest.strata);
	for (const { digest: stated, text: questions } of Object.values(manifest.questionnaires)) {
		refuse(
			hex(await sha256(ascii(canonical(questions)))) !== stated,
			'a questionnaire is not that of its digest',
		);
	}
	return { ...manifest, edition, root };
}

async function checkPoint(key) {
	const point = bytes(key);
	refuse(point.length !== 65 || point[0] !== 4, 'a sealing key is no point');
	await subtle.importKey('raw', point, P256, false, []);
}

/** Groups in which one could be recognised. */
function checkDesign(strata) {
	for (const { id, population, sample } of strata)
		refuse(population < 20 || sample < 10, `the stratum ${id} is too small`);
	for (const lang of ['zh', 'en']) {
		const names = strata.map(({ unit, post_category: posts }) =>
			JSON.stringify([unit[lang], posts[lang]]),
		);
		refuse(new Set(names).size !== names.length, 'two strata have one name');
	}
}

/** The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2). */
async function rootBy(leaf, index, size, path) {
	let node = await hashOfLeaf(leaf);
	const hashes = path.map(bytes);
	for (let [at, last] = [index, size - 1]; last; at >>= 1, last >>= 1) {
		if (at % 2 === 0 && at === last) continue;
		const beside = hashes.shift();
		refuse(!beside, 'the proof is too short');
		node = await (at % 2 ? sha256([1], beside, node) : sha256([1], node, beside));
	}
	refuse(hashes.length, 'the proof is too long');
	return node;
}

/** A stratum as its file proves it. */
async function provedStratum(manifest, page, id) {
	if (manifest.edition === 1) return manifest.strata.find((stratum) => stratum.id === id);
	const proof = await json(`${page}strata/${encodeURIComponent(id)}.json`);
	const { stratum: leaf, index, size, path } = proof;
	const tree = text(await rootBy(ascii(leaf), index, size, path));
	refuse(tree !== text(await treeOf(manifest.strata)), 'the stratum is not in the manifest');
	refuse(size !== manifest.strata.length, 'the tree has another size');
	return JSON.parse(leaf);
}

function modulusOf(key) {
	const n = bytes(key);
	refuse(n.length !== 256 || n[0] < 0x80 || n[255] % 2 === 0, 'not a modulus of 2048 bits');
	return n;
}

// The credential: RSABSSA-SHA384-PSS-Randomized (RFC 9474)

const messageOf = (edition, prefix, campaign, stratum, serial) =>
	join(prefix, bind(edition, 'credential', campaign, stratum, serial));

function power(base, exponent, n) {
	let result = 1n;
	for (let b = base % n, e = exponent; e; b = (b * b) % n, e >>= 1n)
		if (e & 1n) result = (result * b) % n;
	return result;
}

function inverseOf(number, n) {
	let [a, b, x, y] = [number % n, n, 1n, 0n];
	while (b) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
	refuse(a !== 1n, 'not coprime to the modulus');
	return ((x % n) + n) % n;
}

async function mgf1(seed, length) {
	const blocks = [];
	for (let i = 0; i * 48 < length; i++) blocks.push(await sha384(seed, octets(BigInt(i), 4)));
	return join(...blocks).slice(0, length);
}

/** EMSA-PSS-ENCODE for 2047 bits (RFC 8017, section 9.1.1). */
async function pssEncoded(message, salt) {
	const h = await sha384(new Uint8Array(8), await sha384(message), salt);
	const block = join(new Uint8Array(256 - 48 - 48 - 2), [1], salt);
	const mask = await mgf1(h, block.length);
	const masked = block.map((byte, i) => byte ^ mask[i]);
	masked[0] &= 0x7f;
	return join(masked, h, [0xbc]);
}

async function blind(modulus, message, salt, inverse) {
	const n = integer(modulus);
	const m = integer(await pssEncoded(message, salt));
	inverseOf(m, n);
	const r = inverseOf(inverse, n);
	return octets((m * power(r, EXPONENT, n)) % n, 256);
}

function drawnInverse(modulus) {
	const n = integer(modulus);
	for (;;) {
		const drawn = integer(random(256));
		if (drawn > 0n && drawn < n) return drawn;
	}
}

async function finalize(modulus, message, inverse, blindSignature) {
	refuse(blindSignature.length !== 256, 'the blind signature has another length');
	const n = integer(modulus);
	const signature = octets((integer(blindSignature) * inverse) % n, 256);
	const scheme = { name: 'RSA-PSS', hash: 'SHA-384', saltLength: 48 };
	const jwk = { kty: 'RSA', n: text(modulus), e: text(octets(EXPONENT, 3)) };
	const key = await subtle.importKey('jwk', jwk, scheme, false, ['verify']);
	const fits = await subtle.verify(scheme, key, signature, message);
	refuse(!fits, 'the signature does not fit the key in the manifest');
	return signature;
}

async function signBlindly(pkcs8, blinded) {
	const scheme = { name: 'RSA-PSS', hash: 'SHA-384' };
	const key = await subtle.importKey('pkcs8', pkcs8, scheme, true, ['sign']);
	const { n, d } = await subtle.exportKey('jwk', key);
	return octets(power(integer(blinded), integer(bytes(d)), integer(bytes(n))), 256);
}

// The sealed answers: HPKE base mode (RFC 9180)

const P256 = { name: 'ECDH', namedCurve: 'P-256' };
const KEM = join(ascii('KEM'), [0x00, 0x10]);
const SUITE = join(ascii('HPKE'), [0x00, 0x10, 0x00, 0x01, 0x00, 0x01]);

async function hmac(key, data) {
	const scheme = { name: 'HMAC', hash: 'SHA-256' };
	const imported = await subtle.importKey('raw', key, scheme, false, ['sign']);
	return new Uint8Array(await subtle.sign('HMAC', imported, data));
}

const extract = (suite, salt, label, ikm) =>
	hmac(salt.length ? salt : new Uint8Array(32), join(ascii('HPKE-v1'), suite, ascii(label), ikm));

async function expand(suite, prk, label, info, length) {
	const labeled = join(octets(BigInt(length), 2), ascii('HPKE-v1'), suite, ascii(label), info);
	return (await hmac(prk, join(labeled, [1]))).slice(0, length);
}

async function shared(dh, enc, recipient) {
	const prk = await extract(KEM, [], 'eae_prk', dh);
	return expand(KEM, prk, 'shared_secret', join(enc, recipient), 32);
}

async function context(secret, info) {
	const hashes = [
		await extract(SUITE, [], 'psk_id_hash', []),
		await extract(SUITE, [], 'info_hash', info),
	];
	const schedule = join([0], ...hashes);
	const prk = await extract(SUITE, secret, 'secret', []);
	const key = await expand(SUITE, prk, 'key', schedule, 16);
	const iv = await expand(SUITE, prk, 'base_nonce', schedule, 12);
	return { key: await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']), iv };
}

const point = ({ x, y }) => join([4], bytes(x), bytes(y));
const privateKey = (jwk) => subtle.importKey('jwk', jwk, P256, true, ['deriveBits']);

async function agreed(own, other) {
	const theirs = await subtle.importKey('raw', other, P256, false, []);
	return new Uint8Array(await subtle.deriveBits({ ...P256, public: theirs }, own, 256));
}

async function ephemeralKey() {
	const { privateKey: made } = await subtle.generateKey(P256, true, ['deriveBits']);
	return subtle.exportKey('jwk', made);
}

async function seal(recipient, info, plaintext, ephemeral) {
	const enc = point(ephemeral);
	const dh = await agreed(await privateKey(ephemeral), recipient);
	const { key, iv } = await context(await shared(dh, enc, recipient), info);
	return join(enc, new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv }, key, plaintext)));
}

async function open(recipient, info, sealed) {
	const enc = sealed.slice(0, 65);
	const dh = await agreed(await privateKey(recipient), enc);
	const { key, iv } = await context(await shared(dh, enc, point(recipient)), info);
	return new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed.slice(65)));
}

// The sheet, the ballot and the receipt

const spentOf = (edition, message) => sha256(bind(edition, 'spent', message));
const receiptOf = (edition, message, sealed) => sha256(bind(edition, 'receipt', message, sealed));
const innerInfo = (campaign, stratum) => bind(2, 'inner', campaign, stratum);
const outerInfo = (campaign, stratum, spent) => bind(2, 'outer', campaign, stratum, spent);
const onlyInfo = (edition, campaign, stratum, spent) =>
	bind(edition, 'ballot', campaign, stratum, spent);

/** One seal, to the statisticians; with a keeper, that one inside the keeper's. */
async function sealedSheet({ edition, campaign, sealing_key, keeper_key }, stratum, spent, sheet) {
	const to = async (key, info, content) => seal(bytes(key), info, content, await ephemeralKey());
	if (!keeper_key) return to(sealing_key, onlyInfo(edition, campaign, stratum, spent), sheet);
	const inner = await to(sealing_key, innerInfo(campaign, stratum), sheet);
	return to(keeper_key, outerInfo(campaign, stratum, spent), inner);
}

function sheetOf({ screening, items, attention }, answers) {
	const asked = [screening, ...items, ...(attention ? [attention] : [])];
	return Uint8Array.from(asked.map(({ code }) => answers[code] ?? 0xff));
}

// Signatures of the sites: Ed25519 (RFC 8032)

const receiptSigned = (root, receipt) => framed('signed-receipt/v2', root, receipt);
const closingSigned = (root, strata) =>
	framed('closing/v2', root, canonical(strata, { inPage: true }));
const extensionSigned = (root, lastDay) => framed('extension/v2', root, lastDay);

async function signedBy({ x, d }, content) {
	const jwk = { kty: 'OKP', crv: 'Ed25519', x, d };
	const key = await subtle.importKey('jwk', jwk, 'Ed25519', false, ['sign']);
	return new Uint8Array(await subtle.sign('Ed25519', key, content));
}

async function checkSigned(publicKey, signature, content, sentence) {
	const key = await subtle.importKey('raw', bytes(publicKey), 'Ed25519', false, ['verify']);
	const fits = await subtle.verify('Ed25519', key, bytes(signature ?? ''), content);
	refuse(!fits, sentence);
}

async function rootOfReceipts(receipts) {
	const leaves = await Promise.all(
		[...receipts].sort().map((receipt) => sha256([0], Buffer.from(receipt, 'hex'))),
	);
	return hex(leaves.length ? await treeHash(leaves) : await sha256());
}

/** RFC 9162, section 2.1.1: split at the largest power of two below the number of leaves. */
async function treeHash(leaves) {
	if (leaves.length === 1) return leaves[0];
	let split = 1;
	while (2 * split < leaves.length) split *= 2;
	return sha256([1], await treeHash(leaves.slice(0, split)), await treeHash(leaves.slice(split)));
}

// A backup

async function openedBackup(side, recipient, file) {
	const magic = ascii('survey backup 1\n');
	refuse(hex(file.slice(0, magic.length)) !== hex(magic), 'no backup');
	const info = join(ascii('backup/v1'), ascii(side));
	const start = magic.length + 113;
	const secret = await open(recipient, info, file.slice(magic.length, start));
	const key = await subtle.importKey('raw', secret, 'AES-GCM', false, ['decrypt']);
	const content = [];
	const size = 1_048_576 + 16;
	for (let at = start, number = 0n; at < file.length; at += size, number++) {
		const iv = join(octets(number, 11), [at + size >= file.length ? 1 : 0]);
		const scheme = { name: 'AES-GCM', iv, additionalData: info };
		content.push(new Uint8Array(await subtle.decrypt(scheme, key, file.slice(at, at + size))));
	}
	const lines = new TextDecoder().decode(join(...content)).trimEnd();
	return lines.split('\n').map((line) => JSON.parse(line));
}

// The calls

/** Send the same until there is an answer that is not the server's own trouble. */
async function ask(address, body) {
	const request = {
		method: body ? 'POST' : 'GET',
		headers: { 'Accept-Language': 'en', ...(body && { 'Content-Type': 'application/json' }) },
		body: body && JSON.stringify(body),
	};
	const end = Date.now() + PATIENCE;
	for (let pause = 100; ; pause = Math.min(2 * pause, 5000)) {
		const response = await fetch(address, request).catch(() => null);
		if (response && response.status < 500) return response;
		refuse(Date.now() + pause > end, `${address} does not answer`);
		await new Promise((resolve) => setTimeout(resolve, pause));
	}
}

async function json(address, body) {
	const response = await ask(address, body);
	const content = await response.json();
	refuse(!response.ok, `${response.status} ${content.error}: ${content.message}`);
	return content;
}

const issuerOf = (manifest, page) =>
	`${new URL(manifest.issuer, page).href.replace(/\/$/, '')}/${manifest.campaign}`;

async function manifestAt(page, campaign, digest) {
	const response = await ask(`${page}manifest.json`);
	refuse(!response.ok, `there is no survey at ${page}`);
	return readManifest(new Uint8Array(await response.arrayBuffer()), campaign, digest);
}

async function answer(link, answers) {
	const { page, campaign, code, digest, stratum: named } = taken(link);
	const manifest = await manifestAt(page, campaign, digest);
	await checkCode(manifest, code);
	const issuer = issuerOf(manifest, page);
	const id = named ?? (await json(`${issuer}/stratum`, { code })).stratum;
	const stratum = await provedStratum(manifest, page, id);
	refuse(stratum?.id !== id, 'there is no such stratum in the manifest');
	const credential = await obtained(issuer, manifest, stratum, code);
	const sheet = sheetOf(manifest.questionnaires[stratum.kind].text, answers);
	const spent = await spentOf(manifest.edition, credential.message);
	return cast(page, manifest, id, credential, await sealedSheet(manifest, id, spent, sheet));
}

async function obtained(issuer, { edition, campaign }, stratum, code) {
	const n = modulusOf(stratum.key);
	const message = messageOf(edition, random(32), campaign, stratum.id, random(32));
	const inverse = drawnInverse(n);
	const blinded = await blind(n, message, random(48), inverse);
	const body = { code, stratum: stratum.id, blinded: text(blinded) };
	const reply = await json(`${issuer}/credentials`, body);
	return { message, signature: await finalize(n, message, inverse, bytes(reply.signature)) };
}

async function cast(page, manifest, stratum, { message, signature }, sealed) {
	const body = {
		stratum,
		message: text(message),
		signature: text(signature),
		sealed: text(sealed),
	};
	const reply = await json(`${page}ballots`, body);
	const { edition, root, receipts_key: key } = manifest;
	const receipt = await receiptOf(edition, message, sealed);
	refuse(reply.receipt !== hex(receipt), 'the receipt is not that of this ballot');
	if (edition === 2) {
		const content = receiptSigned(root, receipt);
		await checkSigned(key, reply.signature, content, 'the receipt is not signed by the box');
	}
	return { stratum, ...reply };
}

async function check(page, receipt) {
	const campaign = page.split('/').at(-2);
	const manifest = await manifestAt(page, campaign);
	const counted = await json(`${page}receipts.json`);
	const counts = await json(`${issuerOf(manifest, page)}/counts.json`);
	const { receipts, root, strata } = counted;
	if (manifest.edition === 2) await checkClosing(manifest, counts);
	const theirs = counts.receipts_root ?? root;
	refuse(theirs !== root, 'the two sides publish different roots');
	refuse(!receipts.includes(receipt), 'the receipt is not in the list');
	refuse(new Set(receipts).size !== receipts.length, 'a receipt stands there twice');
	refuse((await rootOfReceipts(receipts)) !== root, 'the root is not the one of the list');
	const ballots = strata.reduce((sum, stratum) => sum + stratum.ballots, 0);
	refuse(ballots !== receipts.length, 'there are not as many ballots as receipts');
	for (const { stratum, ballots: inBox } of strata) {
		const { credentials = 0, invited = 0 } =
			counts.strata.find((count) => count.stratum === stratum) ?? {};
		refuse(inBox > credentials || credentials > invited, `the counts of ${stratum} do not fit`);
	}
	return { ballots, root };
}

async function checkClosing({ root, strata, closing_key: key }, counts) {
	refuse(counts.root !== text(root), 'the closing statement is of another manifest');
	const content = closingSigned(root, counts.strata);
	await checkSigned(key, counts.signature, content, 'the closing statement is not signed');
	const ids = (list, name) => list.map((stratum) => stratum[name]).join(' ');
	refuse(ids(counts.strata, 'stratum') !== ids(strata, 'id'), 'it is of other strata');
}

async function checkExtension({ root, closing_key: key, window, latest_end: latest }, extension) {
	refuse(extension.root !== text(root), 'the extension is of another manifest');
	const content = extensionSigned(root, extension.last_day);
	await checkSigned(key, extension.signature, content, 'the extension is not signed');
	const day = extension.last_day; // days as YYYY-MM-DD stand in the order of their letters
	refuse(day <= window.end || day > latest, 'the manifest does not allow this day');
}

// The vectors

const STEPS = {
	async codes({ campaign, key, typed }) {
		const read = typed.map(normalized);
		const hashes = await Promise.all(read.map((code) => hashOfCode(bytes(key), campaign, code)));
		return { codes: read, hashes: hashes.map(text) };
	},
	async manifest({ content }) {
		const [questions] = Object.values(content.questionnaires);
		const document = ascii(canonical(content, { inPage: true }));
		const { root } = await readManifest(document, content.campaign);
		return {
			header: new TextDecoder().decode(headerOf(content)),
			tree: text(await treeOf(content.strata)),
			root: text(root),
			questionnaire: hex(await sha256(ascii(canonical(questions.text)))),
		};
	},
	async stratum({ index, path }, { content, manifest }) {
		const leaf = leafOf(content.strata[index]);
		const size = content.strata.length;
		const tree = text(await rootBy(leaf, index, size, path));
		refuse(tree !== manifest.tree, 'the stratum is not in the manifest');
		const { text: questionnaire } = content.questionnaires[content.strata[index].kind];
		return {
			stratum: new TextDecoder().decode(leaf),
			questionnaire,
			index,
			size,
			path,
		};
	},
	async link({ respond, code, stratum }, { content, manifest }) {
		const whole = await printed(code, bytes(manifest.root));
		await checkCode({ edition: 2, root: bytes(manifest.root) }, whole);
		return {
			code: whole,
			check_code: checkCodeOf(bytes(manifest.root)),
			link: `${respond}/${content.campaign}/#${whole}.${manifest.root}.${stratum}`,
		};
	},
	message: ({ campaign, stratum, prefix, serial }) => ({
		message: text(messageOf(2, bytes(prefix), campaign, stratum, bytes(serial))),
	}),
	async blinding({ salt, inverse }, { n, message }) {
		return {
			blinded: text(await blind(n, bytes(message.message), bytes(salt), integer(bytes(inverse)))),
		};
	},
	async signing({ key }, { blinding }) {
		return { signature: text(await signBlindly(bytes(key), bytes(blinding.blinded))) };
	},
	async finalizing({ signature, inverse }, { n, message }) {
		const made = await finalize(
			n,
			bytes(message.message),
			integer(bytes(inverse)),
			bytes(signature),
		);
		return { signature: text(made) };
	},
	sheet: ({ answers }, { questions }) => ({ sheet: text(sheetOf(questions, answers)) }),
	async sealing({ campaign, stratum, recipient, keeper, ephemeral }, { message, sheet }) {
		const spent = await spentOf(2, bytes(message.message));
		const infos = {
			inner_info: innerInfo(campaign, stratum),
			outer_info: outerInfo(campaign, stratum, spent),
			only_info: onlyInfo(2, campaign, stratum, spent),
		};
		const to = (key, info, content, own) => seal(point(key), infos[info], content, own);
		const inner = await to(recipient, 'inner_info', bytes(sheet.sheet), ephemeral.inner);
		const sealed = await to(keeper, 'outer_info', inner, ephemeral.outer);
		const only = await to(recipient, 'only_info', bytes(sheet.sheet), ephemeral.inner);
		const made = { spent, ...infos, inner, sealed, only };
		return Object.fromEntries(Object.entries(made).map(([name, data]) => [name, text(data)]));
	},
	async ballot({ stratum }, { message, finalizing, sealing }) {
		const receipt = await receiptOf(2, bytes(message.message), bytes(sealing.sealed));
		const body = { stratum, ...message, ...finalizing, sealed: sealing.sealed };
		return { body, receipt: hex(receipt) };
	},
	async receipt({ key }, { manifest, ballot }) {
		const content = receiptSigned(bytes(manifest.root), Buffer.from(ballot.receipt, 'hex'));
		const signature = text(await signedBy(key, content));
		await checkSigned(key.x, signature, content, 'the receipt is not signed by the box');
		return { signature };
	},
	async closing({ key, strata }, { content, manifest }) {
		const { root } = manifest;
		const signature = text(await signedBy(key, closingSigned(bytes(root), strata)));
		const counts = { campaign: content.campaign, root, strata, signature };
		await checkClosing({ ...content, root: bytes(root), closing_key: key.x }, counts);
		return counts;
	},
	async extension({ key, last_day }, { content, manifest }) {
		const { root } = manifest;
		const signature = text(await signedBy(key, extensionSigned(bytes(root), last_day)));
		const extension = { campaign: content.campaign, root, last_day, signature };
		await checkExtension({ ...content, root: bytes(root), closing_key: key.x }, extension);
		return extension;
	},
	tree: async ({ receipts }) => ({ roots: await Promise.all(receipts.map(rootOfReceipts)) }),
	async first({ campaign, stratum, prefix, serial, sealed }) {
		const message = messageOf(1, bytes(prefix), campaign, stratum, bytes(serial));
		const spent = await spentOf(1, message);
		const info = onlyInfo(1, campaign, stratum, spent);
		const receipt = hex(await receiptOf(1, message, bytes(sealed)));
		return { message: text(message), spent: text(spent), info: text(info), receipt };
	},
	backup: async ({ recipient, backup }) => ({
		lines: await openedBackup('identity', recipient, bytes(backup)),
	}),
};

/** Go through the steps in order; each stands on what this client made in those before. */
async function compute(file) {
	const vectors = JSON.parse(await readFile(file, 'utf-8'));
	const { content } = vectors.manifest.input;
	const made = {
		content,
		n: modulusOf(content.strata[0].key),
		questions: Object.values(content.questionnaires)[0].text,
	};
	const computed = {};
	for (const [name, { input }] of Object.entries(vectors)) {
		made[name] = await STEPS[name](input, made);
		computed[name] = { input, output: made[name] };
	}
	return computed;
}

const [command, first, second] = process.argv.slice(2);
const commands = {
	compute: () => compute(first),
	answer: () => answer(first, JSON.parse(second)),
	check: () => check(first, second),
};
try {
	process.stdout.write(`${JSON.stringify(await commands[command](), null, 1)}\n`);
} catch (error) {
	process.stderr.write(`${error.message}\n`);
	process.exitCode = 1;
}
