// Checks what both sides published after the close: a receipt, the counts, and the root.
import { framed, fromHex, fromText } from './bytes.js';
import { codeIn, groups, isWhole, lengthOf } from './codes.js';
import { both, make } from './language.js';
import { beginningWith, countDifferent, rootOver } from './receipt_list.js';
import { readReceipt } from './receipt_text.js';

const $ = (id) => document.getElementById(id);
const served = $('manifest');
const manifest = JSON.parse(served.textContent);
const issuer = `${manifest.issuer.replace(/\/$/, '')}/${manifest.campaign}`;
const { digest, last } = served.dataset;

function fill(id, ...content) {
	const element = $(id);
	element.textContent = '';
	element.append(...content);
	return element;
}

const say = (id, zh, en, className = '') => fill(id, make('span', { className }, both(zh, en)));

/** Name the field at fault, and go to it. */
function blame(field, id, zh, en) {
	say(id, zh, en, 'bad');
	$(field).setAttribute('aria-invalid', 'true');
	$(field).focus();
}

function clear(field, ...ids) {
	$(field).removeAttribute('aria-invalid');
	for (const id of ids) fill(id).className = '';
}

/** What a side has published: `early` before the close, `down` if it cannot be read now. */
async function published(url) {
	try {
		const response = await fetch(url, {
			credentials: 'omit',
			referrerPolicy: 'no-referrer',
			cache: 'no-store',
			headers: { Accept: 'application/json' },
		});
		if (response.ok) return { content: await response.json() };
		return { early: response.status === 409, down: response.status !== 409 };
	} catch {
		return { down: true };
	}
}

// One's own receipt

const SLIPS = {
	empty: () => ['请输入回执号。', 'Enter the receipt number.'],
	few: ({ count }) => [
		`读到 ${count} 位，回执号有 16 位：请核对有没有漏掉。`,
		`${count} digits were read, but a receipt number has 16: see what is left out.`,
	],
	many: ({ count }) => [
		`读到 ${count} 位，完整的回执也只有 64 位：请核对有没有多输。`,
		`${count} digits were read, but even a whole receipt has only 64: see what is too much.`,
	],
	letter: ({ letter }) => [
		`回执里没有“${letter}”，只有数字 0–9 和字母 a–f：请核对这一位。`,
		`There is no “${letter}” in a receipt, only digits 0–9 and letters a–f: look at it again.`,
	],
	code: () => [
		'这像是邀请码，不是回执号。邀请码是否用过，请在下面查。',
		'This looks like an invitation code. Whether a code was used can be asked further down.',
	],
	several: () => [
		'这里有不止一张回执，请一次只查一张。',
		'There is more than one receipt here: check one at a time.',
	],
	none: () => [
		'这里面没有找到回执号：它是 16 位数字和字母（a–f），四位一组。',
		'There is no receipt number here: it has 16 digits and letters (a–f), in groups of four.',
	],
};

async function check(receipts) {
	clear('mine', 'wrong', 'verdict');
	const entry = readReceipt($('mine').value);
	if (entry.fault) return blame('mine', 'wrong', ...SLIPS[entry.fault](entry));
	const fitting = entry.readings.map((digits) => beginningWith(receipts, digits)).flat();
	if (fitting.length === 1) return foundOne(fitting[0]);
	if (fitting.length > 1) return foundSeveral();
	return missing(receipts, entry);
}

function verdict(className, ...paragraphs) {
	const lines = paragraphs.map(([zh, en], i) =>
		make('p', { className: i ? '' : className }, both(zh, en)),
	);
	const element = fill('verdict', ...lines);
	element.className = 'card';
	element.scrollIntoView({ block: 'nearest' });
}

function foundOne(receipt) {
	verdict(
		'good',
		['在答卷箱里：您的答卷原样收在箱里。', 'It is in the box: your ballot is there, unaltered.'],
		rule(),
		['列表里的完整回执：', 'The whole receipt, as it stands in the list:'],
	);
	$('verdict').append(make('code', {}, groups(receipt)));
}

