// Shows how far the opening of a box has come, and loads the page again when it has ended.
const bar = document.querySelector('progress[data-source]');
const words = document.querySelector('#progress-words');

async function look() {
	const answer = await fetch(bar.dataset.source).catch(() => null);
	const found = answer?.ok ? await answer.json() : null;
	if (found?.ended) {
		location.reload();
		return;
	}
	if (found) {
		bar.max = found.ballots || 1;
		bar.value = found.done;
		words.textContent = found.words;
	}
	setTimeout(look, 700);
}

if (bar) look();
