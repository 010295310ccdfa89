import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';

const length = 9;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const fittingPattern = /^[A-Za-z0-9]{9}$/;

/**
 * Gives the tool calls of a conversation ids of nine letters and digits, the same in the call and in its result. Ids that are so
 * already stay. The same id gives the same short one in every request, so that the provider's cache of a conversation's beginning holds.
 *
 * @param messages - encoded; changed in place.
 */
export function shortenToolCallIds(messages: readonly JsonValue[]): void {
  const shortener = new IdShortener(listIds(messages));
  for (const message of messages) {
    if (!isJsonObject(message)) continue;
    if (typeof message['tool_call_id'] === 'string')
      message['tool_call_id'] = shortener.shorten(message['tool_call_id']);
    for (const call of listCalls(message)) {
      if (typeof call['id'] === 'string') call['id'] = shortener.shorten(call['id']);
    }
  }
}

/** Keeps the ids of one request apart. */
class IdShortener {
  readonly #shortIds = new Map<string, string>();
  readonly #taken: Set<string>;

  /** @param ids - all of the request: those that fit are not given to others. */
  constructor(ids: readonly string[]) {
    this.#taken = new Set(ids.filter((id) => fittingPattern.test(id)));
  }

  shorten(id: string): string {
    if (fittingPattern.test(id)) return id;
    const known = this.#shortIds.get(id);
    if (known !== undefined) return known;
    let short = digest(id);
    while (this.#taken.has(short)) short = digest(short);
    this.#taken.add(short);
    this.#shortIds.set(id, short);
    return short;
  }
}

/** Nine characters of 62, from the first bytes of SHA-256: two of a million ids are the same about once in 27,000 such requests. */
function digest(id: string): string {
  const bytes = createHash('sha256').update(id).digest();
  let number = bytes.readBigUInt64BE();
  let short = '';
  while (short.length < length) {
    short += alphabet.charAt(Number(number % 62n));
    number /= 62n;
  }
  return short;
}

function listCalls(message: JsonObject): JsonObject[] {
  const calls = message['tool_calls'];
  return Array.isArray(calls) ? calls.filter(isJsonObject) : [];
}

function listIds(messages: readonly JsonValue[]): string[] {
  return messages
    .filter(isJsonObject)
    .flatMap((message) =>
      [message['tool_call_id'], ...listCalls(message).map((call) => call['id'])].filter((id) => typeof id === 'string'),
    );
}
