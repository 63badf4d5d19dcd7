// What a campaign's rule makes of a sheet on which something is blank.

/** All items, in the ballot's order. */
export const asked = ({ screening, items, attention }) =>
	[screening, ...items, attention].filter(Boolean);

const yes = (answers) => (item) => answers[item.code] === 1;

/** Whether a person had no dealings, and met something all the same. */
export const contradicts = ({ screening, items }, answers) =>
	answers[screening.code] === 0 && items.some(yes(answers));

/** Why the rule leaves a sheet out; the statisticians' judge, which says the same, decides. */
export function faultsOf(rule, questionnaire, answers) {
	const { items, attention } = questionnaire;
	const reply = attention ? answers[attention.code] : undefined;
	const flags = {
		all_yes: items.every(yes(answers)),
		contradiction: contradicts(questionnaire, answers),
		attention: reply !== undefined && reply !== attention.expect,
	};
	const left = rule.exclude.filter((flag) => flags[flag]);
	return enough(rule, questionnaire, answers) ? left : ['few', ...left];
}

/** Whether enough is answered. */
function enough(rule, questionnaire, answers) {
	const { screening, items } = questionnaire;
	const answered = ({ code }) => rule.answered.includes(answers[code]);
	if (asked(questionnaire).every(({ code }) => !(code in answers))) return false;
	const applicable = answers[screening.code] !== 0 || items.some(yes(answers));
	if (applicable && items.filter(answered).length < rule.share * items.length) return false;
	return !rule.screening || answered(screening);
}
