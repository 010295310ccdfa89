import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { DeltaSchema } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { collectCompletion } from '../../src/routing/collect-completion.ts';
import { createRoutingRig, readRejection } from './routing-rig.ts';
import { createScriptedProvider, finish, type Script, text, usage } from './scripted-provider.ts';

/** The whole answer to a client that wants it so, of a provider that streams. */
async function collect(script: Script, maxCollectedChars = 100_000) {
  const rig = createRoutingRig(createScriptedProvider('first', script));
  return collectCompletion(await rig.start({ stream: false, maxCollectedChars }));
}

test('text of any number of pieces is joined, each choice for itself', async () => {
  const pieces = Array.from({ length: 20_000 }, (_, index) => text(index % 2 === 0 ? 'a' : 'b', index % 2));
  const { choices } = await collect([...pieces, finish('stop', 0), finish('stop', 1)], 10_000_000);
  expect(choices.map(({ message }) => message?.content)).toEqual(['a'.repeat(10_000), 'b'.repeat(10_000)]);
});

test('pieces of one choice take no room beside their text', async () => {
  const pieces = Array.from({ length: 20_000 }, () => text('a'));
  const { choices } = await collect([...pieces, finish()], 21_000);
  expect(choices[0]?.message?.content).toHaveLength(20_000);
});

test('of usage that comes with every piece the last counts, and costs nothing', async () => {
  const pieces = Array.from({ length: 5000 }, (_, index) => [text('a'), usage(index)]).flat();
  expect((await collect([...pieces, finish()], 6000)).usage?.totalTokens).toBe(4999);
});

test('pieces that cannot be joined are bounded in number', async () => {
  const call = { kind: 'delta', delta: create(DeltaSchema, { toolCalls: [{ index: 0, function: {} }] }) } as const;
  const rig = createRoutingRig(
    createScriptedProvider('first', [...Array.from({ length: 1000 }, () => call), finish()]),
  );
  const error = await readRejection(rig.start({ stream: false, maxCollectedChars: 10_000 }));
  expect(error.details.attempts).toMatchObject([{ errorCode: 'PROVIDER_UNUSABLE' }]);
});

test('details of reasoning are joined by their index, and bounded with the rest', async () => {
  const piece = (index: number) => {
    const delta = create(DeltaSchema, { reasoningDetails: [{ type: 'reasoning.text', text: 'a', index }] });
    return { kind: 'delta', delta } as const;
  };
  const pieces = Array.from({ length: 5000 }, (_, index) => piece(index < 2500 ? 0 : 1));
  const { choices } = await collect([text('b'), ...pieces, finish()], 7000);
  const joined = 'a'.repeat(2500);
  expect(choices[0]?.message?.reasoningDetails).toMatchObject([
    { index: 0, text: joined },
    { index: 1, text: joined },
  ]);
  const rig = createRoutingRig(createScriptedProvider('first', [text('b'), ...pieces, finish()]));
  const error = await readRejection(rig.start({ stream: false, maxCollectedChars: 4000 }));
  expect(error.details.attempts).toMatchObject([{ errorCode: 'PROVIDER_UNUSABLE' }]);
});

test('details that cannot be joined count for what they take in memory', async () => {
  const pieces = Array.from({ length: 5000 }, (_, index) => {
    const delta = create(DeltaSchema, { reasoningDetails: [{ type: 'reasoning.text', text: 'a', index }] });
    return { kind: 'delta', delta } as const;
  });
  const rig = createRoutingRig(createScriptedProvider('first', [text('b'), ...pieces, finish()]));
  const error = await readRejection(rig.start({ stream: false, maxCollectedChars: 100_000 }));
  expect(error.details.attempts).toMatchObject([{ errorCode: 'PROVIDER_UNUSABLE' }]);
});

test('an answer with very many log probabilities is whole', async () => {
  const token = { token: 'a', logprob: -1 };
  const delta = create(DeltaSchema, {
    content: 'a',
    logprobs: { content: Array.from({ length: 200_000 }, () => token) },
  });
  const { choices } = await collect([{ kind: 'delta', delta }, finish()], 100_000_000);
  expect(choices[0]?.logprobs?.content).toHaveLength(200_000);
});

test('what goes wrong on the way to the client is the end of the call, once', async () => {
  const rig = createRoutingRig(createScriptedProvider('first', [text('a'), text('b'), finish()]));
  const answer = await rig.start();
  await answer.next();
  const shown = answer.fail(new TypeError('the encoder is broken'));
  expect(shown).toMatchObject({ reason: 'INTERNAL', details: { generationId: expect.any(String) } });
  expect(answer.fail(shown)).toBe(shown);
  await answer.return();
  expect(rig.records).toMatchObject([{ errorReason: 'INTERNAL', cause: expect.any(TypeError) }]);
});
