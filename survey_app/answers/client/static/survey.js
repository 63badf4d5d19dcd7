// The respondent's page, from a link or a code to the receipt.
import { cast } from './ballot.js';
import { checkCode, codeIn, groups, isWhole, lengthOf, readLink } from './codes.js';
import { issuer, refusal } from './http.js';
import { Kept, markOf } from './kept.js';
import { both, make } from './language.js';
import { readManifest, readStratum } from './manifest.js';
import { answering, dated, given, render, review } from './questions.js';
import {
	$,
	follow,
	forgetSteps,
	go,
	leave,
	notice,
	pause,
	remember,
	say,
	show,
	shown,
	spread,
} from './steps.js';

const ABOUT = {
	organiser: ['主办', 'Asked by'],
	purpose: ['用途', 'What for'],
	results: ['结果', 'Results'],
	contact: ['联系', 'Contact'],
	report_channel: ['要举报请找', 'To report wrongdoing'],
};
const REFUSED = {
	code_refused: [
		'邀请码已经用过，或者作废了；这些答案没有提交。您已经交过的话，这是正常的；没有，就请告诉联系人。',
		'This code was used, or is no longer good; these answers were not sent. If you sent yours before, all is well; if not, tell the contact.',
	],
	unsent: [
		'问卷已经结束，这些答案没有提交。',
		'This survey has closed; these answers were not sent.',
	],
	closed: [
		'问卷已经结束，谢谢您愿意参加。',
		'This survey has closed. Thank you for your interest.',
	],
	pending: [
		'本手机上另有一份答卷还没送到。请先送出它，或者从本手机删除，再打开您的链接。',
		'Another ballot on this phone is on its way. Send or erase it first; then open your link again.',
	],
	false_signature: [
		'服务器给的签名或回执不对。答卷仍在本手机，请告诉联系人。',
		'The server gave a wrong signature or receipt. Your ballot is still here; tell the contact.',
	],
	small: [
		'受邀的人太少，会被认出：请不要作答，并告诉联系人。',
		'So few are invited that you could be recognised. Do not answer; tell the contact.',
	],
};
const UNSENT = [
	'答卷还没送到，删除就丢了。删除吗？',
	'The ballot has not arrived. Erase it for good?',
];
const FORGOTTEN = ['code_refused', 'credential_spent', 'closed'];
const EDITING = ['welcome', 'questions', 'review'];
const served = $('manifest');
const { phase } = served.dataset;
const shut = phase === 'early' || phase === 'late';
let manifest;
let kept;
let code;
let stratum;

const halt = (zh, en, action = () => location.reload(), label) =>
	notice(both('问卷停在这里', 'The survey stops here'), both(zh, en), action, label);

/** Check the manifest, then look at the link, and at what this phone keeps. */
async function start() {
	manifest = await readManifest(served);
	kept = new Kept(manifest);
	const opened = location.hash.slice(1) || history.state?.link;
	const link = readLink(opened || '');
	follow({ back, unsent, onchange });
	remember({ link: opened });
	code = link.code && codeIn(manifest, link.code);
	say('digest', checkCode(manifest));
	for (const element of document.querySelectorAll('.last')) element.append(day());
	return openLink(link);
}

function openLink({ root, stratum: id, damaged }) {
	if (damaged) return ask(code, '链接不完整，后面被截掉了。', 'The end of the link is missing.');
	if (root && root !== manifest.digest) return foreign();
	if (root) return enter(code, id);
	if (kept.pending) return resume();
	return shut ? outside() : ask(code || '');
}

/** A code whose last characters fit is one of this manifest, so typing it is safe. */
const foreign = () =>
	halt(
		'链接与问卷对不上：链接坏了，或者问卷被人改过。请打开完整的链接，或者输入邀请码；仍不行，请告诉联系人。',
		'The link is damaged, or the survey was changed. Open the whole link, or type your code; if this stays, tell the contact.',
		() => ask(code || ''),
		both('输入邀请码', 'Type the code'),
	);

