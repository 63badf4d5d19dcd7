// The steps of the page: one is shown, the browser's back goes one step back, and one may leave.
import { PAUSED } from './http.js';
import { both } from './language.js';

let leaving = false;
let onpop = null;
let changed = () => {};

export const $ = (id) => document.getElementById(id);

/** Put each sentence of the page, 中文|English, into an element a language. */
export function spread() {
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	const pairs = [];
	while (walker.nextNode()) {
		const { currentNode: text } = walker;
		const { nodeName, lang } = text.parentNode;
		if (text.data.includes('|') && nodeName !== 'SCRIPT' && !lang) pairs.push(text);
	}
	for (const text of pairs) text.replaceWith(both(...text.data.split('|')));
}

export function say(id, ...content) {
	$(id).textContent = '';
	$(id).append(...content);
}

export const shown = () => document.querySelector('main > :not([hidden])').id;

/** Show one step; screen readers go to its heading, or to the field at fault. */
export function show(step, field) {
	for (const other of document.querySelectorAll('main > *')) other.hidden = other.id !== step;
	const heading = $(step).querySelector('h1');
	heading.tabIndex = -1;
	(field || heading).focus();
	scrollTo(0, 0);
	changed();
}

/** Show a step that the browser's back leads away from. */
export function go(step, field) {
	const { state } = history;
	if (state?.step !== step)
		history.pushState({ ...state, step, depth: (state?.depth || 0) + 1 }, '');
	show(step, field);
}

/** Keep in this tab's history what a reload needs; the address shows no code. */
export const remember = (fields) =>
	history.replaceState({ ...history.state, ...fields }, '', location.pathname);

/** Say how things stand, and what can be done. */
export function notice(state, reason = '', action = null, label = both('再试一次', 'Try again')) {
	say('state', state);
	say('reason', reason);
	say('again', label);
	$('again').hidden = !action;
	$('again').onclick = action;
	show('notice');
}

/** Wait for time, network or reader; says whether the network or a server fails, or all wait. */
export async function pause(seconds, status, kept = false) {
	const zh = `${seconds} 秒后自动再试。${kept ? '内容不会丢，也不会重复提交。' : ''}`;
	const en = `trying again in ${seconds} s. ${kept ? 'Nothing is lost, or sent twice.' : ''}`;
	const reason =
		status === PAUSED
			? both(`调查暂停了，${zh}`, `The survey is paused; ${en}`)
			: status
				? both(`服务器出了故障，${zh}`, `The server is out of order; ${en}`)
				: both(`暂时连不上，${zh}`, `No connection; ${en}`);
	say('reason', reason);
	$('again').hidden = false;
	changed();
	await new Promise((resolve) => {
		$('again').onclick = resolve;
		setTimeout(resolve, seconds * 1000);
		addEventListener('online', resolve);
	});
	say('reason');
	$('again').hidden = true;
}

/** Go back to the first step, keep no code in this tab's history, before or behind; then go on. */
export function forgetSteps(then) {
	const cut = () => {
		history.replaceState({}, '');
		history.pushState({}, '');
		onpop = then;
		history.back();
	};
	const { depth } = history.state || {};
	if (!depth) return cut();
	onpop = cut;
	return history.go(-depth);
}

/** Leave at once: the page is replaced, and its steps are gone. */
export function leave() {
	leaving = true;
	document.body.hidden = true;
	forgetSteps(() => location.replace('about:blank'));
}

/** Follow the browser's back; leaving with answers that were not sent asks first. */
export function follow({ back, unsent, onchange }) {
	changed = onchange;
	addEventListener('hashchange', () => location.reload());
	addEventListener('popstate', ({ state }) => {
		const then = onpop;
		onpop = null;
		if (then) then();
		else if (!location.hash) back(state?.step);
	});
	addEventListener('beforeunload', (event) => {
		if (leaving || !unsent()) return;
		event.preventDefault();
		event.returnValue = '';
	});
}
