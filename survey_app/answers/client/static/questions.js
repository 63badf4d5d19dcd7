// The questions and the review of what was answered: in this page alone, until it is sent.
import { both, make } from './language.js';
import { $, go, say } from './steps.js';
import { asked, contradicts, faultsOf } from './validity.js';

const FAULTS = {
	few: ['回答太少', 'too few answers'],
	all_yes: ['全答“有”', 'Yes throughout'],
	contradiction: ['前后不一', 'answers that contradict'],
	attention: ['读题确认答错', 'the reading check'],
};
const CHOICES = [
	[1, ['有', 'Yes']],
	[0, ['没有', 'No']],
	[8, ['记不清', 'Can’t remember']],
	[9, ['不想答', 'Rather not say']],
];
let answers = {};
let about;
let questionnaire;
let rule;
let unfolded = false;

export const given = () => answers;

export const dated = (day, lang) =>
	new Date(day).toLocaleDateString(lang === 'en' ? 'en-GB' : lang, {
		year: 'numeric',
		month: 'long',
		day: 'numeric',
		timeZone: 'UTC',
	});

/** Draw the questions of a stratum, with nothing answered. */
export function render(manifest, stratum) {
	answers = {};
	unfolded = false;
	about = { stratum, period: manifest.reference_period };
	questionnaire = stratum.questionnaire;
	rule = manifest.validity;
	const [screening, ...items] = asked(questionnaire).map(fieldset);
	say('unit', filled({ zh: '{unit}', en: '{unit}' }));
	say('posts', filled({ zh: '{post_category}', en: '{post_category}' }));
	say('questionnaire', filled(questionnaire.title));
	say('introduction', filled(questionnaire.introduction));
	say('period', filled({ zh: '{start}至{end}', en: '{start} to {end}' }));
	say('screening', screening);
	say('items', ...items);
	progress();
}

/** A sentence in both languages, about this stratum and its period. */
const filled = (texts) =>
	both(
		...['zh', 'en'].map((lang) => {
			const { stratum, period } = about;
			const values = {
				unit: stratum.unit[lang],
				post_category: stratum.post_category[lang],
				start: dated(period.start, lang),
				end: dated(period.end, lang),
			};
			return texts[lang].replace(/{(\w+)}/g, (place, name) => values[name] ?? place);
		}),
	);

function fieldset({ code, text }, index) {
	const number = index + 1;
	// A browser that restores forms would write the answers to the disk.
	const choices = CHOICES.map(([value, label]) => {
		const onchange = () => answer(code, value);
		const input = make('input', {
			type: 'radio',
			name: code,
			value,
			autocomplete: 'off',
			onchange,
		});
		return make('label', {}, input, make('span', {}, both(...label)));
	});
	const onclick = () => {
		for (const { firstChild: input } of choices) input.checked = false;
		answer(code);
		choices[0].firstChild.focus();
	};
	const label = both(`清除第 ${number} 题`, `Clear question ${number}`);
	const clear = make('button', { id: `clear-${code}`, className: 'small', onclick }, label);
	return make(
		'fieldset',
		{},
		make('legend', {}, `${number}. `, filled(text)),
		make('div', {}, ...choices),
		clear,
	);
}

function answer(code, value) {
	if (value === undefined) delete answers[code];
	else answers[code] = value;
	progress();
}

/** What a person without dealings need not be asked. */
function folds() {
	const { screening } = questionnaire;
	return !unfolded && answers[screening.code] === 0 && Object.keys(answers).length === 1;
}

const visible = () => (folds() ? [questionnaire.screening] : asked(questionnaire));
const blank = () => visible().filter(({ code }) => !(code in answers));

function progress() {
	const all = visible().length;
	const done = all - blank().length;
	for (const { code } of asked(questionnaire)) {
		const clear = $(`clear-${code}`);
		if (clear) clear.hidden = !(code in answers);
	}
	$('items').hidden = folds();
	$('folded').hidden = !folds();
	Object.assign($('done'), { max: all, value: done });
	say('label', both(`已答 ${done} / ${all} 题`, `${done} of ${all} answered`));
}

function unfold() {
	unfolded = true;
	progress();
	$('items').querySelector('input').focus();
}

/** Each answer beside what the holder of the post did: a list that confesses nothing. */
export function review() {
	const { items } = questionnaire;
	const rows = visible().map((item, index) => {
		const { code, label } = item;
		const chosen = CHOICES.find(([value]) => value === answers[code]);
		const text = chosen
			? make('b', {}, both(...chosen[1]))
			: make('em', {}, both('没有回答', 'Not answered'));
		const [zh, en] = items.includes(item)
			? ['我遇到过该岗位人员……', 'Met in holders of this post: ']
			: ['', ''];
		const row = make('span', {}, `${index + 1}. `, both(zh + label.zh, en + label.en));
		return make('li', {}, make('button', { onclick: () => change(code) }, row, text));
	});
	say('answers', ...rows);
	$('contradiction').hidden = !contradicts(questionnaire, answers);
	$('back').hidden = false;
	judge();
	go('review');
}

/** Say what the rule makes of what is blank, and of the rest. */
function judge() {
	const { length } = blank();
	const zh = length ? `有 ${length} 题没有回答。` : '';
	const en = length ? `${length} not answered. ` : '';
	const faults = rule ? faultsOf(rule, questionnaire, answers) : [];
	const [why, reasons] = [0, 1].map((lang) => faults.map((fault) => FAULTS[fault][lang]));
	const verdict = faults.length
		? both(
				`${zh}按规则，这份答卷不计入结果：${why.join('；')}。`,
				`${en}By the rule this sheet is left out: ${reasons.join('; ')}.`,
			)
		: both(`${zh}按规则，这份答卷有效。`, `${en}By the rule this sheet is valid.`);
	const helps = rule?.answered.includes(9) && unmarked().length > 0;
	$('blank').hidden = !length && !faults.length;
	say('blank', rule ? verdict : both(zh, en));
	if (helps && faults.includes('few'))
		$('blank').append(both('“不想答”算回答。', ' “Rather not say” is an answer.'));
	$('fill').hidden = !helps;
}

/** The reading check is left to the reader. */
const unmarked = () => blank().filter(({ code }) => code !== questionnaire.attention?.code);

function markRest() {
	for (const { code } of unmarked()) {
		answers[code] = 9;
		document.querySelector(`[name="${code}"][value="9"]`).checked = true;
	}
	progress();
	review();
}

function change(code) {
	const choices = [...document.getElementsByName(code)];
	const chosen = choices.find(({ checked }) => checked) || choices[0];
	go('questions', chosen);
	chosen.closest('fieldset').scrollIntoView();
}

export const answering = { check: review, back: review, unfold, fill: markRest };