function foundSeveral() {
	blame(
		'mine',
		'wrong',
		'列表里不止一张回执以这些数字开头，不知道哪张是您的：请输入完整的回执。',
		'More than one receipt in the list begins with these digits, and yours may not be among them: enter the whole receipt.',
	);
}

/** Which sheets in the box enter the rates, by the rule in the manifest. */
function rule() {
	const { validity } = manifest;
	if (!validity)
		return [
			'“在答卷箱里”还不等于“计入结果”：空着的题太多的答卷不计入比率。',
			'“In the box” is not yet “counted”: a ballot with too many blanks does not enter the rates.',
		];
	const needed = conditions(validity);
	const [zh, en] = [needed.map(([text]) => text), needed.map(([, text]) => text)];
	const unwilling = validity.answered.includes(9);
	return [
		`“在答卷箱里”还不等于“计入结果”：按事先公布的规则，${zh.join('，')}，答卷才计入比率${unwilling ? '；选“不想答”也算答了' : ''}。`,
		`“In the box” is not yet “counted”: by the rule published beforehand, a ballot enters the rates only if ${en.join(', and ')}${unwilling ? '; “Rather not say” is an answer' : ''}.`,
	];
}

function conditions({ screening, share, exclude }) {
	const percent = `${Math.round(100 * share)}%`;
	return [
		screening && ['第一题答了', 'its first question is answered'],
		share > 0 && [
			`其余的题至少答了 ${percent}（第一题答“没有”的不必）`,
			`at least ${percent} of the others are (none need be after a “No”)`,
		],
		!screening && !share && ['至少答了一题', 'at least one question is answered'],
		exclude.length > 0 && [
			'答案没有自相矛盾，也不像没看题就选的',
			'its answers neither contradict each other nor look unread',
		],
	].filter(Boolean);
}

const ABSENT = {
	foreign: [
		'这张回执是另一次调查的：请打开它上面写的查验网址。',
		'This receipt is of another survey: open the address that stands on it.',
	],
	lost: [
		'不在列表里，而回执的签名是真的：收答卷的一方签收过这份答卷，现在却没有它。这份回执就是证据，请留好全文。',
		'It is not in the list, and its signature is genuine: the side that receives the answers took this ballot in, and now lacks it. This receipt is the proof: keep all of it.',
	],
	altered: [
		'不在列表里，签名也与回执不符：多半没有复制完整。请把存下的全文重新贴进来。',
		'It is not in the list, and the signature does not fit it: perhaps not all was copied. Paste all that you saved once more.',
	],
	unverified: [
		'不在列表里。本浏览器不会查验签名；签名若是真的，就证明收答卷的一方丢弃了这份答卷。请留好全文。',
		'It is not in the list. This browser cannot verify the signature; if it is genuine, it proves that the side that receives the answers dropped this ballot. Keep all of it.',
	],
	unsigned: [
		'不在列表里。请逐位核对，并确认是这次调查的回执。',
		'It is not in the list. Compare each digit, and make sure that the receipt is of this survey.',
	],
	slip: [
		'前 16 位对上了列表里的一张回执，后面的对不上，多半是抄错了。列表里的是：',
		'The first 16 digits are those of a receipt in the list, later ones are not: most likely a slip. In the list it is:',
	],
};
const PROOF = [
	'若确实无误，请把存下的完整回执连同签名贴进来：签过名的回执不在列表里，就证明答卷被丢弃了。',
	'If all is right, paste the whole receipt that you saved, with its signature: a signed receipt that is not in the list proves that the ballot was dropped.',
];

async function missing(receipts, { readings, signature, digest: named }) {
	if (named && named !== digest) return verdict('bad', ABSENT.foreign);
	const whole = readings.find(({ length }) => length === 64);
	const kind = whole && signature ? await signedAs(whole, signature) : 'unsigned';
	if (kind === 'lost') return verdict('bad', ABSENT.lost, whom());
	const [near, ...more] = beginningWith(receipts, readings[0].slice(0, 16));
	if (near && !more.length) return verdict('bad', ABSENT.slip, [groups(near), groups(near)]);
	if (kind === 'altered') return verdict('bad', ABSENT.altered);
	const proof = kind === 'unsigned' && manifest.receipts_key ? [PROOF] : [];
	return verdict('bad', ABSENT[kind], ...proof, whom());
}

