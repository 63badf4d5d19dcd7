// Restores a link whose # a mail program has made %23.
const address = location.href;
const mark = /%(?:25)*23/.exec(address);
if (mark) {
	const survey = address.slice(0, mark.index).split('?')[0].replace(/\/*$/, '/');
	const rest = address.slice(mark.index + mark[0].length).replace(/%(?:25)*2E/gi, '.');
	const link = `${survey}#${rest.match(/^[\w.-]*/)[0]}`;
	document.getElementById('mended').href = link;
	location.replace(link);
}
