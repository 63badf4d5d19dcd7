// Chinese or English: every sentence stands in the page in both, <html lang> shows one.
const page = document.documentElement;
const title = document.querySelector('title');
const buttons = [...document.querySelectorAll('header button')];

export const english = () => page.lang === 'en';

/** Make an element that says the same in both languages. */
export function both({ zh, en }) {
  const element = document.createElement('span');
  for (const [lang, text] of [['zh-CN', zh], ['en', en]]) {
    const half = element.appendChild(document.createElement('span'));
    half.lang = lang;
    half.textContent = text;
  }
  return element;
}

function speak(lang) {
  page.lang = lang;
  document.title = english() ? title.dataset.en : title.dataset.zh;
  for (const button of buttons) button.setAttribute('aria-pressed', button.value === lang);
}

function remembered() {
  try {
    return sessionStorage.getItem('language');
  } catch {
    return null; // a browser without storage: the survey's own page says what that means
  }
}

function choose(lang) {
  speak(lang);
  try {
    sessionStorage.setItem('language', lang);
  } catch {
    // only until the page is left, then
  }
}

for (const button of buttons) button.addEventListener('click', () => choose(button.value));
speak(remembered() === 'en' ? 'en' : 'zh-CN');