/** Verify the box's signature, where the browser can. */
async function signedAs(receipt, signature) {
	try {
		const { subtle } = crypto;
		const key = fromText(manifest.receipts_key);
		const imported = await subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
		const content = framed('signed-receipt/v2', fromText(digest), fromHex(receipt));
		const genuine = await subtle.verify('Ed25519', imported, fromText(signature), content);
		return genuine ? 'lost' : 'altered';
	} catch {
		return 'unverified';
	}
}

function whom() {
	const { contact, organiser } = manifest;
	const silent = ['回执不透露您答了什么。', 'The receipt does not tell what you answered.'];
	const address = contact || organiser;
	if (!address)
		return [
			`请告诉主办调查的单位，或者监督它的部门。${silent[0]}`,
			`Tell those who run the survey, or those who oversee them. ${silent[1]}`,
		];
	const [zh, en] = contact
		? ['请告诉本次调查的联系人：', 'Tell the contact of this survey: ']
		: ['请告诉主办调查的单位：', 'Tell those who run the survey: '];
	return [`${zh}${address.zh}。${silent[0]}`, `${en}${address.en}. ${silent[1]}`];
}

// One's own code

const USES = {
	used: ['用过。', 'It was used.'],
	unused: ['没有用过。', 'It was not used.'],
	withdrawn: [
		'这个邀请码已由另一个代替，不能用来回答。',
		'This code was replaced by another; no one could answer with it.',
	],
};

/** Ask the issuer, and no one else, whether a code was used. */
async function ask() {
	clear('code', 'code-wrong', 'use');
	const edition = manifest.format === 'survey-manifest/1' ? 1 : 2;
	const code = codeIn({ edition }, $('code').value);
	if (code.length !== lengthOf({ edition })) return short(code.length, lengthOf({ edition }));
	const whole = await isWhole({ edition, root: fromText(digest) }, code).catch(() => true);
	if (!whole) return unknown();
	const response = await fetch(`${issuer}/used`, {
		method: 'POST',
		headers: { 'Accept-Language': 'zh' },
		body: JSON.stringify({ code }),
		credentials: 'omit',
		referrerPolicy: 'no-referrer',
		cache: 'no-store',
	});
	const { state } = await response.json();
	return state ? say('use', ...USES[state]) : unknown();
}

const short = (count, length) =>
	blame(
		'code',
		'code-wrong',
		`邀请码有 ${length} 个字母和数字；现在是 ${count} 个。`,
		`A code has ${length} letters and digits; these are ${count}.`,
	);

const unknown = () =>
	blame(
		'code',
		'code-wrong',
		'有字符输错了，或者是另一次调查的邀请码。',
		'A character is wrong, or it is the code of another survey.',
	);

// Counts and root

function row({ unit, post_category: posts }, invited, credentials, ballots) {
	const name = both(`${unit.zh} · ${posts.zh}`, `${unit.en} · ${posts.en}`);
	const numbers = [invited, credentials, ballots].map((n) =>
		make('td', { className: 'number' }, n ?? '—'),
	);
	const [className, ...words] = judged(invited, credentials, ballots);
	const judgement = make('td', { className }, both(...words));
	return make('tr', {}, make('th', { scope: 'row' }, name), ...numbers, judgement);
}

function judged(invited, credentials, ballots) {
	if (invited === undefined || ballots === undefined) return ['', '缺一方', 'One side only'];
	return ballots <= credentials && credentials <= invited
		? ['good', '相符', 'Fits']
		: ['bad', '不符', 'Does not fit'];
}

/** Both sides' counts by stratum; a side that does not name one has none there. */
function showCounts(counted, issued) {
	const count = (side, name) => {
		const numbers = side && new Map(side.strata.map((of) => [of.stratum, of[name]]));
		return (id) => numbers && (numbers.get(id) || 0);
	};
	const columns = [
		count(issued, 'invited'),
		count(issued, 'credentials'),
		count(counted, 'ballots'),
	];
	fill('strata', ...manifest.strata.map((of) => row(of, ...columns.map((at) => at(of.id)))));
	$('counts').hidden = !counted && !issued;
}

