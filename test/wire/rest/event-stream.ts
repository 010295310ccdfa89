import type { JsonObject } from '../../../src/core/json.ts';

/** Reads a streamed answer as its client does, event by event. */
export interface EventStream {
  /** The next event's data, or a comment with its colon. `undefined` at the end. Rejects when the connection breaks. */
  next(): Promise<string | undefined>;
  /** All that is left, to the end. Rejects when the connection breaks. */
  rest(): Promise<string[]>;
}

/** @throws Error for a stream that holds anything but events of one `data` line each, and comments. */
export function readEvents(response: Response): EventStream {
  if (response.body === null) throw new Error('the answer has no body');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let received = '';

  async function next(): Promise<string | undefined> {
    for (;;) {
      const end = received.indexOf('\n\n');
      if (end !== -1) {
        const event = received.slice(0, end);
        received = received.slice(end + 2);
        if (event.startsWith(':')) return event;
        if (!event.startsWith('data: ') || event.includes('\n')) throw new Error(`not an event: ${event}`);
        return event.slice('data: '.length);
      }
      const { done, value } = await reader.read();
      if (done) {
        if (received !== '') throw new Error(`the stream ends within an event: ${received}`);
        return undefined;
      }
      received += value;
    }
  }

  return {
    next,
    async rest() {
      const events: string[] = [];
      for (let event = await next(); event !== undefined; event = await next()) events.push(event);
      return events;
    },
  };
}

/** An event's data as JSON. */
export function parseChunk(data: string | undefined): JsonObject {
  if (data === undefined) throw new Error('the stream is at its end');
  const json: JsonObject = JSON.parse(data);
  return json;
}

/** A complete streamed answer: its chunks, without the end mark, which must be there. */
export async function readChunks(response: Response): Promise<JsonObject[]> {
  const events = await readEvents(response).rest();
  if (events.at(-1) !== '[DONE]') throw new Error(`the stream has no end mark, but ${events.at(-1)}`);
  return events.slice(0, -1).map(parseChunk);
}
