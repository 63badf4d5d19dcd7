// The respondent's page, step by step from a link or a typed code to a receipt.
import { Pending, asked, cast, issuer } from './ballot.js';
import { sha256, toText, utf8 } from './bytes.js';
import { both, make } from './language.js';

const CHOICES = [
  [1, ['是', 'Yes']],
  [0, ['否', 'No']],
  [8, ['不清楚', 'Not sure']],
  [9, ['不愿回答', 'Rather not say']],
];
const STOPPED = ['问卷停在这里', 'The survey stops here'];
const EDITABLE = ['welcome', 'questions', 'review'];
const $ = (id) => document.getElementById(id);
const text = $('manifest').textContent;
const manifest = JSON.parse(text);
const pending = new Pending(manifest.campaign);
const RECEIPT = `receipt/${manifest.campaign}`;
let digest;
let stratum;
let questions;

const say = (id, ...content) => $(id).replaceChildren(...content);

/** Show one step, its heading first in line for screen readers. */
function show(step) {
  for (const other of document.querySelectorAll('main > *')) other.hidden = other.id !== step;
  $('erasing').hidden = !EDITABLE.includes(step);
  if (EDITABLE.includes(step)) pending.add({ step });
  const heading = $(step).querySelector('h1');
  heading.tabIndex = -1;
  heading.focus();
  scrollTo(0, 0);
}

function notice(heading, reason = '') {
  say('state', both(...heading));
  say('reason', reason);
  $('again').hidden = !reason;
  $('again').onclick = () => location.reload();
  show('notice');
}

// Opening: the manifest first, then the code.

async function start() {
  digest = toText(await sha256(utf8(text)));
  const [typed, expected] = location.hash.slice(1).split('.');
  const { state } = pending;
  if ([digest, undefined].includes(typed ? expected : state?.digest)) {
    if (typed) return invited(normalized(typed), expected);
    if (sessionStorage[RECEIPT]) return received(sessionStorage[RECEIPT]);
    return state ? open() : ask('');
  }
  return notice(
    STOPPED,
    both(
      '问卷与邀请链接里的指纹不符：链接不完整，或者问卷、密钥被人改过。请重新打开完整的链接；仍不行，请告诉邀请您的人。',
      'This is not the survey that your link names: the link is cut short, or survey or keys were changed. Open the whole link again; if this stays, tell whoever invited you.',
    ),
  );
}

/** Any case, width and separators; the issuer reads O as 0, I and L as 1. */
const normalized = (typed) => typed.normalize('NFKC').toUpperCase().replace(/[^0-9A-Z]/g, '');

function invited(code, checked) {
  const { state } = pending;
  const unsent = state?.digest === digest && state.code !== code && state.blinding;
  if (unsent) return open(); // an earlier ballot goes first; the address keeps this code
  history.replaceState(null, '', location.pathname);
  return checked ? take(code) : ask(code);
}

function take(code) {
  delete sessionStorage[RECEIPT];
  const { state } = pending;
  if (state?.digest !== digest || state.code !== code) pending.begin({ code, digest });
  return open();
}

function ask(code, wrong = '') {
  say('digest', digest);
  say('wrong', wrong);
  $('code').value = code.replace(/.{4}(?=.)/g, '$&-');
  show('asking');
  if (wrong) $('code').focus();
}

/** Go on where this browser stopped. */
async function open() {
  notice(['正在打开问卷……', 'Opening the survey …']);
  const { code } = pending.state;
  try {
    await pending.once('stratum', async () => (await issuer(manifest, 'stratum', { code }, pause)).stratum);
  } catch (refusal) {
    if (!['code_refused', 'input_unreadable'].includes(refusal.code)) return refused(refusal);
    pending.erase();
    return ask(code, refusal.message);
  }
  const { state } = pending;
  stratum = manifest.strata.find(({ id }) => id === state.stratum);
  questions = manifest.questionnaires[stratum.kind].text;
  render(state.answers);
  if (state.blinding) return send();
  return state.step === 'review' ? review() : show(state.step || 'welcome');
}

function refused({ code, message }) {
  if (['code_refused', 'credential_spent', 'closed'].includes(code)) pending.erase();
  notice(
    STOPPED,
    code
      ? message
      : both(
          '服务器的签名或回执不对。答卷仍在本手机，请告诉邀请您的人。',
          'The server gave a wrong signature or receipt. Your ballot is still on this phone; please tell whoever invited you.',
        ),
  );
}

/** Wait before the next attempt; less if the network returns or the reader asks for it. */
async function pause(seconds) {
  const zh = `暂时连不上，${seconds} 秒后自动再试。内容不会丢，也不会重复提交。`;
  const en = `No connection; trying again in ${seconds} s. Nothing will be lost, or sent twice.`;
  say('reason', both(zh, en));
  $('again').hidden = false;
  await new Promise((resolve) => {
    $('again').onclick = resolve;
    setTimeout(resolve, seconds * 1000);
    addEventListener('online', resolve, { once: true });
  });
  say('reason');
}

