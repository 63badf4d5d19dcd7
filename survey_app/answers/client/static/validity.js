// What a campaign's rule makes of a sheet on which something is blank.

/** All items, in the ballot's order. */
export const asked = ({ screening, items, attention }) =>
	[screening, ...items, attention].filter(Boolean);

const yes = (answers) => (item) => answers[item.code] === 1;

/** Whether a person had no dealings, and met something all the same. */
export const contradicts = ({ screening, items }, answers) =>
	answers[screening.code] === 0 && items.some(yes(answers));

/** Whether the sheet counts; the statisticians' judge, which must say the same, looks at it last. */
export function counts(rule, questionnaire, answers) {
	const { screening, items } = questionnaire;
	const answered = ({ code }) => rule.answered.includes(answers[code]);
	if (asked(questionnaire).every(({ code }) => !(code in answers))) return false;
	const applicable = answers[screening.code] !== 0 || items.some(yes(answers));
	if (applicable && items.filter(answered).length < rule.share * items.length) return false;
	return !rule.screening || answered(screening);
}