/** Go on with a code that may have been used on this phone. */
async function enter(typed, id) {
	code = codeIn(manifest, typed);
	if (!(await isWhole(manifest, code))) return ask(typed, ...slip());
	const mark = await markOf(manifest, code);
	const { pending, receipts } = kept;
	if (pending && [pending.mark, pending.code].some((own) => own === mark || own === code))
		return send();
	if (receipts?.[mark]) return received(receipts[mark]);
	if (pending && !pending.refused && pending.digest === manifest.digest) return occupied();
	// After the last day the issuer is asked first: it may know of a later one.
	return shut ? outside() : open(phase ? '' : id);
}

function slip() {
	if (!code) return ['请输入邀请码。', 'Please type your code.'];
	const length = lengthOf(manifest);
	if (code.length !== length)
		return [
			`邀请码有 ${length} 个字母和数字；现在是 ${code.length} 个。`,
			`A code has ${length} letters and digits; these are ${code.length}.`,
		];
	return [
		'有字符输错了，或者是另一次调查的邀请码；什么也没有发出。',
		'A character is wrong, or it is the code of another survey. Nothing was sent.',
	];
}

function resume() {
	const { signature, code: own, digest } = kept.pending;
	if (digest !== manifest.digest) return foreign();
	return signature || own
		? send()
		: ask(
				'',
				'一份答卷还没送到。请输入它的邀请码，或者再打开它的链接，就接着送出。',
				'A ballot is on its way. Type its code, or open its link, to send it.',
			);
}

/** Another ballot that was on its way goes first, or is erased. */
const occupied = () => halt(...REFUSED.pending, resume, both('先送出它', 'Send it first'));

function outside() {
	if (phase === 'late') return over('closed');
	const { start: first } = manifest.window;
	return halt(
		`问卷从 ${dated(first, 'zh')} 开始。`,
		`This survey starts on ${dated(first, 'en')}.`,
	);
}

/** What is over may be checked. */
const over = (name) =>
	halt(...REFUSED[name], () => location.assign('receipts'), both('查验回执', 'Check a receipt'));

function ask(typed, ...wrong) {
	say('wrong', ...(wrong.length ? [both(...wrong)] : []));
	$('code').value = typed.slice(0, 200);
	$('code').setAttribute('aria-invalid', wrong.length > 0);
	show('asking', wrong.length && $('code'));
}

async function open(id) {
	notice(both('正在打开问卷……', 'Opening the survey …'));
	try {
		stratum = await find(id);
	} catch (reason) {
		return unopened(reason);
	}
	render(manifest, stratum);
	const { sample } = stratum;
	say('size', both(`（打算请 ${sample} 人来回答）`, `(${sample} people are to be invited)`));
	say('about', ...description());
	return show('welcome');
}

/** A link names the stratum; for typed codes, and where a link was cut, the issuer does. */
async function find(id) {
	try {
		if (id) return await readStratum(manifest, id, pause);
	} catch (reason) {
		if (reason.code !== 'not_found') throw reason;
	}
	const reply = await issuer(manifest, 'stratum', pause, { code });
	return readStratum(manifest, reply.stratum, pause);
}

function unopened(reason) {
	const { code: name } = reason;
	if (/code_refused|input/.test(name))
		return ask(code, '没有这个邀请码。', 'There is no such code.');
	if (name === 'closed') return over(name);
	if (name === 'another_stratum' || name === 'not_found') return foreign();
	return fail(reason);
}

const day = () => both(dated(served.dataset.last, 'zh'), dated(served.dataset.last, 'en'));

const description = () =>
	Object.entries(ABOUT).flatMap(([name, [zh, en]]) => {
		const texts = manifest[name];
		return texts ? make('p', {}, both(`${zh}：${texts.zh}`, `${en}: ${texts.en}`)) : [];
	});

/** Send the answers of this page, or a stored ballot; one window at a time. */
async function send(answers) {
	notice(
		kept.lasts
			? both('正在提交……', 'Sending …')
			: both(
					'正在提交。本手机存不下：请不要关掉本页',
					'Sending. This phone stores nothing: keep this page open',
				),
	);
	const { locks } = navigator; // one window at a time
	const sending = () => deliver(answers);
	try {
		received(await (locks ? locks.request(kept.key, sending) : sending()));
	} catch (reason) {
		refused(reason);
	}
}