// The questions.

const dated = (day, lang) =>
  new Date(day).toLocaleDateString(lang, { dateStyle: 'long', timeZone: 'UTC' });

/** A text of the manifest, its places filled. */
function told(texts) {
  const { start, end } = manifest.reference_period;
  const filled = ['zh', 'en'].map((lang) => {
    const post_category = stratum.post_category[lang];
    const values = { post_category, start: dated(start, lang), end: dated(end, lang) };
    return texts[lang].replace(/{(\w+)}/g, (place, name) => values[name] ?? place);
  });
  return both(...filled);
}

const period = () => told({ zh: '{start}至{end}', en: '{start} to {end}' });

function render(answers = {}) {
  const [screening, ...items] = asked(questions).map((item) => question(item, answers));
  say('unit', told(stratum.unit));
  say('posts', told(stratum.post_category));
  say('questionnaire', told(questions.title));
  say('introduction', told(questions.introduction));
  const block = (...heading) => [
    make('h2', {}, both(...heading)),
    make('p', { className: 'period' }, period()),
  ];
  say(
    'blocks',
    ...block('一、是否打过交道', '1. Dealings'),
    screening,
    ...block('二、是否真实遇到过', '2. What you really met'),
    ...items,
  );
  progress(answers);
}

function question({ code, text: sentence }, answers) {
  const choices = CHOICES.map(([value, label]) => {
    const onchange = () => answered(code, value);
    const checked = answers[code] === value;
    const input = make('input', { type: 'radio', name: code, value, checked, onchange });
    return make('label', {}, input, make('span', {}, both(...label)));
  });
  const legend = make('legend', {}, told(sentence));
  return make('fieldset', {}, legend, make('div', { className: 'choices' }, ...choices));
}

function answered(code, value) {
  pending.add({ answers: { ...pending.state?.answers, [code]: value } });
  progress(pending.state?.answers);
}

function progress(answers = {}) {
  const done = Object.keys(answers).length;
  const all = asked(questions).length;
  Object.assign($('done'), { max: all, value: done });
  say('label', both(`已答 ${done} / ${all} 题`, `${done} of ${all} answered`));
}

// Review, sending, receipt.

function review() {
  const { answers = {} } = pending.state;
  const rows = asked(questions).map(({ code, label }) => {
    const chosen = CHOICES.find(([value]) => value === answers[code]);
    const answer = chosen
      ? make('b', {}, both(...chosen[1]))
      : make('em', {}, both('未回答', 'Not answered'));
    return make('li', {}, make('button', { onclick: () => change(code) }, told(label), answer));
  });
  say('answers', ...rows);
  show('review');
}

function change(code) {
  show('questions');
  const choices = [...document.getElementsByName(code)];
  const chosen = choices.find(({ checked }) => checked) || choices[0];
  chosen.closest('fieldset').scrollIntoView();
  chosen.focus({ preventScroll: true });
}

async function send() {
  notice(['正在提交……', 'Sending …']);
  const sending = () => pending.state && cast(manifest, stratum, pending, pause);
  try {
    // One window sends at a time; another then finds nothing left to send.
    const { locks } = navigator;
    const receipt = await (locks ? locks.request(pending.key, sending) : sending());
    if (!receipt) return;
    sessionStorage[RECEIPT] = receipt;
    pending.erase();
    if (location.hash) location.reload();
    received(receipt);
  } catch (refusal) {
    refused(refusal);
  }
}

function received(receipt) {
  const { zh, en } = manifest.title;
  const lines = [zh, en, receipt, `${location.href}receipts`, ''];
  $('save').href = URL.createObjectURL(new Blob([lines.join('\n')], { type: 'text/plain' }));
  say('receipt', receipt.replace(/.{8}(?=.)/g, '$& '));
  show('received');
}

async function copy() {
  try {
    await navigator.clipboard.writeText($('receipt').textContent);
    say('copied', both('已复制。', 'Copied.'));
  } catch {
    say('copied', both('请长按回执来复制。', 'Press and hold the receipt to copy it.'));
  }
}

$('asking').onsubmit = (event) => {
  event.preventDefault();
  take(normalized($('code').value));
};
const actions = { begin: () => show('questions'), check: review, send, copy };
for (const [id, action] of Object.entries(actions)) $(id).onclick = action;
$('erase').onclick = () => {
  if (!confirm($('erase').innerText)) return;
  pending.erase();
  ask('', both('已从本手机删除，邀请码仍然有效。', 'Erased from this phone; your code stays valid.'));
};
addEventListener('hashchange', () => location.reload());
addEventListener('storage', ({ key, newValue }) => {
  if (key === pending.key && !newValue) location.reload(); // sent or erased in another window
});
if (window.BigInt && crypto.subtle) start(); // or the page stays at its advice
