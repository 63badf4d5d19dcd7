// The respondent's page, step by step.
import { Pending, asked, cast, issuer } from './ballot.js';
import { sha256, toText, utf8 } from './bytes.js';
import { both, make } from './language.js';

const CHOICES = [
	[1, ['是', 'Yes']],
	[0, ['否', 'No']],
	[8, ['不清楚', 'Not sure']],
	[9, ['不愿回答', 'Rather not say']],
];
const EDITABLE = ['welcome', 'questions', 'review'];
const $ = (id) => document.getElementById(id);
const text = $('manifest').textContent;
const manifest = JSON.parse(text);
const pending = new Pending(manifest.campaign);
const RECEIPT = `receipt/${manifest.campaign}`;
let digest;
let stratum;
let questions;
let reviewed;

const say = (id, ...content) => $(id).replaceChildren(...content);

/** Show one step; screen readers go to its heading. */
function show(step) {
	for (const other of document.querySelectorAll('main > *')) other.hidden = other.id !== step;
	$('erasing').hidden = !EDITABLE.includes(step);
	if (EDITABLE.includes(step)) pending.add({ step });
	const heading = $(step).querySelector('h1');
	heading.tabIndex = -1;
	heading.focus();
	scrollTo(0, 0);
}

function stop(reason) {
	say('state', both('问卷停在这里', 'The survey stops here'));
	say('reason', reason);
	$('again').hidden = false;
	$('again').onclick = () => location.reload();
	show('notice');
	$('erasing').hidden = !pending.stored;
}

const lost = () => pending.code && !pending.state;

/** Start again without the code that another window sent or erased. */
function leave() {
	if (!location.hash) history.replaceState(null, '', '#-');
	location.reload();
}

/** Check the manifest first, then look at the code. */
async function start() {
	digest = toText(await sha256(utf8(text)));
	const [typed, expected] = location.hash.slice(1).split('.');
	const { stored } = pending;
	const known = stored?.digest === digest;
	if (![digest, undefined].includes(typed ? expected : stored?.digest)) {
		return stop(
			both(
				'问卷与链接里的指纹不符：链接不完整，或者问卷、密钥被人改过。请重新打开完整的链接；仍不行，请告诉邀请您的人。',
				'This is not the survey your link names: the link is cut short, or survey or keys were changed. Open the whole link again; if this stays, tell the people who invited you.',
			),
		);
	}
	const code = normalized(typed);
	if (known && goesFirst(stored, code, typed)) {
		return open(stored.code); // an earlier ballot goes first; the address keeps another code
	}
	history.replaceState(null, '', location.pathname);
	if (code) return expected ? take(code) : ask(code);
	if (typed) return left();
	return sessionStorage[RECEIPT] ? received(sessionStorage[RECEIPT]) : ask('');
}

const goesFirst = (stored, code, typed) =>
	code ? stored.blinding && stored.code !== code : !typed;

const left = () =>
	ask(
		'',
		both(
			'这个窗口的邀请码已不在本手机上：已经提交，或者删除了。',
			"This window's code is no longer on this phone: it was sent or erased.",
		),
	);

/** Any case, width, separators; the issuer reads O as 0, I and L as 1. */
const normalized = (typed) =>
	typed
		.normalize('NFKC')
		.toUpperCase()
		.replace(/[^0-9A-Z]/g, '');

function take(code) {
	delete sessionStorage[RECEIPT];
	const { stored } = pending;
	if (stored?.digest !== digest) pending.begin({ code, digest });
	else if (stored.code !== code) return wait(code);
	return open(code);
}

/** The address keeps a code until the other's answers are sent or erased. */
function wait(code) {
	history.replaceState(null, '', `#${code}.${digest}`);
	stop(
		both(
			'本手机上还有另一个邀请码没有提交。请先用它的链接提交，再点“再试一次”；或在下面删除它和它的答案。',
			'Another code on this phone is not sent yet. Send it first by its own link, then try again; or erase it and its answers below.',
		),
	);
}

function ask(code, wrong = '') {
	say('digest', digest);
	say('wrong', wrong);
	$('code').value = code.replace(/.{4}(?=.)/g, '$&-');
	show('asking');
}

