import type { Message } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { parseObject } from '../read-values.ts';
import { unpackToolCallId } from '../tool-call-memo.ts';

/** A call of the conversation, as its result finds it. */
interface KnownCall {
  readonly id: string;
  readonly name: string;
  isAnswered: boolean;
}

/** A result and the place of its call among the calls of its turn. */
interface PlacedResult {
  readonly place: number;
  readonly part: JsonObject;
}

/** Finds the call of each tool result: Gemini wants its name beside the result, and results in the order of the calls. */
export class ToolResults {
  /** The calls of the last assistant message that made any. */
  #turn: KnownCall[] = [];
  readonly #namesById = new Map<string, string>();

  /** Takes the calls of an assistant message. */
  addCalls(calls: readonly { readonly id: string; readonly name: string }[]): void {
    if (calls.length === 0) return;
    this.#turn = calls.map((call) => ({ ...call, isAnswered: false }));
    for (const { id, name } of calls) this.#namesById.set(id, name);
  }

  /** Encodes tool messages that follow each other, in the order of their calls. */
  encode(messages: readonly { readonly message: Message; readonly text: string }[]): JsonObject[] {
    const results = messages.map(({ message, text }) => {
      const id = unpackToolCallId(message.toolCallId ?? '').id;
      return { message, text, id, call: id === '' ? undefined : this.#take((call) => call.id === id) };
    });
    return results
      .map(({ message, text, id, call }): PlacedResult => {
        // What answers a call of an earlier turn has its name, but is none of this one's.
        const known = call ?? (this.#namesById.has(id) ? undefined : this.#takeByNameOrOrder(message.name));
        const name = known?.name ?? this.#namesById.get(id) ?? message.name ?? (id || 'unknown');
        const callId = known?.id ?? id;
        const functionResponse: JsonObject = { name, response: encodeResponse(text) };
        if (callId !== '') functionResponse['id'] = callId;
        const place = known === undefined ? this.#turn.length : this.#turn.indexOf(known);
        return { place, part: { functionResponse } };
      })
      .sort((a, b) => a.place - b.place)
      .map(({ part }) => part);
  }

  /** The call of a result whose id no call has: by name, else in order. */
  #takeByNameOrOrder(name: string | undefined): KnownCall | undefined {
    return this.#take((call) => call.name === name) ?? this.#take(() => true);
  }

  /** Takes the first call that has no result yet and is meant. */
  #take(isMeant: (call: KnownCall) => boolean): KnownCall | undefined {
    const call = this.#turn.find((one) => !one.isAnswered && isMeant(one));
    if (call !== undefined) call.isAnswered = true;
    return call;
  }
}

/**
 * Gemini takes an object. Other results stand in `output`, as ai.google.dev/api/caching#FunctionResponse says, and so does a result with
 * a number that would not be the same after it was read.
 */
function encodeResponse(text: string): JsonObject {
  return (/\d{16}/.test(text) ? undefined : parseObject(text)) ?? { output: text };
}
