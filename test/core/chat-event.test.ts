import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ChoiceFinishSchema, DeltaSchema } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { UsageSchema } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import { isFirstToken } from '../../src/core/chat-event.ts';

type DeltaInit = MessageInitShape<typeof DeltaSchema>;

test.each<[delta: DeltaInit, isToken: boolean]>([
  [{}, false],
  [{ content: '' }, false],
  [{ content: '', refusal: '', reasoningContent: '' }, false],
  [{ logprobs: { content: [{ token: 'a' }] } }, false],
  [{ content: ' ' }, true],
  [{ reasoningContent: 'x' }, true],
  [{ refusal: 'x' }, true],
  [{ toolCalls: [{ index: 0 }] }, true],
  [{ images: [{}] }, true],
  [{ audio: { id: 'x' } }, true],
])('of the deltas, %j commits: %s', (delta, isToken) => {
  expect(isFirstToken({ kind: 'delta', delta: create(DeltaSchema, delta) })).toBe(isToken);
});

test('of the other events only an end does: an answer may be empty', () => {
  expect(isFirstToken({ kind: 'finish', finish: create(ChoiceFinishSchema, { finishReason: 'stop' }) })).toBe(true);
  expect(isFirstToken({ kind: 'head', serviceTier: 'default' })).toBe(false);
  expect(isFirstToken({ kind: 'usage', usage: create(UsageSchema) })).toBe(false);
  expect(isFirstToken({ kind: 'annotations', index: 0, annotations: [] })).toBe(false);
});
