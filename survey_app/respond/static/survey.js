// The respondent's page: one step after the other, from a link or a typed code to a receipt.
import { Pending, asked, atIssuer, cast, post } from './ballot.js';
import { sha256, toText, utf8 } from './bytes.js';
import { both, english } from './language.js';

const CHOICES = [
  [1, { zh: '是', en: 'Yes' }],
  [0, { zh: '否', en: 'No' }],
  [8, { zh: '不清楚', en: 'Not sure' }],
  [9, { zh: '不愿回答', en: 'Prefer not to say' }],
];
const BLANK = { zh: '未回答', en: 'Not answered' };
const LAST = ['code_refused', 'credential_spent', 'closed']; // nothing more can come of this code
const EDITABLE = ['welcome', 'questions', 'review'];
const $ = (id) => document.getElementById(id);
const text = $('manifest').textContent;
const manifest = JSON.parse(text);
const pending = new Pending(manifest.campaign);
const RECEIPT = `receipt/${manifest.campaign}`;
let digest;
let stratum;
let questions;

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Show one step, and let readers of the screen hear its heading. */
function show(step) {
  for (const other of document.querySelectorAll('main > section, main > form')) {
    other.hidden = other.id !== step;
  }
  $('erasing').hidden = !EDITABLE.includes(step);
  if (EDITABLE.includes(step)) pending.add({ step });
  const heading = $(step).querySelector('h1');
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function stop(reason) {
  $('reason').replaceChildren(reason.zh ? both(reason) : reason);
  show('problem');
}

// --- Opening: the manifest first, then the code -------------------------------------------------

async function start() {
  if (!isSecureContext) return show('insecure');
  digest = toText(await sha256(utf8(text)));
  const [typed, expected] = location.hash.slice(1).split('.');
  const stored = pending.read();
  const promised = location.hash ? expected : stored && stored.digest;
  if (promised && promised !== digest) {
    return stop({
      zh: '这份问卷与邀请链接里的指纹不一致：链接可能不完整，也可能有人改动了问卷或密钥。为保护您，问卷没有打开。请重新打开完整的链接；仍然如此，请告诉发出邀请的人。',
      en: 'This survey does not match the fingerprint in your invitation: the link may be incomplete, or somebody has changed the survey or its keys. To protect you it was not opened. Please open the whole link again; if this stays, tell whoever invited you.',
    });
  }
  if (location.hash) return invited(normalized(typed), Boolean(expected));
  if (sessionStorage.getItem(RECEIPT)) return showReceipt(sessionStorage.getItem(RECEIPT));
  return stored ? open() : ask('');
}

/** Take the code out of the address, where the browser's history would keep it. */
function invited(code, checked) {
  history.replaceState(null, '', location.pathname);
  return isCode(code) && checked ? take(code) : ask(code);
}

/** Crockford's base 32 as a person types it: any case and width, O for 0, I or L for 1. */
function normalized(typed) {
  const plain = typed.normalize('NFKC').toUpperCase().replace(/[^0-9A-Z]/g, '');
  return plain.replace(/O/g, '0').replace(/[IL]/g, '1');
}

const isCode = (code) => /^[0-9A-HJKMNP-TV-Z]{16}$/.test(code);

function take(code) {
  const stored = pending.read() || {};
  sessionStorage.removeItem(RECEIPT);
  if (stored.digest === digest && stored.code !== code && stored.blinding) {
    pending.add({ next: code }); // a ballot on its way comes first: it would be lost
  } else if (stored.digest !== digest || stored.code !== code) {
    pending.begin({ code, digest });
  }
  return open();
}

function ask(code, wrong) {
  $('digest').textContent = digest;
  $('code').value = code.replace(/.{4}(?=.)/g, '$&-');
  $('wrong').replaceChildren(...(wrong ? [wrong] : []));
  show('asking');
  if (wrong) $('code').focus();
}

$('asking').addEventListener('submit', (event) => {
  event.preventDefault();
  const code = normalized($('code').value);
  if (isCode(code)) take(code);
  else ask(code, both({ zh: '邀请码应有 16 个字母和数字。', en: 'A code has 16 letters and digits.' }));
});

/** Go on where this browser stopped. */
async function open() {
  if (!pending.read().stratum) {
    waiting({ zh: '正在打开问卷……', en: 'Opening the survey …' });
    const { code } = pending.read();
    try {
      pending.add(await post(atIssuer(manifest, 'stratum'), { code }, pause));
    } catch (refusal) {
      if (refusal.code !== 'code_refused') return refused(refusal);
      pending.erase();
      return ask(code, refusal.message);
    }
  }
  const state = pending.read();
  stratum = manifest.strata.find(({ id }) => id === state.stratum);
  questions = manifest.questionnaires[stratum.kind].text;
  render(state.answers || {});
  if (state.blinding) return send();
  if (state.step === 'review') return review();
  return show(state.step || 'welcome');
}

function refused(refusal) {
  if (LAST.includes(refusal.code)) pending.erase();
  stop(
    refusal.code
      ? refusal.message
      : {
          zh: '服务器给出的签名或回执与公布的密钥不符，所以停在这里，答卷仍存在本手机。请告诉发出邀请的人。',
          en: 'The signature or receipt that the server gave does not fit the published keys, so this stops here; your ballot is still on this phone. Please tell whoever invited you.',
        },
  );
}

// --- Waiting for a server -----------------------------------------------------------------------

function waiting(heading) {
  $('waiting').querySelector('h1').replaceChildren(both(heading));
  $('status').replaceChildren();
  show('waiting');
}

/** Wait before the next attempt, less if the network comes back or the reader is impatient. */
function pause(seconds) {
  const trouble = {
    zh: `暂时连不上，${seconds} 秒后自动再试。您填的内容存在本手机，不会丢，也不会重复提交。`,
    en: `No connection for now; trying again in ${seconds} s. What you entered is kept on this phone: it will not be lost or sent twice.`,
  };
  $('status').replaceChildren(both(trouble));
  $('retry').hidden = false;
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
    addEventListener('online', resolve, { once: true });
    $('retry').addEventListener('click', resolve, { once: true });
  }).then(() => {
    $('retry').hidden = true;
    $('status').replaceChildren(both({ zh: '正在重试……', en: 'Trying again …' }));
  });
}

