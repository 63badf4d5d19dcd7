// The respondent's page, step by step. Answers are kept in this page alone until they are sent.
import { Pending, asked, cast } from './ballot.js';
import { issuer, refusal } from './http.js';
import { both, make } from './language.js';
import { isWhole, normalized, readManifest, readStratum } from './manifest.js';

const CHOICES = [
	[1, ['是', 'Yes']],
	[0, ['否', 'No']],
	[8, ['不清楚', 'Not sure']],
	[9, ['不愿回答', 'Rather not say']],
];
const ABOUT = {
	organiser: ['主办', 'Asked by'],
	purpose: ['用途', 'What for'],
	contact: ['联系', 'Contact'],
};
const answers = {};
const $ = (id) => document.getElementById(id);
const served = $('manifest');
let manifest;
let pending;
let code;
let stratum;
let questions;

const say = (id, ...content) => $(id).replaceChildren(...content);

/** Show one step; screen readers go to its heading. */
function show(step) {
	for (const other of document.querySelectorAll('main > *')) other.hidden = other.id !== step;
	$('erasing').hidden = !pending.stored && !pending.answered;
	const heading = $(step).querySelector('h1');
	heading.tabIndex = -1;
	heading.focus();
	scrollTo(0, 0);
}

function stop(state, reason = '', action = null, label = both('再试一次', 'Try again')) {
	say('state', state);
	say('reason', reason);
	say('again', label);
	$('again').hidden = !action;
	$('again').onclick = action;
	show('notice');
}

const reload = () => location.reload();

const halt = (zh, en, action = reload) =>
	stop(both('问卷停在这里', 'The survey stops here'), both(zh, en), action);

const foreign = () =>
	halt(
		'问卷与链接里的指纹不符：链接不完整，或者问卷、密钥被人改过。请重新打开完整的链接；仍不行，请告诉邀请您的人。',
		'This is not the survey your link names: the link is cut short, or survey or keys were changed. Open the whole link again; if this stays, tell the people who invited you.',
	);

/** Check the manifest first, then look at the code. This tab's history keeps a link for reloads. */
async function start() {
	manifest = await readManifest(served);
	pending = new Pending(manifest);
	const link = location.hash.slice(1) || history.state || '';
	history.replaceState(link, '', location.pathname);
	const [typed, root, id] = link.split('.');
	if (![manifest.digest, undefined].includes(typed ? root : pending.stored?.digest))
		return foreign();
	if (pending.stored) return earlier(typed);
	if (served.dataset.phase) return outside(served.dataset.phase);
	const first = typed && root ? () => take(typed, id) : () => ask(typed);
	return pending.answered ? already(first) : first();
}

/** A ballot that was on its way goes first. */
function earlier(typed) {
	if (!typed || normalized(typed) === pending.stored.code) return send();
	return halt(
		'本手机上另有一份答卷还没送到。请点“再试一次”送出它，再打开这个链接。',
		'Another ballot on this phone is still on its way. Try again to send it; then open this link once more.',
		() => send(),
	);
}

function outside(phase) {
	const { start: day } = manifest.window;
	if (phase === 'late')
		return halt(
			'问卷已经结束，谢谢您愿意参加。',
			'This survey has closed. Thank you for your willingness to take part.',
		);
	return halt(`问卷从 ${dated(day, 'zh')} 开始。`, `This survey starts on ${dated(day, 'en')}.`);
}

function already(action) {
	stop(
		both('本手机已经答过这份问卷', 'This phone has answered this survey'),
		both(
			'别人要用自己的邀请码在这里作答，请点“继续”。',
			'Go on if someone else answers here with a code of their own.',
		),
		action,
		both('继续', 'Go on'),
	);
}

function ask(typed, ...wrong) {
	say('digest', manifest.digest);
	say('wrong', ...wrong);
	$('code').value = typed;
	show('asking');
}

async function take(typed, id) {
	code = normalized(typed);
	if (await isWhole(manifest, code)) return open(id);
	const count = manifest.edition === 1 ? 16 : 20;
	return ask(
		typed,
		code.length === count
			? both(
					'邀请码有字符不对，或者不是这次调查的；什么也没有发出。',
					'A character is wrong, or it is the code of another survey. Nothing was sent.',
				)
			: both(`邀请码有 ${count} 个字母和数字。`, `A code has ${count} letters and digits.`),
	);
}

/** Only typed codes are looked up: links name the stratum. */
async function open(id) {
	stop(both('正在打开问卷……', 'Opening the survey …'));
	try {
		const name = id || (await issuer(manifest, 'stratum', pause, { code })).stratum;
		stratum = await readStratum(manifest, name, pause);
		questions = manifest.questionnaires[stratum.kind].text;
	} catch (reason) {
		return unopened(reason);
	}
	render();
	show('welcome');
}

