// Requests that go on until there is an answer.
export const refusal = (code) => Object.assign(Error(code), { code });

/** The status of a server whose survey is paused: it is no fault, and asked again like one. */
export const PAUSED = 999;

/** GET, or POST what is given, the same until there is an answer. */
export async function request(url, pause, body) {
	for (let seconds = 1; ; seconds = Math.min(2 * seconds, 30)) {
		const { status, content } = await attempt(url, body).catch(() => ({}));
		if (status < 400) return content;
		if (content) throw refusal(content.error || `${status}`);
		await pause(seconds, status);
	}
}

/** A plain content type needs no leave (CORS); one language for all says nothing of a reader. */
async function attempt(url, body) {
	const response = await fetch(url, {
		method: body ? 'POST' : 'GET',
		headers: { Accept: 'application/json', 'Accept-Language': 'zh' },
		body: body && JSON.stringify(body),
		credentials: 'omit',
		referrerPolicy: 'no-referrer',
		cache: 'no-store',
		signal: AbortSignal.timeout?.(20000),
	});
	const { status } = response;
	if (status < 500 && status !== 429) return { status, content: await response.json() };
	return { status: /"paused"/.test(await response.text()) ? PAUSED : status };
}

export const issuer = ({ issuer: address, campaign }, name, pause, body) =>
	request(`${address.replace(/\/$/, '')}/${campaign}/${name}`, pause, body);
