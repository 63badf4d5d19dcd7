// Shows how far long work is, and loads the page again when it has ended.

async function follow(bar) {
	const answer = await fetch(bar.dataset.progress).catch(() => null);
	if (answer?.ok) {
		const { state, done, total, words } = await answer.json();
		if (state !== 'waiting') {
			location.reload();
			return;
		}
		bar.max = total || 1;
		bar.value = done;
		if (words) document.getElementById('progress-words').textContent = words;
	}
	setTimeout(() => follow(bar), 700);
}

for (const bar of document.querySelectorAll('progress[data-progress]')) follow(bar);
