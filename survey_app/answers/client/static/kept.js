// What this phone keeps of a survey: a ballot from sending until its receipt, then the receipt.
import { framed, sha256, toText } from './bytes.js';
import { refusal } from './http.js';

// Storage may be full or refused: then this page remembers, until it is closed.
const memory = {};

function read(name) {
	try {
		return memory[name] ?? JSON.parse(localStorage[name] || null);
	} catch {
		return null;
	}
}

function write(name, value) {
	memory[name] = value;
	try {
		localStorage[name] = JSON.stringify(value);
		delete memory[name];
	} catch {
		return false;
	}
	return true;
}

function remove(name) {
	delete memory[name];
	try {
		delete localStorage[name];
	} catch {}
}

/** A code's mark: what is kept under it is found by the code, which itself is not kept. */
export const markOf = async ({ root }, code) =>
	toText(await sha256(framed('mark', code, root))).slice(0, 22);

export class Kept {
	constructor({ campaign }) {
		this.key = `survey/${campaign}`;
		this.answered = `answered/${campaign}`;
	}

	/** The ballot on its way. The first release stored drafts too, which have no blinding yet. */
	get pending() {
		const state = read(this.key);
		return state?.blinding ? state : null;
	}

	/** Receipts by their code's mark; earlier programs only noted that there was one. */
	get receipts() {
		const noted = read(this.answered);
		return noted && (noted === 1 ? {} : noted);
	}

	/** Whether what is stored now would still be there when the page is closed. */
	get lasts() {
		const room = `${this.key}/room`;
		const lasts = write(room, 'x'.repeat(4000));
		remove(room);
		return lasts;
	}

	/** Whether anything of this survey is on the phone, and not in this page alone. */
	get isStored() {
		return [this.key, this.answered].some((name) => !(name in memory) && read(name));
	}

	store(state) {
		write(this.key, state);
	}

	/** Add to what is there; what another window erased stays erased. */
	add(fields) {
		if (!this.pending) throw refusal('erased');
		this.store({ ...this.pending, ...fields });
	}

	forget() {
		remove(this.key);
	}

	received(mark, receipt) {
		write(this.answered, { ...this.receipts, [mark]: receipt });
		this.forget();
	}

	erase() {
		remove(this.answered);
		this.forget();
	}
}
