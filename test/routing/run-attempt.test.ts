import { getEventListeners } from 'node:events';
import { create } from '@bufbuild/protobuf';
import { expect, onTestFinished, test } from 'vitest';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ChatCall } from '../../src/core/chat-call.ts';
import type { ChatEvent } from '../../src/core/chat-event.ts';
import { createError } from '../../src/core/errors.ts';
import { type AttemptRecord, attemptEnded } from '../../src/core/events.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { isFailed, type OpenAttempt, runAttempt } from '../../src/routing/run-attempt.ts';
import { createManualClock } from '../wire/one-port-harness.ts';
import { settle } from './routing-rig.ts';
import { createScriptedProvider, finish, type Script, text } from './scripted-provider.ts';

const firstTokenTimeoutMs = 300;

/** One attempt, alone. */
function createRig(provider: Provider) {
  const clock = createManualClock();
  const controller = new AbortController();
  const records: AttemptRecord[] = [];
  onTestFinished(attemptEnded.subscribe((record) => records.push(record)));
  const request = create(ChatCompletionRequestSchema, { model: 'first/x' });
  const call: ChatCall = {
    generationId: '00000000-0000-4000-8000-000000000000',
    principal: { workspace: 'default', keyId: 'test', scopes: new Set(['inference']) },
    protocol: 'rest',
    request,
    source: undefined,
    stream: true,
    signal: controller.signal,
    receivedAtMs: 0,
  };
  const candidate = { id: 'first/x', model: 'x', entry: undefined, provider };
  const run = () => runAttempt({ candidate, call, request, isStreamed: true, firstTokenTimeoutMs, clock });
  const open = async (): Promise<OpenAttempt> => {
    const attempt = await run();
    if (isFailed(attempt)) throw attempt.error;
    return attempt;
  };
  const countListeners = () => getEventListeners(controller.signal, 'abort').length;
  return { clock, controller, records, run, open, countListeners };
}

const answer: Script = [text('a'), text('b'), finish()];

test('an answer that has begun has no timer, and its pauses are its own', async () => {
  const { clock, open } = createRig(createScriptedProvider('first', answer));
  const attempt = await open();
  expect(clock.pendingTimers).toBe(0);
  clock.advance(firstTokenTimeoutMs * 10);
  expect(await attempt.next()).toEqual(text('b'));
});

test('nothing of an attempt stays with its call, however it ends, and it ends once', async () => {
  const outage = createError('PROVIDER_FAILED', { provider: 'first', status: 500, problem: 'out of order' });
  const good = createRig(createScriptedProvider('first', answer));
  const attempt = await good.open();
  expect(good.countListeners()).toBe(1);
  const record = attempt.end(undefined);
  expect(attempt.end(outage)).toBe(record);
  expect([record.errorReason, good.records, good.countListeners()]).toEqual([undefined, [record], 0]);
  const bad = createRig(createScriptedProvider('first', [outage]));
  expect(isFailed(await bad.run())).toBe(true);
  expect([bad.countListeners(), bad.clock.pendingTimers]).toEqual([0, 0]);
});

test('a first token that comes in the moment of its timeout is not passed on: its connection is gone', async () => {
  const token = Promise.withResolvers<IteratorResult<ChatEvent>>();
  const events: AsyncIterable<ChatEvent> = { [Symbol.asyncIterator]: () => ({ next: () => token.promise }) };
  const provider: Provider = {
    ...createScriptedProvider('first', []),
    startChat: async () => ({ events, warnings: [] }),
  };
  const { clock, run } = createRig(provider);
  const running = run();
  await settle();
  // After the attempt has heard of it, and before it goes on.
  token.promise.then(() => clock.advance(firstTokenTimeoutMs));
  token.resolve({ done: false, value: text('late') });
  expect(await running).toMatchObject({ error: { reason: 'FIRST_TOKEN_TIMEOUT' } });
});
