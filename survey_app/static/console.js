// The console's pages work without this; it sorts, filters, ticks, and fills the turnout in.

const number = (text) => Number.parseFloat(text.replace(/[<≤≥%±,]/gu, ''));

function compare(one, other) {
	const [left, right] = [number(one), number(other)];
	if (Number.isNaN(left) || Number.isNaN(right)) return one.localeCompare(other);
	return left - right;
}

function sort(table, column, heading) {
	const down = heading.ariaSort === 'ascending';
	for (const other of table.tHead.rows[0].cells) other.ariaSort = null;
	heading.ariaSort = down ? 'descending' : 'ascending';
	const rows = [...table.tBodies[0].rows];
	const said = (row) => row.cells[column].innerText.trim();
	rows.sort((one, other) => compare(said(one), said(other)) * (down ? -1 : 1));
	table.tBodies[0].append(...rows);
}

for (const table of document.querySelectorAll('table[data-sortable]')) {
	[...table.tHead.rows[0].cells].forEach((heading, column) => {
		const button = document.createElement('button');
		button.type = 'button';
		button.className = 'sort';
		button.append(...heading.childNodes);
		heading.append(button);
		button.addEventListener('click', () => sort(table, column, heading));
	});
}

for (const field of document.querySelectorAll('input[data-filter]')) {
	const rows = [...document.getElementById(field.dataset.filter).tBodies[0].rows];
	field.addEventListener('input', () => {
		const wanted = field.value.trim().toLowerCase();
		for (const row of rows) row.hidden = !row.innerText.toLowerCase().includes(wanted);
	});
}

for (const button of document.querySelectorAll('[data-tick]')) {
	button.hidden = false;
	button.addEventListener('click', () => {
		const boxes = button.closest('fieldset').querySelectorAll('input[type="checkbox"]');
		for (const box of boxes) box.checked = button.dataset.tick === 'all';
	});
}

async function fillTurnout(table) {
	const answer = await fetch(table.dataset.turnout).catch(() => null);
	const strata = answer?.ok ? (await answer.json()).strata : null;
	for (const row of table.tBodies[0].rows) {
		const ballots = strata?.[row.dataset.stratum];
		row.querySelector('.ballots').textContent = strata ? (ballots ?? '<10') : '–';
	}
	if (!strata) document.getElementById('turnout-note').append(` ${table.dataset.noTurnout}`);
}

for (const table of document.querySelectorAll('table[data-turnout]')) fillTurnout(table);