async function deliver(answers) {
	const own = (!answers && kept.pending?.code) || code; // the first release stored codes
	const mark = await markOf(manifest, own || '');
	const sent = answers && kept.receipts?.[mark];
	if (sent) return { ...sent, twice: true };
	if (!answers && !kept.pending) throw refusal('erased');
	if (!answers) stratum = await readStratum(manifest, kept.pending.stratum, pause);
	const to = { manifest, stratum, kept, code: own, mark };
	const reply = await cast({ ...to, answers, pause: unlessErased });
	kept.received(kept.pending.mark || mark, reply);
	return reply;
}

async function unlessErased(seconds, status) {
	await pause(seconds, status, kept.lasts);
	if (!kept.pending) throw refusal('erased');
}

/** Why nothing was received. What the sites refuse for good leaves the phone, or gives way. */
function refused(reason) {
	const { code: name } = reason;
	if (name === 'erased') return shown() === 'asking' || erased();
	if (FORGOTTEN.includes(name)) {
		kept.forget();
		return over(name === 'closed' ? 'unsent' : 'code_refused');
	}
	if (typeof name === 'string' && name !== 'pending' && kept.pending) kept.add({ refused: true });
	return fail(reason);
}

function fail({ code: name, message }) {
	if (REFUSED[name]) return halt(...REFUSED[name]);
	if (typeof name === 'string')
		return halt(
			`服务器拒绝了（${name}）。请告诉联系人。`,
			`The server refused this (${name}). Tell the contact.`,
		);
	return halt(
		`网页程序出了错（${message}）。请用新版浏览器打开原链接。`,
		`The program of this page failed (${message}). Open your link in a recent browser.`,
	);
}

function received({ receipt, signature, verified, twice }) {
	const { title, digest } = manifest;
	const number = groups(receipt.slice(0, 16));
	const where = `${location.origin}${location.pathname}receipts`;
	const lines = [
		`${title.zh} ${title.en}`,
		`回执号 Receipt number: ${number}`,
		`完整回执 Whole receipt: ${receipt}`,
		signature && `签名 Signature: ${signature}`,
		`问卷 Survey: ${digest}`,
		`查验 Check: ${where}`,
		`最后一天 Last day: ${served.dataset.last}`,
	].filter(Boolean);
	say('proof', lines.join('\n'));
	$('save').href = URL.createObjectURL(new Blob([`${lines.join('\n')}\n`], { type: 'text/plain' }));
	say('receipt', number);
	say('where', where);
	$('twice').hidden = !twice;
	$('unverified').hidden = verified !== false;
	show('received');
}

function copy() {
	$('whole').open = true;
	getSelection().selectAllChildren($('proof'));
	if (document.execCommand('copy')) say('copied', both('已复制。', 'Copied.'));
}

const erased = () =>
	ask(
		'',
		'已从本手机删除。浏览器历史、聊天和卡片要您自己删。',
		'Erased from this phone. The browser’s history, your chat and the card are yours to remove.',
	);

function erase() {
	const [zh, en] = kept.pending ? UNSENT : ['删除回执吗？', 'Erase the receipt?'];
	if (!confirm(document.documentElement.lang === 'en' ? en : zh)) return;
	kept.erase();
	code = '';
	forgetSteps(erased);
}

/** The browser's back, among the steps before sending. */
function back(step) {
	if (!EDITING.includes(shown())) return;
	if (step === 'review') review();
	else show(step || 'welcome');
}

function onchange() {
	$('answered').hidden = !kept.receipts || !['asking', 'welcome'].includes(shown());
	$('erasing').hidden = !kept.isStored;
}

const unsent = () =>
	EDITING.includes(shown()) ? Object.keys(given()).length > 0 : kept.pending && !kept.lasts;

$('asking').onsubmit = (event) => {
	event.preventDefault();
	enter($('code').value);
};
const actions = {
	...answering,
	begin: () => go('questions'),
	send: () => send(given()),
	copy,
	erase,
	leave,
};
for (const [id, action] of Object.entries(actions)) $(id).onclick = () => action();
spread();
$('leave').hidden = false;
if (window.BigInt && crypto.subtle) start().catch(fail);
