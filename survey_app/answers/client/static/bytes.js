// Bytes as text and hashes.
export const utf8 = (text) => new TextEncoder().encode(text);
export const random = (length) => crypto.getRandomValues(new Uint8Array(length));
export const concat = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));
export const hash = async (name, ...parts) =>
	new Uint8Array(await crypto.subtle.digest(name, concat(...parts)));
export const sha256 = (...parts) => hash('SHA-256', ...parts);

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
