// Times stand in UTC in `datetime`; the page shows them in the reader's own zone.
const language = document.documentElement.lang;
const form = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });

for (const time of document.querySelectorAll('time[datetime]')) {
	time.textContent = form.format(new Date(time.dateTime));
}
for (const zone of document.querySelectorAll('[data-zone]')) {
	zone.textContent = `(${form.resolvedOptions().timeZone})`;
}
