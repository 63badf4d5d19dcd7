// Every sentence stands in the page in both languages; <html lang> shows one, and both before this.
const page = document.documentElement;
const { title } = document;

export function make(tag, properties, ...children) {
	const element = Object.assign(document.createElement(tag), properties);
	element.append(...children);
	return element;
}

export const both = (zh, en) =>
	make('span', {}, make('span', { lang: 'zh-CN' }, zh), make('span', { lang: 'en' }, en));

/** The first language of the browser that there is here; Chinese if none. */
const preferred = () =>
	/^en/i.test((navigator.languages || []).find((tag) => /^(zh|en)\b/i.test(tag))) ? 'en' : 'zh-CN';

/** A choice stays for the tab, where the browser lets a page store something. */
function stored(chosen) {
	try {
		if (chosen) sessionStorage.language = chosen;
		return sessionStorage.language;
	} catch {
		return chosen;
	}
}

/** Screen readers tell of a change themselves: the button that has the focus is now "pressed". */
function speak(lang) {
	page.lang = lang;
	document.title = lang === 'en' ? document.querySelector('title').dataset.en : title;
	for (const button of document.querySelectorAll('header [value]')) {
		button.hidden = false;
		button.setAttribute('aria-pressed', button.value === lang);
		button.onclick = () => speak(stored(button.value));
	}
}

/** A page in a window of its own hears of the choice from the window that opened it. */
function greet() {
	for (const link of document.querySelectorAll('a[target]')) link.rel = 'opener';
	speak(stored() || preferred());
}
greet();
document.addEventListener('DOMContentLoaded', greet);
