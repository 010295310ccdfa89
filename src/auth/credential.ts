import { isUtf8 } from 'node:buffer';

/** The two parts of an API key. */
export interface Credential {
  readonly id: string;
  readonly secret: string;
}

/** The longest `authorization` header that is looked at, in characters. */
export const maxHeaderLength = 1_024;

/**
 * The longest `id:secret`, in bytes of UTF-8: what base64 with padding fits into the header behind the longer scheme.
 */
export const maxCredentialBytes = Math.floor((maxHeaderLength - 'Bearer '.length) / 4) * 3;

/**
 * Parses an `authorization` header: `Basic` (RFC 7617) or `Bearer` (RFC 6750), each with base64 of `id:secret`. The scheme's
 * case does not matter (RFC 9110, 11.1). SDKs differ in base64, so both alphabets of RFC 4648 will do, padded or not.
 *
 * @returns undefined when the header is anything else.
 */
export function parseCredential(header: string): Credential | undefined {
  if (header.length > maxHeaderLength) {
    return undefined;
  }
  const encoded = /^(?:basic|bearer) +([^ ]+)$/i.exec(header)?.[1];
  const text = encoded === undefined ? undefined : decodeBase64(encoded);
  const colon = text?.indexOf(':') ?? -1;
  // An id without a secret would make the id the secret.
  if (text === undefined || colon <= 0 || colon === text.length - 1) {
    return undefined;
  }
  return { id: text.slice(0, colon), secret: text.slice(colon + 1) };
}

/**
 * Writes a credential the way people are given it: base64 of `id:secret`, with padding, as HTTP's Basic has it.
 *
 * @throws RangeError when parseCredential would not give the same parts back. The message does not show the secret.
 */
export function formatCredential(id: string, secret: string): string {
  const bytes = Buffer.from(`${id}:${secret}`, 'utf8');
  if (id === '' || id.includes(':') || !id.isWellFormed()) {
    throw new RangeError(
      `The key id ${JSON.stringify(id)} cannot be used. An id is not empty, has no colon and is valid Unicode.`,
    );
  }
  if (secret === '' || !secret.isWellFormed()) {
    throw new RangeError(`The secret of the key "${id}" cannot be used. A secret is not empty and is valid Unicode.`);
  }
  if (bytes.length > maxCredentialBytes) {
    throw new RangeError(
      `The key "${id}" is too long. Its id and its secret may have ${maxCredentialBytes - 1} bytes together, not ${bytes.length - 1}.`,
    );
  }
  return bytes.toString('base64');
}

/** Strict where Buffer is lenient: what does not encode back to the same text is refused. */
function decodeBase64(encoded: string): string | undefined {
  const paddingLength = encoded.endsWith('==') ? 2 : encoded.endsWith('=') ? 1 : 0;
  if (paddingLength > 0 && encoded.length % 4 !== 0) {
    return undefined;
  }
  const unpadded = encoded.slice(0, encoded.length - paddingLength);
  const bytes = Buffer.from(unpadded, 'base64url');
  const isCanonical = /[+/]/.test(unpadded)
    ? bytes.toString('base64').slice(0, unpadded.length) === unpadded
    : bytes.toString('base64url') === unpadded;
  return isCanonical && isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}
