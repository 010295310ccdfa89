/**
 * What a provider wants back with a tool call, such as a signature of its reasoning, rides in `reasoning_details`. Many clients keep of an
 * answer only what OpenAI's API has, so it rides in the id of the call as well, which every client sends back as it came.
 */

/** Stands between an id and its memo, and in no id of a provider's. */
const separator = '~memo~';

/** A tool call's id, taken apart. */
export interface ToolCallId {
  /** The id that providers see. */
  readonly id: string;
  /** What the provider wants back. */
  readonly memo: string | undefined;
}

/**
 * Puts a memo into the id of a tool call.
 *
 * @param memo - any text; base64url in the id, since clients and logs may take ids for plain words.
 */
export function packToolCallId(id: string, memo: string): string {
  return `${id}${separator}${Buffer.from(memo, 'utf8').toString('base64url')}`;
}

/** Takes a tool call's id apart. Every id that goes to a provider passes here: some refuse long ones. */
export function unpackToolCallId(packed: string): ToolCallId {
  const end = packed.lastIndexOf(separator);
  if (end === -1) return { id: packed, memo: undefined };
  return {
    id: packed.slice(0, end),
    memo: Buffer.from(packed.slice(end + separator.length), 'base64url').toString('utf8'),
  };
}