// --- The questions ------------------------------------------------------------------------------

const dated = (day, locale) =>
  new Date(day).toLocaleDateString(locale, { dateStyle: 'long', timeZone: 'UTC' });

function period() {
  const { start, end } = manifest.reference_period;
  return {
    zh: `${dated(start, 'zh-CN')}至${dated(end, 'zh-CN')}`,
    en: `${dated(start, 'en-GB')} to ${dated(end, 'en-GB')}`,
  };
}

function filled({ zh, en }) {
  const fill = (sentence, locale, name) => {
    const { start, end } = manifest.reference_period;
    const values = { post_category: name, start: dated(start, locale), end: dated(end, locale) };
    return sentence.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  };
  const { post_category: name } = stratum;
  return both({ zh: fill(zh, 'zh-CN', name.zh), en: fill(en, 'en-GB', name.en) });
}

function render(answers) {
  const all = asked(questions);
  $('unit').replaceChildren(both(stratum.unit));
  $('posts').replaceChildren(both(stratum.post_category));
  document.querySelector('dd.period').replaceChildren(both(period()));
  $('questionnaire').replaceChildren(filled(questions.title));
  $('introduction').replaceChildren(filled(questions.introduction));
  $('blocks').replaceChildren(
    ...block({ zh: '一、是否打过交道', en: '1. Dealings' }, all.slice(0, 1), answers),
    ...block({ zh: '二、是否真实遇到过', en: '2. What you really met' }, all.slice(1), answers),
  );
  progress(answers);
}

function block(heading, items, answers) {
  const dates = make('p', { class: 'period' }, both(period()));
  const fieldsets = items.map((item) => question(item, answers[item.code]));
  return [make('h2', {}, both(heading)), dates, ...fieldsets];
}