function showSums({ strata, receipts }) {
	const ballots = strata.reduce((sum, stratum) => sum + stratum.ballots, 0);
	const different = countDifferent(receipts);
	if (ballots === receipts.length && different === ballots)
		say(
			'sums',
			`共 ${ballots} 份答卷，${ballots} 张回执。`,
			`${ballots} ballots, ${ballots} receipts.`,
			'good',
		);
	else
		say(
			'sums',
			`答卷 ${ballots} 份，不同的回执 ${different} 张：数目不符。`,
			`${ballots} ballots, but ${different} different receipts: this does not fit.`,
			'bad',
		);
}

async function showRoot({ root, receipts }) {
	say('root-verdict', '正在计算……', 'Computing …');
	const own = await rootOver(receipts);
	fill('root', own);
	if (own === root)
		say('root-verdict', '与公布的根相同。', 'The same as the published root.', 'good');
	else unfold('root-verdict', `与公布的根不同：${root}`, `Not the published root: ${root}`);
	return own;
}

function showOtherRoot(own, theirs) {
	if (theirs && theirs !== own)
		unfold(
			'other-root',
			`发邀请码的一方公布的是另一个根：${theirs}`,
			`The other side publishes another root: ${theirs}`,
		);
	else if (theirs)
		say(
			'other-root',
			'发邀请码的一方公布的根与此相同。',
			'The other side publishes the same root.',
			'good',
		);
	else
		say(
			'other-root',
			'发邀请码的一方还没有公布它收到的根。',
			'The side that sent the invitations has not published the root that it was given yet.',
		);
}

/** What does not fit must not stay folded away. */
function unfold(id, zh, en) {
	say(id, zh, en, 'bad');
	$('root-section').open = true;
}

// What can be checked now

const dated = (lang) =>
	new Date(last).toLocaleDateString(lang, { dateStyle: 'long', timeZone: 'UTC' });

/** Offer the check as soon as there is a list, whatever the other side does. */
function showBox({ content, early }) {
	$('check').hidden = !content;
	$('again').hidden = Boolean(content) || early;
	if (content) {
		fill('state');
		showSums(content);
		$('check').onsubmit = (event) => {
			event.preventDefault();
			check(content.receipts);
		};
	} else if (early)
		say(
			'state',
			`调查还没有关箱，还不能查验。最后一天是${dated('zh')}，在那以后关箱，全部回执就公布在这里：请留好您的回执，到时再来。`,
			`The survey has not closed yet. Its last day is ${dated('en')}; the box is closed after it, and then all receipts are published here: keep your receipt, and come back.`,
		);
	else
		say(
			'state',
			'暂时读不到公布的回执，请稍后再试。',
			'The published receipts cannot be read just now. Try again later.',
			'bad',
		);
	return content;
}

function showIssuer({ content, early }) {
	$('asking').hidden = !content;
	if (content) fill('counts-state');
	else if (early)
		say(
			'counts-state',
			'发邀请码的一方还没有公布邀请码的数目。',
			'The side that sent the invitations has not published the numbers of codes yet.',
		);
	else
		say(
			'counts-state',
			'暂时读不到邀请码的数目，只列出答卷数。回执照样可以查验。',
			'The numbers of codes cannot be read just now: only ballots are shown. A receipt can be checked all the same.',
			'bad',
		);
	return content;
}

/** Neither side waits for the other, and no one's own receipt for the root. */
async function load() {
	say('state', '正在读取公布的数据……', 'Reading what was published …');
	$('again').hidden = true;
	const reading = published(`${issuer}/counts.json`).then(showIssuer);
	const counted = showBox(await published('receipts.json'));
	$('root-section').hidden = !counted;
	showCounts(counted);
	const root = counted && showRoot(counted);
	const issued = await reading;
	showCounts(counted, issued);
	if (root && issued) showOtherRoot(await root, issued.receipts_root);
}

$('again').onclick = load;
$('asking').onsubmit = (event) => {
	event.preventDefault();
	ask().catch(() =>
		say('use', '暂时问不到，请稍后再试。', 'No answer just now; try again later.', 'bad'),
	);
};
load();