function unopened({ code: name, message }) {
	if (/code_refused|input/.test(name)) return ask(code, message);
	if (name === 'small')
		return halt(
			'您这一组人太少，会被认出：请不要作答，并告诉邀请您的人。',
			'Your group is so small that you could be recognised. Do not answer; tell the people who invited you.',
		);
	return name && name !== 'not_found' ? halt(message, message) : foreign();
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

function filled(texts) {
	const period = manifest.reference_period;
	const sentences = ['zh', 'en'].map((lang) => {
		const post_category = stratum.post_category[lang];
		const values = {
			post_category,
			start: dated(period.start, lang),
			end: dated(period.end, lang),
		};
		return texts[lang].replace(/{(\w+)}/g, (place, name) => values[name] ?? place);
	});
	return both(...sentences);
}

const period = () => filled({ zh: '{start}至{end}', en: '{start} to {end}' });

function render() {
	const [screening, ...items] = asked(questions).map(question);
	say('unit', filled(stratum.unit));
	say('posts', filled(stratum.post_category));
	const { sample } = stratum;
	say('size', both(`（邀请了 ${sample} 人）`, `(${sample} people are invited in your group)`));
	say('about', ...about());
	say('questionnaire', filled(questions.title));
	say('introduction', filled(questions.introduction));
	const block = (...heading) => [make('h2', {}, both(...heading)), make('p', {}, period())];
	say(
		'blocks',
		...block('一、是否打过交道', '1. Dealings'),
		screening,
		...block('二、是否真实遇到过', '2. What you really met'),
		...items,
	);
	progress();
}

const about = () =>
	Object.entries(ABOUT).flatMap(([name, [zh, en]]) => {
		const texts = manifest[name];
		return texts ? make('p', {}, both(`${zh}：${texts.zh}`, `${en}: ${texts.en}`)) : [];
	});

function question({ code: name, text: sentence }) {
	const choices = CHOICES.map(([value, label]) => {
		const onchange = () => {
			answers[name] = value;
			progress();
		};
		const input = make('input', { type: 'radio', name, value, onchange });
		return make('label', {}, input, make('span', {}, both(...label)));
	});
	return make('fieldset', {}, make('legend', {}, filled(sentence)), make('div', {}, ...choices));
}

function progress() {
	const done = Object.keys(answers).length;
	const all = asked(questions).length;
	Object.assign($('done'), { max: all, value: done });
	say('label', both(`已答 ${done} / ${all} 题`, `${done} of ${all} answered`));
}

function review() {
	const rows = asked(questions).map(({ code: name, label }) => {
		const chosen = CHOICES.find(([value]) => value === answers[name]);
		const answer = chosen
			? make('b', {}, both(...chosen[1]))
			: make('em', {}, both('未回答', 'Not answered'));
		return make('li', {}, make('button', { onclick: () => change(name) }, filled(label), answer));
	});
	say('answers', ...rows);
	show('review');
}

function change(name) {
	show('questions');
	const choices = [...document.getElementsByName(name)];
	const chosen = choices.find(({ checked }) => checked) || choices[0];
	chosen.closest('fieldset').scrollIntoView();
	chosen.focus({ preventScroll: true });
}

/** Send the answers of this page, or a stored ballot. */
async function send(draft) {
	stop(both('正在提交……', 'Sending …'));
	const sending = async () => {
		if (!draft && !pending.stored) throw refusal('erased');
		if (!draft) stratum = await readStratum(manifest, pending.stored.stratum, pause);
		const sent = draft?.code || pending.stored.code;
		const reply = await cast(manifest, stratum, pending, draft, pause);
		if (normalized((history.state || '').split('.')[0]) === sent) forgetLink();
		pending.received();
		return reply;
	};
	try {
		const { locks } = navigator; // one window at a time
		received(await (locks ? locks.request(pending.key, sending) : sending()));
	} catch (reason) {
		refused(reason);
	}
}

const forgetLink = () => history.replaceState('', '', location.pathname);

/** Why nothing was received; what the sites refuse for good leaves the phone. */
function refused({ code: name, message }) {
	if (name === 'erased') return erased();
	if (name === 'pending')
		return halt(
			'没有提交：本手机上另有一份答卷还没送到。请等它送到，再打开您的链接作答。',
			'Not sent: another ballot on this phone is still on its way. Open your link again when it is received.',
		);
	if (/code_refused|spent|closed/.test(name)) pending.forget();
	if (name === 'code_refused')
		return halt(
			'邀请码已经用过，或者作废了；这次的答案没有提交。如果您没有用过它，请告诉邀请您的人。',
			'This code was used before, or is no longer good; these answers were not sent. If you did not use it, tell the people who invited you.',
		);
	if (name) return halt(message, message);
	return halt(
		'服务器的签名或回执不对。答卷仍在本手机，请告诉邀请您的人。',
		'The server gave a wrong signature or receipt. Your ballot is still here; tell the people who invited you.',
	);
}

function received({ receipt, signature, verified }) {
	const { title, digest } = manifest;
	const lines = [title.zh, title.en, receipt, signature, digest, `${location.href}receipts`, ''];
	const content = new Blob([lines.filter((line) => line !== undefined).join('\n')], {
		type: 'text/plain',
	});
	$('save').href = URL.createObjectURL(content);
	say('receipt', receipt.replace(/.{8}(?=.)/g, '$& '));
	say('signature', signature || '');
	$('unverified').hidden = verified;
	show('received');
}

function copy() {
	getSelection().selectAllChildren($('proof'));
	if (document.execCommand('copy')) say('copied', both('已复制。', 'Copied.'));
}

function erased() {
	ask('', both('已从本手机删除。', 'Erased from this phone.'));
}

function erase() {
	if (!confirm($('erase').innerText)) return;
	const { stored } = pending;
	pending.erase();
	if (!$('received').hidden) return show('received');
	forgetLink();
	if (!stored) return erased();
	return ask(
		'',
		both('已从本手机删除；邀请码可能已用掉。', 'Erased from this phone; your code may be used up.'),
	);
}

$('asking').onsubmit = (event) => {
	event.preventDefault();
	take($('code').value);
};
const actions = {
	begin: () => show('questions'),
	check: review,
	send: () => send({ code, answers }),
	copy,
	erase,
};
for (const [id, action] of Object.entries(actions)) $(id).onclick = action;
addEventListener('hashchange', reload);
if (window.BigInt && crypto.subtle) start();
