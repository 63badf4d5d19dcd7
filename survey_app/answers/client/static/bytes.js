// Bytes as text, hashes, and fields as bytes.
export const utf8 = (text) => new TextEncoder().encode(text);
export const random = (length) => crypto.getRandomValues(new Uint8Array(length));
export const concat = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));
export const hash = async (name, ...parts) =>
	new Uint8Array(await crypto.subtle.digest(name, concat(...parts)));
export const sha256 = (...parts) => hash('SHA-256', ...parts);

const octets = (field) => (typeof field === 'string' ? utf8(field) : field);
const length = (number) => [24, 16, 8, 0].map((shift) => (number >> shift) & 255);

/** Fields, each after its length: no two lists give the same bytes. */
export const framed = (...fields) =>
	concat(...fields.map(octets).flatMap((field) => [length(field.length), field]));

/** What is hashed, signed or sealed under a label; the first edition has no lengths. */
export const bind = (edition, label, ...fields) =>
	edition === 1
		? concat(utf8(`${label}/v1`), ...fields.map(octets))
		: framed(`${label}/v${edition}`, ...fields);

export const toHex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, 0)).join('');
export const fromHex = (hex) =>
	Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));

// base64url without padding (RFC 4648, section 5)
export const toText = (bytes) =>
	btoa(String.fromCharCode(...bytes))
		.replace(/\+/g, '-')
		.replace(/\//g, '_')
		.replace(/=/g, '');
export const fromText = (text) =>
	Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