/** Go on where this browser stopped. */
async function open(code) {
	pending.code = code;
	say('reason');
	show('notice');
	try {
		const asking = () => issuer(manifest, 'stratum', { code }, pause);
		await pending.once('stratum', async () => (await asking()).stratum);
	} catch (refusal) {
		if (!/code_refused|input/.test(refusal.code)) return refused(refusal);
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
	if (lost()) return leave();
	if (/code_refused|spent|closed/.test(code)) pending.erase();
	stop(
		code
			? message
			: both(
					'服务器的签名或回执不对。答卷仍在本手机，请告诉邀请您的人。',
					'The server gave a wrong signature or receipt. Your ballot is still here; tell the people who invited you.',
				),
	);
}

/** Wait for time, network or reader. */
async function pause(seconds) {
	const zh = `暂时连不上，${seconds} 秒后自动再试。内容不会丢，也不会重复提交。`;
	const en = `No connection; trying again in ${seconds} s. Nothing is lost, or sent twice.`;
	say('reason', both(zh, en));
	$('again').hidden = false;
	await new Promise((resolve) => {
		$('again').onclick = resolve;
		setTimeout(resolve, seconds * 1000);
		addEventListener('online', resolve);
	});
	say('reason');
}

const dated = (day, lang) =>
	new Date(day).toLocaleDateString(lang, { dateStyle: 'long', timeZone: 'UTC' });

function told(texts) {
	const period = manifest.reference_period;
	const filled = ['zh', 'en'].map((lang) => {
		const post_category = stratum.post_category[lang];
		const values = {
			post_category,
			start: dated(period.start, lang),
			end: dated(period.end, lang),
		};
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
	const block = (...heading) => [make('h2', {}, both(...heading)), make('p', {}, period())];
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
	return make('fieldset', {}, make('legend', {}, told(sentence)), make('div', {}, ...choices));
}

function answered(code, value) {
	if (lost()) return leave();
	const { answers, blinding } = pending.state;
	if (!blinding) pending.add({ answers: { ...answers, [code]: value } });
	progress(pending.state.answers);
}

function progress(answers = {}) {
	const done = Object.keys(answers).length;
	const all = asked(questions).length;
	Object.assign($('done'), { max: all, value: done });
	say('label', both(`已答 ${done} / ${all} 题`, `${done} of ${all} answered`));
}

function review() {
	const { answers = {} } = pending.state;
	reviewed = JSON.stringify(answers);
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

/** Send what is shown, and nothing else. */
function sendReviewed() {
	if (JSON.stringify(pending.state.answers || {}) === reviewed) return send();
	stop(
		both(
			'答案在另一个窗口改过，还没有提交。请再检查。',
			'Not sent: another window changed the answers. Review them again.',
		),
	);
}

async function send() {
	say('state', both('正在提交……', 'Sending …'));
	say('reason');
	show('notice');
	const sending = () => pending.state && cast(manifest, pending, pause);
	try {
		// One window at a time; another then finds nothing to send.
		const { locks } = navigator;
		const receipt = await (locks ? locks.request(pending.key, sending) : sending());
		if (!receipt) return leave();
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

function copy() {
	getSelection().selectAllChildren($('receipt'));
	if (document.execCommand('copy')) say('copied', both('已复制。', 'Copied.'));
}

$('asking').onsubmit = (event) => {
	event.preventDefault();
	take(normalized($('code').value));
};
const actions = { begin: () => show('questions'), check: review, send: sendReviewed, copy };
for (const [id, action] of Object.entries(actions)) {
	$(id).onclick = () => (lost() ? leave() : action());
}
$('erase').onclick = () => {
	if (!confirm($('erase').innerText)) return;
	const { code, blinding } = pending.stored || {};
	pending.code = code;
	pending.erase();
	if (location.hash) return location.reload();
	ask(
		'',
		blinding
			? both(
					'已从本手机删除；邀请码可能已用掉。',
					'Erased from this phone; your code may be used up.',
				)
			: both('已从本手机删除，邀请码仍然有效。', 'Erased from this phone; your code stays valid.'),
	);
};
addEventListener('hashchange', () => location.reload());
addEventListener('storage', () => lost() && leave());
if (window.BigInt && crypto.subtle) start();
