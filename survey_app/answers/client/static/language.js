// Every sentence stands in the page in both languages; <html lang> shows one.
const page = document.documentElement;
const { title } = document;
const buttons = document.querySelectorAll('header button');

export function make(tag, properties, ...children) {
	const element = Object.assign(document.createElement(tag), properties);
	element.append(...children);
	return element;
}

export const both = (zh, en) =>
	make('span', {}, make('span', { lang: 'zh-CN' }, zh), make('span', { lang: 'en' }, en));

function speak(lang) {
	page.lang = lang;
	document.title = lang === 'en' ? document.querySelector('title').dataset.en : title;
	for (const button of buttons) button.setAttribute('aria-pressed', button.value === lang);
}

for (const button of buttons) {
	button.onclick = () => {
		speak(button.value);
		sessionStorage.language = button.value;
	};
}
speak(sessionStorage.language || 'zh-CN');
