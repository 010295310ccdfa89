/** The longest text of a provider that is passed on, in characters. */
const maxChars = 2000;

/** Keys as providers write them, and bearer tokens, wherever a message repeats one. */
const keyPattern = /\b(?:sk|pk|gsk|xai|csk|fw|hf|nvapi|key)[-_][\w-]{6,}|(?<=\bBearer\s+)[\w.~+/=-]{8,}/gi;

/** Addresses inside the provider's or the operator's network: loopback, private ranges, and names that no public DNS has. */
const internalUrlPattern =
  /\bhttps?:\/\/(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|\[|[\w-]+(?=[:/\s"']|$)|[\w.-]+\.(?:internal|local|cluster|svc)\b)[^\s"'<>]*/gi;

/**
 * Makes a provider's text fit for clients: without the key that it was called with, other keys, or internal addresses, and not
 * longer than 2,000 characters.
 */
export function maskSecrets(text: string, apiKey: string | undefined): string {
  const cut = text.length > maxChars ? `${text.slice(0, maxChars)}…` : text;
  const withoutKey = apiKey === undefined || apiKey === '' ? cut : cut.replaceAll(apiKey, '[masked]');
  return withoutKey.replace(keyPattern, '[masked]').replace(internalUrlPattern, '[masked]');
}
