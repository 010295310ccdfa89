import { create, type MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ChatCompletionSlice,
  ChatCompletionSliceSchema,
  DeltaSchema,
  FinishSchema,
  HeadSchema,
} from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { createError } from '../../src/core/errors.ts';
import { collectCompletion } from '../../src/routing/collect-completion.ts';
import { readRejection } from './routing-rig.ts';

type DeltaInit = MessageInitShape<typeof DeltaSchema>;

const head = create(ChatCompletionSliceSchema, {
  slice: { case: 'head', value: create(HeadSchema, { id: 'chatcmpl-1', created: 5n, model: 'p/m' }) },
});

function delta(value: DeltaInit): ChatCompletionSlice {
  return create(ChatCompletionSliceSchema, { slice: { case: 'delta', value: create(DeltaSchema, value) } });
}

function finish(...indexes: number[]): ChatCompletionSlice {
  const choices = indexes.map((index) => ({ index, finishReason: 'stop' }));
  return create(ChatCompletionSliceSchema, { slice: { case: 'finish', value: create(FinishSchema, { choices }) } });
}

async function* iterate(slices: readonly ChatCompletionSlice[]): AsyncGenerator<ChatCompletionSlice> {
  yield* slices;
}

/** A text in pieces of any lengths, none or more. */
const pieces = fc.array(fc.string(), { maxLength: 5 });

test('text comes out as it went in, whatever the pieces and however the choices are mixed', async () => {
  const choice = fc.record({ content: pieces, refusal: pieces, reasoningContent: pieces });
  const choices = fc.array(choice, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(choices, fc.infiniteStream(fc.nat()), async (texts, picks) => {
      const queues = texts.flatMap((fields, index) =>
        (['content', 'refusal', 'reasoningContent'] as const).map((field) =>
          fields[field].map((piece) => delta({ index, [field]: piece })),
        ),
      );
      const mixed: ChatCompletionSlice[] = [];
      for (;;) {
        const left = queues.filter((queue) => queue.length > 0);
        const next = left[picks.next().value % left.length]?.shift();
        if (next === undefined) break;
        mixed.push(next);
      }
      const { choices: collected } = await collectCompletion(iterate([head, ...mixed, finish(...texts.keys())]));
      const joined = (parts: readonly string[]): string | undefined =>
        parts.length === 0 ? undefined : parts.join('');
      expect(collected.map(({ message }) => [message?.content, message?.refusal, message?.reasoningContent])).toEqual(
        texts.map((fields) => [joined(fields.content), joined(fields.refusal), joined(fields.reasoningContent)]),
      );
    }),
  );
});

describe('collected', () => {
  test('are parallel tool calls, each with its own arguments', async () => {
    const completion = await collectCompletion(
      iterate([
        head,
        delta({ toolCalls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] }),
        delta({ toolCalls: [{ index: 1, id: 'b', type: 'custom', custom: { name: 'g', input: 'x' } }] }),
        delta({
          toolCalls: [
            { index: 0, function: { arguments: '{"a"' } },
            { index: 1, custom: { input: 'y' } },
          ],
        }),
        delta({ toolCalls: [{ index: 0, function: { arguments: ':1}' } }] }),
        finish(0),
      ]),
    );
    expect(completion.choices[0]?.message?.toolCalls).toMatchObject([
      { id: 'a', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
      { id: 'b', type: 'custom', custom: { name: 'g', input: 'xy' } },
    ]);
  });

  test('are audio, images and log probabilities', async () => {
    const image = { type: 'image_url', imageUrl: { url: 'data:x' } };
    const completion = await collectCompletion(
      iterate([
        head,
        delta({ audio: { id: 'audio_1', data: 'AAAA' }, images: [image] }),
        delta({ audio: { data: 'BBBB', transcript: 'Hel' }, logprobs: { content: [{ token: 'a' }] } }),
        delta({ audio: { transcript: 'lo', expiresAt: 7n }, images: [image], logprobs: { refusal: [{ token: 'b' }] } }),
        finish(0),
      ]),
    );
    expect(completion.choices[0]).toMatchObject({
      message: {
        audio: { id: 'audio_1', data: 'AAAABBBB', transcript: 'Hello', expiresAt: 7n },
        images: [image, image],
      },
      logprobs: { content: [{ token: 'a' }], refusal: [{ token: 'b' }] },
    });
  });

  test('is a choice that said nothing, in the order of the indexes', async () => {
    const { choices } = await collectCompletion(iterate([head, delta({ index: 1, content: 'b' }), finish(1, 0)]));
    expect(choices).toMatchObject([
      { index: 0, message: { role: 'assistant' }, finishReason: 'stop' },
      { index: 1, message: { content: 'b' } },
    ]);
    expect(choices[0]?.message?.content).toBeUndefined();
  });
});

test('what has no finish is no answer', async () => {
  const error = await readRejection(collectCompletion(iterate([head, delta({ content: 'Half of ' })])));
  expect(error.reason).toBe('INTERNAL');
});

test('an error in the middle is the error', async () => {
  const cut = createError('STREAM_CUT', { problem: 'x' });
  async function* broken(): AsyncGenerator<ChatCompletionSlice> {
    yield head;
    throw cut;
  }
  expect(await readRejection(collectCompletion(broken()))).toBe(cut);
});
