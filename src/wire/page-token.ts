import { createHash } from 'node:crypto';
import { createFieldError } from '../core/json-fields.ts';

/** Longer tokens are not read: no name makes one. */
const maxTokenChars = 256;

/** Bytes of the checksum at the end of a token. */
const checksumBytes = 6;

/**
 * Makes what the next page of a list is asked for with: the name that it begins after, and a checksum. The checksum keeps nothing
 * secret, since who may list the routers knows their names. It finds tokens that were cut, changed, or made for another workspace.
 */
export function encodePageToken(workspace: string, afterName: string): string {
  return Buffer.concat([checksum(workspace, afterName), Buffer.from(afterName)]).toString('base64url');
}

/**
 * @param token - empty: the first page.
 * @returns the name that the page begins after, or `undefined` for the first page.
 * @throws SignalboxError INVALID_FIELD when this server gave no such token to this workspace.
 */
export function decodePageToken(workspace: string, token: string): string | undefined {
  if (token === '') return undefined;
  if (token.length <= maxTokenChars) {
    const afterName = Buffer.from(token, 'base64url').subarray(checksumBytes).toString('utf8');
    // Compared as a text: several texts decode to the same bytes.
    if (encodePageToken(workspace, afterName) === token) return afterName;
  }
  throw createFieldError(
    'page_token',
    'it is not the next_page_token of an earlier page; ask without it to start over',
  );
}

function checksum(workspace: string, afterName: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([workspace, afterName]))
    .digest()
    .subarray(0, checksumBytes);
}
