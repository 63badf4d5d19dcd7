// Requests that go on until there is an answer.
export const refusal = (code, message = code) => Object.assign(Error(message), { code });

/** GET, or POST what is given, the same until there is an answer. */
export async function request(url, pause, body) {
	for (let seconds = 1; ; seconds = Math.min(2 * seconds, 30)) {
		const [ok, content] = await attempt(url, body).catch(() => []);
		if (ok) return content;
		if (content) throw refusal(content.error, content.message);
		await pause(seconds);
	}
}

/** A plain content type needs no leave (CORS): one request less, and no trace of it. */
async function attempt(url, body) {
	const response = await fetch(url, {
		method: body ? 'POST' : 'GET',
		headers: { Accept: 'application/json', 'Accept-Language': document.documentElement.lang },
		body: body && JSON.stringify(body),
		credentials: 'omit',
		referrerPolicy: 'no-referrer',
		cache: 'no-store',
		signal: AbortSignal.timeout?.(20000),
	});
	return response.status < 500 ? [response.ok, await response.json()] : [];
}

export const issuer = ({ issuer: address, campaign }, name, pause, body) =>
	request(`${address.replace(/\/$/, '')}/${campaign}/${name}`, pause, body);
