// Checks what both sides published after the close: receipts, their Merkle root, and the counts.
import { fromHex, sha256, toHex } from './bytes.js';
import { both, make } from './language.js';

const $ = (id) => document.getElementById(id);
const manifest = JSON.parse($('manifest').textContent);
const say = (id, zh, en, className = '') =>
	$(id).replaceChildren(make('span', { className }, both(zh, en)));

async function published(url) {
	const response = await fetch(url, {
		credentials: 'omit',
		referrerPolicy: 'no-referrer',
		cache: 'no-store',
		headers: { Accept: 'application/json' },
	});
	if (response.ok) return response.json();
	throw Object.assign(Error(url), { early: response.status === 409 });
}

/** Merkle tree hash (RFC 9162, section 2.1.1): pairing neighbours equals its recursive form. */
async function merkleRoot(receipts) {
	let level = await Promise.all(
		[...receipts].sort().map((receipt) => sha256([0], fromHex(receipt))),
	);
	while (level.length > 1) {
		const pairs = [];
		for (let i = 0; i < level.length; i += 2) pairs.push(level.slice(i, i + 2));
		level = await Promise.all(pairs.map(([a, b]) => (b ? sha256([1], a, b) : a)));
	}
	return toHex(level[0] || (await sha256()));
}

function row({ stratum, ballots, credentials, invited }) {
	const { unit, post_category: posts } = manifest.strata.find(({ id }) => id === stratum);
	const good = ballots <= credentials && credentials <= invited;
	const name = both(`${unit.zh} · ${posts.zh}`, `${unit.en} · ${posts.en}`);
	const numbers = [invited, credentials, ballots].map((n) =>
		make('td', { className: 'number' }, n),
	);
	const verdict = good ? both('相符', 'Fits') : both('不符', 'Does not fit');
	const judgement = make('td', { className: good ? 'good' : 'bad' }, verdict);
	return make('tr', {}, make('th', { scope: 'row' }, name), ...numbers, judgement);
}

/** Join both sides' counts by stratum; one that a side does not name has none there. */
function joined(strata, issued) {
	const of = (list, id, name) =>
		(list.find(({ stratum }) => stratum === id) || { [name]: 0 })[name];
	return manifest.strata.map(({ id }) => ({
		stratum: id,
		ballots: of(strata, id, 'ballots'),
		credentials: of(issued, id, 'credentials'),
		invited: of(issued, id, 'invited'),
	}));
}

async function showRoot({ root, receipts }) {
	const own = await merkleRoot(receipts);
	$('root').textContent = own;
	if (own === root)
		say('root-verdict', '与公布的根相同。', 'The same as the published root.', 'good');
	else say('root-verdict', `与公布的根不同：${root}`, `Not the published root: ${root}`, 'bad');
	return own;
}

function showSums({ strata, receipts }) {
	const ballots = strata.reduce((sum, stratum) => sum + stratum.ballots, 0);
	if (ballots === receipts.length && new Set(receipts).size === ballots) {
		say(
			'sums',
			`共 ${ballots} 份密封答卷，${ballots} 张回执。`,
			`${ballots} ballots, ${ballots} receipts.`,
			'good',
		);
	} else {
		say(
			'sums',
			`密封答卷 ${ballots} 份，不同的回执 ${new Set(receipts).size} 张：数目不符。`,
			`${ballots} ballots, but ${new Set(receipts).size} different receipts: this does not fit.`,
			'bad',
		);
	}
}

function check(receipts) {
	const typed = $('mine')
		.value.toLowerCase()
		.replace(/[^0-9a-f]/g, '');
	if (typed.length !== 64) {
		say(
			'verdict',
			'回执应有 64 位数字和 a–f 字母，空格不限。',
			'A receipt has 64 digits and letters a–f; spaces do not matter.',
			'bad',
		);
	} else if (receipts.includes(typed)) {
		say(
			'verdict',
			'在列表里：您的答卷已计入。',
			'It is in the list: your ballot is counted.',
			'good',
		);
	} else {
		say(
			'verdict',
			'不在列表里。请核对是不是这次调查的完整回执；若是，请保留它并提出质询。',
			'It is not in the list. Make sure that it is a whole receipt of this survey; if so, keep it and ask for an explanation.',
			'bad',
		);
	}
}

const USES = {
	used: ['用过。', 'It was used.'],
	unused: ['没有用过。', 'It was not used.'],
	withdrawn: [
		'这个邀请码已由另一个代替，不能用来回答。',
		'This code was replaced by another; no one could answer with it.',
	],
};

/** Ask the issuer, and no one else, whether a code was used. */
async function ask(issuer) {
	const { lang } = document.documentElement;
	const response = await fetch(`${issuer}/used`, {
		method: 'POST',
		headers: { 'Accept-Language': lang },
		body: JSON.stringify({ code: $('code').value }),
		credentials: 'omit',
		referrerPolicy: 'no-referrer',
		cache: 'no-store',
	});
	const { state, message } = await response.json();
	if (state) say('use', ...USES[state]);
	else say('use', message, message, 'bad');
}

function showOtherRoot(own, theirs) {
	if (!theirs)
		say(
			'other-root',
			'发邀请码的一方还没有公布它收到的根。',
			'The side that sent the invitations has not published the root that it was given yet.',
		);
	else if (theirs === own)
		say(
			'other-root',
			'发邀请码的一方公布的根与此相同。',
			'The other side publishes the same root.',
			'good',
		);
	else
		say(
			'other-root',
			`发邀请码的一方公布的是另一个根：${theirs}`,
			`The other side publishes another root: ${theirs}`,
			'bad',
		);
}

async function start() {
	const issuer = `${manifest.issuer.replace(/\/$/, '')}/${manifest.campaign}`;
	try {
		const counted = await published('receipts.json');
		const issued = await published(`${issuer}/counts.json`);
		showOtherRoot(await showRoot(counted), issued.receipts_root);
		showSums(counted);
		$('strata').replaceChildren(...joined(counted.strata, issued.strata).map(row));
		$('check').addEventListener('submit', (event) => {
			event.preventDefault();
			check(counted.receipts);
		});
		$('asking').addEventListener('submit', (event) => {
			event.preventDefault();
			ask(issuer).catch(() =>
				say('use', '暂时问不到，请稍后再试。', 'No answer just now; try again later.', 'bad'),
			);
		});
		$('asking').hidden = false;
		$('state').replaceChildren();
		$('check').hidden = false;
		$('counts').hidden = false;
	} catch ({ early }) {
		if (early)
			say(
				'state',
				'调查还没有结束。结束后，全部回执和份数会在这里公布。',
				'The survey has not closed yet. All receipts and counts are published here after the close.',
			);
		else
			say(
				'state',
				'暂时读不到公布的数据，请稍后再打开本页。',
				'What was published cannot be read just now. Please open this page again later.',
				'bad',
			);
	}
}

start();
