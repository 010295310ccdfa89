import { toJson } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnnotationSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import { DeltaSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { ChunkDecoder } from '../../../src/dialects/openai-chat/chunk-decoder.ts';
import { ChunkEncoder } from '../../../src/dialects/openai-chat/chunk-encoder.ts';
import { decodeReply } from '../../../src/dialects/openai-chat/decode-reply.ts';
import { encodeCompletion } from '../../../src/dialects/openai-chat/encode-completion.ts';
import { collectCompletion } from '../../../src/routing/collect-completion.ts';
import { toPlainAnswer } from '../../support/plain-answer.ts';
import { toSlices } from './encode-events.ts';
import { generatedChunks } from './generated-replies.ts';

/** Decodes a stream to its end mark. */
function decode(chunks: readonly JsonObject[]): ChatEvent[] {
  const decoder = new ChunkDecoder({ expectedChoices: 1, answerId: 'a' });
  const events = chunks.flatMap((chunk) => decoder.decode(chunk));
  return [...events, ...decoder.finishOpenChoices()];
}

function encode(events: readonly ChatEvent[], includeUsage: boolean): JsonObject[] {
  const encoder = new ChunkEncoder(includeUsage);
  const chunks = toSlices(events).flatMap((slice) => encoder.encode(slice));
  return JSON.parse(JSON.stringify(chunks));
}

/** All that events say, with what belongs to the end in one place. */
function listAll(events: readonly ChatEvent[]): object {
  const ends: unknown[] = [];
  const deltas: unknown[] = [];
  let usage: unknown;
  for (const event of events) {
    if (event.kind === 'delta') deltas.push(toJson(DeltaSchema, event.delta));
    // The provider's own word for the end goes on under a name of its own, which no provider is read for.
    if (event.kind === 'finish') ends.push([event.finish.index, event.finish.finishReason]);
    if (event.kind === 'usage') usage = toJson(UsageSchema, event.usage);
  }
  const annotations = [0, 1, 2].map((index) =>
    events.flatMap((event) =>
      event.kind === 'annotations' && event.index === index
        ? event.annotations.map((annotation) => toJson(AnnotationSchema, annotation))
        : [],
    ),
  );
  return { deltas, ends, annotations, usage };
}

describe('a stream that is decoded and encoded', () => {
  it('says the same', () => {
    fc.assert(
      fc.property(generatedChunks, fc.boolean(), (chunks, includeUsage) => {
        const events = decode(chunks);
        // Without a choice there is no answer, and the provider says so.
        fc.pre(events.some(({ kind }) => kind === 'finish'));
        expect(listAll(decode(encode(events, includeUsage)))).toEqual(listAll(events));
      }),
      { numRuns: 500 },
    );
  });

  it('collected to a whole answer, says the same', async () => {
    await fc.assert(
      fc.asyncProperty(generatedChunks, async (chunks) => {
        const events = decode(chunks);
        fc.pre(events.some(({ kind }) => kind === 'finish'));
        async function* slices() {
          yield* toSlices(events);
        }
        const whole: JsonObject = JSON.parse(JSON.stringify(encodeCompletion(await collectCompletion(slices()))));
        expect(toPlainAnswer(decodeReply(whole, 'a'))).toEqual(toPlainAnswer(events));
      }),
      { numRuns: 300 },
    );
  });
});
