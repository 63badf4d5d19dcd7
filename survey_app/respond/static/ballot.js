// From an invitation code to a receipt. Each step is stored before the request that needs it, so
// that a reload, a lost reply or a killed server resumes it: no second vote, and none lost.
import { blind, finalize, prepare } from './blind_rsa.js';
import { concat, fromText, random, sha256, toHex, toText, utf8 } from './bytes.js';
import { seal } from './sealing.js';

const BLANK = 255;
const PATIENCE = 20000;
const encoded = (state) => map(state, toText);
const decoded = (state) => map(state, fromText);

/** The server said no; the sentence is its own. */
export class Refusal extends Error {
  constructor({ error, message }) {
    super(message);
    this.code = error;
  }
}

/** What one campaign keeps in this browser until the receipt is there. */
export class Pending {
  constructor(campaign) {
    this.key = `survey/${campaign}`;
  }

  read() {
    return JSON.parse(localStorage.getItem(this.key));
  }

  begin(state) {
    localStorage.setItem(this.key, JSON.stringify(state));
  }

  /** Add to what is there; what another window has erased stays erased. */
  add(fields) {
    const state = this.read();
    if (state) this.begin({ ...state, ...fields });
  }

  /** Add a field that must never be replaced by another of its kind. */
  addOnce(name, value) {
    if (!(name in (this.read() || {}))) this.add({ [name]: value });
  }

  erase() {
    localStorage.removeItem(this.key);
  }
}

/** All items in the order of the ballot's bytes. */
export const asked = ({ screening, items, attention }) =>
  [screening, ...items, attention].filter(Boolean);

/** An address of the issuer's API, which may be on another origin. */
export const atIssuer = ({ issuer, campaign }, name) =>
  `${issuer.replace(/\/$/, '')}/${campaign}/${name}`;

/** POST until there is an answer: the same request, however often a reply is lost. */
export async function post(url, body, pause) {
  for (let attempt = 0; ; attempt += 1) {
    const [content, ok] = await once(url, body).catch(() => []);
    if (ok) return content;
    if (content) throw new Refusal(content);
    await pause(Math.min(2 ** attempt, 30));
  }
}

async function once(url, body) {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), PATIENCE);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Accept-Language': document.documentElement.lang,
      },
      body: JSON.stringify(body),
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      signal: limit.signal,
    });
    if (response.status >= 500 || response.status === 429) return [];
    return [await response.json(), response.ok];
  } finally {
    clearTimeout(timer);
  }
}

/** Get the credential, seal the answers, cast the ballot; returns the receipt. */
export async function cast(manifest, stratum, pending, pause) {
  const { campaign } = manifest;
  const names = utf8(campaign + stratum.id);
  const { message, signature } = await credential(manifest, stratum, pending, names, pause);
  if (!pending.read().sealed) {
    const questions = manifest.questionnaires[stratum.kind].text;
    const info = concat(utf8('ballot/v1'), names, await sha256(utf8('spent/v1'), message));
    const sheet = encode(questions, pending.read().answers);
    pending.addOnce('sealed', toText(await seal(fromText(manifest.sealing_key), info, sheet)));
  }
  const { sealed } = pending.read();
  const ballot = { stratum: stratum.id, message: toText(message), signature, sealed };
  const { receipt } = await post('ballots', ballot, pause);
  const own = toHex(await sha256(utf8('receipt/v1'), message, fromText(sealed)));
  if (receipt !== own) throw new Error('another receipt');
  return receipt;
}

async function credential(manifest, stratum, pending, names, pause) {
  const key = fromText(stratum.key);
  if (!pending.read().blinding) {
    const message = prepare(concat(utf8('credential/v1'), names, random(32)));
    pending.addOnce('blinding', encoded(await blind(key, message)));
  }
  const { code, blinding, signature } = pending.read();
  const { message, inverse } = decoded(blinding);
  if (signature) return { message, signature };
  const url = atIssuer(manifest, 'credentials');
  const answer = await post(url, { code, blinded: blinding.blinded }, pause);
  const own = toText(await finalize(key, { message, inverse }, fromText(answer.signature)));
  pending.add({ signature: own });
  return { message, signature: own };
}

/** One byte an item; what was not answered stays blank. */
function encode(questions, answers = {}) {
  return Uint8Array.from(asked(questions), ({ code }) => answers[code] ?? BLANK);
}

function map(fields, change) {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)]));
}