function question({ code, text: sentence }, answer) {
  const choices = CHOICES.map(([value, label]) => {
    const input = make('input', { type: 'radio', name: code, value });
    input.checked = value === answer;
    input.addEventListener('change', () => answered(code, value));
    return make('label', {}, input, make('span', {}, both(label)));
  });
  const legend = make('legend', {}, filled(sentence));
  return make('fieldset', {}, legend, make('div', { class: 'choices' }, ...choices));
}

function answered(code, value) {
  const answers = { ...(pending.read() || {}).answers, [code]: value };
  pending.add({ answers });
  progress(answers);
}

function progress(answers) {
  const [done, of] = [Object.keys(answers).length, asked(questions).length];
  Object.assign($('done'), { max: of, value: done });
  const label = { zh: `已答 ${done} / ${of} 题`, en: `${done} of ${of} answered` };
  document.querySelector('label[for="done"]').replaceChildren(both(label));
}

// --- Review, sending, receipt -------------------------------------------------------------------

function review() {
  const { answers = {} } = pending.read();
  const rows = asked(questions).map(({ code, label }) => {
    const chosen = CHOICES.find(([value]) => value === answers[code]);
    const answer = make('b', chosen ? {} : { class: 'blank' }, both(chosen ? chosen[1] : BLANK));
    const row = make('button', {}, filled(label), answer);
    row.addEventListener('click', () => change(code));
    return make('li', {}, row);
  });
  $('answers').replaceChildren(...rows);
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
  waiting({ zh: '正在提交……', en: 'Sending …' });
  const sending = () => pending.read() && cast(manifest, stratum, pending, pause);
  try {
    // Of two windows on one survey only one sends; the other then finds nothing left to send.
    const receipt = await (navigator.locks ? navigator.locks.request(pending.key, sending) : sending());
    if (receipt) received(receipt);
  } catch (refusal) {
    refused(refusal);
  }
}

function received(receipt) {
  const { next } = pending.read();
  sessionStorage.setItem(RECEIPT, receipt);
  pending.erase();
  if (next) pending.begin({ code: next, digest });
  showReceipt(receipt);
}

function showReceipt(receipt) {
  const lines = [manifest.title.zh, manifest.title.en, receipt, `${location.href}receipts`];
  const file = new Blob([`${lines.join('\n')}\n`], { type: 'text/plain' });
  $('receipt').textContent = receipt.replace(/.{8}(?=.)/g, '$& ');
  $('save').href = URL.createObjectURL(file);
  $('next').hidden = !pending.read();
  show('received');
}

async function copy() {
  try {
    await navigator.clipboard.writeText($('receipt').textContent);
    $('copied').replaceChildren(both({ zh: '已复制。', en: 'Copied.' }));
  } catch {
    getSelection().selectAllChildren($('receipt'));
    $('copied').replaceChildren(both({ zh: '已选中，请长按复制。', en: 'Selected: press and hold to copy.' }));
  }
}

function erase() {
  const question = english()
    ? 'Erase code and answers from this phone? Your code stays valid.'
    : '从本手机删除邀请码和已填的答案？邀请码仍然有效。';
  if (!confirm(question)) return;
  pending.erase();
  stop({
    zh: '已从本手机删除。没有提交任何答案，邀请码仍然有效：想回答时，请再打开邀请链接。',
    en: 'Erased from this phone. Nothing was sent and your code stays valid: to answer, open your link again.',
  });
}

const actions = {
  reload: () => location.reload(),
  begin: () => show('questions'),
  check: review,
  send,
  back: () => show('questions'),
  copy,
  erase,
  next() {
    sessionStorage.removeItem(RECEIPT);
    location.reload();
  },
};
for (const [id, action] of Object.entries(actions)) $(id).addEventListener('click', action);
addEventListener('hashchange', () => location.reload());
addEventListener('storage', ({ key, newValue }) => {
  if (key !== pending.key || (newValue && !JSON.parse(newValue).blinding)) return;
  stop({
    zh: '这份问卷已在另一个窗口提交或删除。',
    en: 'This survey was sent or erased in another window.',
  });
});
if (window.BigInt && (!isSecureContext || crypto.subtle)) start();
