// From answers to a receipt. What is sent is stored first, so that what breaks off resumes.
import { blind, finalize, prepare } from './blind_rsa.js';
import { bind, framed, fromText, random, sha256, toHex, toText } from './bytes.js';
import { issuer, refusal, request } from './http.js';
import { seal } from './sealing.js';
import { asked } from './validity.js';

/** Get the credential and cast the ballot; answers are sealed first. Returns the box's reply. */
export async function cast({ manifest, stratum, kept, code, mark, answers, pause }) {
	if (answers) await begin(manifest, stratum, kept, mark, answers);
	const { blinding, answers: unsealed } = kept.pending;
	const state = each(blinding, fromText);
	if (!kept.pending.sealed) {
		// The first release stored answers, and sealed them last.
		kept.add({ sealed: toText(await sealed(manifest, stratum, state.message, unsealed)) });
	}
	if (!kept.pending.signature) {
		const body = { code, stratum: stratum.id, blinded: blinding.blinded };
		const reply = await issuer(manifest, 'credentials', pause, body);
		const signature = await genuine(() =>
			finalize(fromText(stratum.key), state, fromText(reply.signature)),
		);
		kept.add({ signature: toText(signature) });
	}
	const { signature, sealed: content } = kept.pending;
	const ballot = { stratum: stratum.id, message: blinding.message, signature, sealed: content };
	const reply = await request('ballots', pause, ballot);
	const verified = await genuine(() => check(manifest, state.message, fromText(content), reply));
	return { receipt: reply.receipt, signature: reply.signature, verified };
}

/** What a server signs must verify. */
async function genuine(verified) {
	try {
		return await verified();
	} catch {
		throw refusal('false_signature');
	}
}

/** Blind and seal, and store both: answers themselves are never stored. */
async function begin(manifest, stratum, kept, mark, answers) {
	const { edition, campaign, digest } = manifest;
	const { pending } = kept;
	if (pending && !pending.refused && pending.digest === digest) throw refusal('pending');
	const message = prepare(bind(edition, 'credential', campaign, stratum.id, random(32)));
	const blinding = each(await blind(fromText(stratum.key), message), toText);
	const content = toText(await sealed(manifest, stratum, message, answers));
	kept.store({ mark, digest, stratum: stratum.id, blinding, sealed: content });
}

/** One seal, to the statisticians; with a keeper, that one inside the keeper's. */
async function sealed(manifest, stratum, message, answers = {}) {
	const { edition, campaign, sealing_key: key, keeper_key: keeper } = manifest;
	const items = asked(stratum.questionnaire);
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
	if (reply.receipt !== toHex(own)) throw Error('receipt');
	if (edition === 1) return true;
	const imported = await ed25519(fromText(key));
	const signature = fromText(reply.signature);
	const signed = framed('signed-receipt/v2', root, own);
	if (imported && !(await crypto.subtle.verify('Ed25519', imported, signature, signed)))
		throw Error('signature');
	return !!imported;
}

/** Browsers without Ed25519 say so in different ways. */
const ed25519 = (key) =>
	crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']).catch(() => null);

const each = (fields, change) =>
	Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)]));
