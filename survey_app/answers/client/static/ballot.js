// From answers to a receipt. What is sent is stored first, so that what breaks off resumes.
import { blind, finalize, prepare } from './blind_rsa.js';
import { bind, framed, fromText, random, sha256, toHex, toText } from './bytes.js';
import { issuer, refusal, request } from './http.js';
import { seal } from './sealing.js';

/** What this browser keeps: a ballot until its receipt is there; then that there was one. */
export class Pending {
	constructor({ campaign }) {
		this.key = `survey/${campaign}`;
		this.mark = `answered/${campaign}`;
	}

	/** The first release stored drafts too, which have no blinding yet. */
	get stored() {
		const state = JSON.parse(localStorage[this.key] || null);
		return state?.blinding ? state : null;
	}

	get answered() {
		return this.mark in localStorage;
	}

	store(state) {
		localStorage[this.key] = JSON.stringify(state);
	}

	/** Add to what is there; what another window erased stays erased. */
	add(fields) {
		if (!this.stored) throw refusal('erased');
		this.store({ ...this.stored, ...fields });
	}

	forget() {
		delete localStorage[this.key];
	}

	received() {
		localStorage[this.mark] = 1;
		this.forget();
	}

	erase() {
		delete localStorage[this.mark];
		this.forget();
	}
}

/** All items, in the ballot's order. */
export const asked = ({ screening, items, attention }) =>
	[screening, ...items, attention].filter(Boolean);

/** Get the credential and cast the ballot; a draft is sealed first. Returns the box's reply. */
export async function cast(manifest, stratum, pending, draft, pause) {
	if (draft) await begin(manifest, stratum, pending, draft);
	const { code, blinding, answers } = pending.stored;
	const state = each(blinding, fromText);
	if (!pending.stored.sealed) {
		// The first release stored answers, and sealed them last.
		pending.add({ sealed: toText(await sealed(manifest, stratum, state.message, answers)) });
	}
	if (!pending.stored.signature) {
		const body = { code, stratum: stratum.id, blinded: blinding.blinded };
		const reply = await issuer(manifest, 'credentials', pause, body);
		const signed = fromText(reply.signature);
		pending.add({ signature: toText(await finalize(fromText(stratum.key), state, signed)) });
	}
	const { signature, sealed: content } = pending.stored;
	const ballot = { stratum: stratum.id, message: blinding.message, signature, sealed: content };
	const reply = await request('ballots', pause, ballot);
	return { ...reply, verified: await check(manifest, state.message, fromText(content), reply) };
}

/** Blind and seal, and store both: answers themselves are never stored. */
async function begin(manifest, stratum, pending, { code, answers }) {
	if (pending.stored) throw refusal('pending');
	const { edition, campaign, digest } = manifest;
	const message = prepare(bind(edition, 'credential', campaign, stratum.id, random(32)));
	const blinding = each(await blind(fromText(stratum.key), message), toText);
	const content = toText(await sealed(manifest, stratum, message, answers));
	pending.store({ code, digest, stratum: stratum.id, blinding, sealed: content });
}

/** One seal, to the statisticians; with a keeper, that one inside the keeper's. */
async function sealed(manifest, stratum, message, answers = {}) {
	const { edition, campaign, sealing_key: key, keeper_key: keeper, questionnaires } = manifest;
	const items = asked(questionnaires[stratum.kind].text);
	const sheet = Uint8Array.from(items, ({ code }) => answers[code] ?? 255); // 255: left blank
	const to = (point, label, content, ...more) =>
		seal(fromText(point), bind(edition, label, campaign, stratum.id, ...more), content);
	const spent = await sha256(bind(edition, 'spent', message));
	if (!keeper) return to(key, 'ballot', sheet, spent);
	return to(keeper, 'outer', await to(key, 'inner', sheet), spent);
}

/** Compare the receipt with our own; tells whether this browser could verify its signature. */
async function check({ edition, root, receipts_key: key }, message, content, reply) {
	const own = await sha256(bind(edition, 'receipt', message, content));
	if (reply.receipt !== toHex(own)) throw Error('another receipt');
	if (edition === 1) return true;
	const imported = await ed25519(fromText(key));
	const signature = fromText(reply.signature);
	const signed = framed('signed-receipt/v2', root, own);
	if (imported && !(await crypto.subtle.verify('Ed25519', imported, signature, signed)))
		throw Error('another signature');
	return Boolean(imported);
}

const ed25519 = (key) =>
	crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']).catch((error) => {
		if (error.name !== 'NotSupportedError') throw error;
	});

const each = (fields, change) =>
	Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)]));
