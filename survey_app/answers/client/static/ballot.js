// From a code to a receipt. Each step is stored before the next, so that what breaks off resumes.
import { blind, finalize, prepare } from './blind_rsa.js';
import { concat, fromText, random, sha256, toHex, toText, utf8 } from './bytes.js';
import { seal } from './sealing.js';

/** What this browser keeps of one code until the receipt is there. */
export class Pending {
	constructor(campaign) {
		this.key = `survey/${campaign}`;
	}

	get stored() {
		return JSON.parse(localStorage[this.key] || null);
	}

	/** Only of this window's code. */
	get state() {
		const { stored } = this;
		return stored?.code === this.code ? stored : null;
	}

	begin(state) {
		localStorage[this.key] = JSON.stringify(state);
	}

	/** Add to what is there; what another window erased stays erased. */
	add(fields) {
		if (this.state) this.begin({ ...this.state, ...fields });
	}

	/** Make what is not there yet; the first stays. */
	async once(name, make) {
		if (!this.state[name]) this.add({ [name]: await make(), ...this.state });
		return this.state[name];
	}

	erase() {
		if (this.state) delete localStorage[this.key];
		delete this.code;
	}
}

/** All items, in the ballot's order. */
export const asked = ({ screening, items, attention }) =>
	[screening, ...items, attention].filter(Boolean);

/** POST the same until there is an answer. */
export async function post(url, body, pause) {
	for (let seconds = 1; ; seconds = Math.min(2 * seconds, 30)) {
		const [ok, content] = await attempt(url, body).catch(() => []);
		if (ok) return content;
		if (content) throw Object.assign(Error(content.message), { code: content.error });
		await pause(seconds);
	}
}

async function attempt(url, body) {
	const { lang } = document.documentElement;
	const response = await fetch(url, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json', 'Accept-Language': lang },
		body: JSON.stringify(body),
		credentials: 'omit',
		referrerPolicy: 'no-referrer',
		cache: 'no-store',
		signal: AbortSignal.timeout?.(20000),
	});
	return response.status < 500 ? [response.ok, await response.json()] : [];
}

export function issuer(manifest, name, body, pause) {
	return post(`${manifest.issuer.replace(/\/$/, '')}/${manifest.campaign}/${name}`, body, pause);
}

/** Get the credential, seal the answers, cast the ballot; returns the receipt. */
export async function cast(manifest, pending, pause) {
	const stratum = manifest.strata.find(({ id }) => id === pending.state.stratum);
	const key = fromText(stratum.key);
	const names = utf8(manifest.campaign + stratum.id);
	const blinding = await pending.once('blinding', async () => {
		const message = concat(utf8('credential/v1'), names, random(32));
		return each(await blind(key, prepare(message)), toText);
	});
	const state = each(blinding, fromText);
	const signature = await pending.once('signature', async () => {
		const body = { code: pending.state.code, stratum: stratum.id, blinded: blinding.blinded };
		const answer = await issuer(manifest, 'credentials', body, pause);
		return toText(await finalize(key, state, fromText(answer.signature)));
	});
	const sealed = await pending.once('sealed', async () => {
		const spent = await sha256(utf8('spent/v1'), state.message);
		const info = concat(utf8('ballot/v1'), names, spent);
		const items = asked(manifest.questionnaires[stratum.kind].text);
		const sheet = items.map(({ code }) => pending.state.answers?.[code] ?? 255); // 255: left blank
		return toText(await seal(fromText(manifest.sealing_key), info, Uint8Array.from(sheet)));
	});
	const ballot = { stratum: stratum.id, message: blinding.message, signature, sealed };
	const { receipt } = await post('ballots', ballot, pause);
	const own = toHex(await sha256(utf8('receipt/v1'), state.message, fromText(sealed)));
	if (receipt === own) return receipt;
	throw Error('another receipt');
}

const each = (fields, change) =>
	Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)]));
