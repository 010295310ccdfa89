import { expect, onTestFinished, test } from 'vitest';
import { type AttemptRecord, attemptEnded, type CallRecord, callEnded, callStarted } from '../../../src/core/events.ts';
import { jsonReply, sseReply } from '../../support/fake-upstream.ts';
import { createManualClock } from '../one-port-harness.ts';
import {
  type ChatRig,
  postChat,
  secondModel,
  startRig,
  upstreamChunk,
  upstreamReply,
  upstreamStream,
} from './chat-rig.ts';
import { readEvents } from './event-stream.ts';

interface Published {
  readonly started: readonly string[];
  readonly ended: readonly CallRecord[];
  readonly attempts: readonly AttemptRecord[];
  /** Resolves when so many calls have ended. */
  whenEnded(count: number): Promise<void>;
}

/** Hears what is published until the test is over. */
function listen(): Published {
  const started: string[] = [];
  const ended: CallRecord[] = [];
  const attempts: AttemptRecord[] = [];
  let notify = (): void => {};
  const unsubscribes = [
    callStarted.subscribe(({ generationId }) => started.push(generationId)),
    attemptEnded.subscribe((attempt) => attempts.push(attempt)),
    callEnded.subscribe((record) => {
      ended.push(record);
      notify();
    }),
  ];
  onTestFinished(() => {
    for (const unsubscribe of unsubscribes) unsubscribe();
  });
  return {
    started,
    ended,
    attempts,
    async whenEnded(count) {
      while (ended.length < count) {
        await new Promise<void>((resolve) => {
          notify = resolve;
        });
      }
    },
  };
}

/** How a call can go, each with the reason that its record must have. */
const courses: [what: string, reason: string | undefined, run: (rig: ChatRig) => Promise<unknown>][] = [
  [
    'a whole answer',
    undefined,
    async ({ server, first }) => {
      first.respond(jsonReply(upstreamReply()));
      await (await postChat(server)).text();
    },
  ],
  [
    'a streamed answer',
    undefined,
    async ({ server, first }) => {
      first.respond(sseReply(upstreamStream));
      await (await postChat(server, { stream: true })).text();
    },
  ],
  [
    'a fallback',
    undefined,
    async ({ server, first, second }) => {
      first.respond({ status: 500 });
      second.respond(sseReply(upstreamStream));
      await (await postChat(server, { stream: true, models: [secondModel] })).text();
    },
  ],
  ['a model that is not there', 'PROVIDER_UNKNOWN', ({ server }) => postChat(server, { model: 'nobody/x' })],
  ['no messages', 'INVALID_FIELD', ({ server }) => postChat(server, { messages: [] })],
  [
    'a refusal by the provider',
    'PROVIDER_REFUSED',
    async ({ server, first }) => {
      first.respond({ status: 400 });
      await postChat(server, { stream: true });
    },
  ],
  [
    'failures everywhere',
    'ATTEMPTS_FAILED',
    async ({ server, first, second }) => {
      first.respond({ drop: 'reset' });
      second.respond({ status: 500 });
      await postChat(server, { models: [secondModel] });
    },
  ],
  [
    'an answer that breaks off',
    'STREAM_CUT',
    async ({ server, first }) => {
      first.respond(sseReply([upstreamChunk({ content: 'one' })], { ending: 'reset' }));
      await (await postChat(server, { stream: true })).text();
    },
  ],
  [
    'a client that leaves before there is an answer',
    'CALL_CANCELLED',
    async ({ server, first }) => {
      first.respond({ drop: 'hang' });
      const client = new AbortController();
      const answer = postChat(server, { stream: true, models: [secondModel] }, { signal: client.signal });
      await first.nextRequest();
      client.abort();
      await expect(answer).rejects.toThrow();
    },
  ],
  [
    'a client that leaves in the middle',
    'CALL_CANCELLED',
    async ({ server, first }) => {
      first.respond(sseReply([upstreamChunk({ content: 'one' })], { ending: 'hang' }));
      const client = new AbortController();
      const events = readEvents(await postChat(server, { stream: true }, { signal: client.signal }));
      await events.next();
      client.abort();
    },
  ],
  [
    'a client that leaves a whole answer',
    'CALL_CANCELLED',
    async ({ server, first }) => {
      first.respond(sseReply([upstreamChunk({ content: 'one' })], { ending: 'hang' }));
      const client = new AbortController();
      const answer = postChat(server, { fallback: { ttft_timeout: '60s' } }, { signal: client.signal });
      await first.nextRequest();
      client.abort();
      await expect(answer).rejects.toThrow();
    },
  ],
];

test.each(courses)('%s is one start and one end', async (_what, reason, run) => {
  const rig = await startRig();
  const published = listen();
  await run(rig);
  await published.whenEnded(1);
  // Had the first call more to publish, it would come before the end of a second one.
  await (await postChat(rig.server, { model: 'sandbox/echo' })).text();
  await published.whenEnded(2);

  const [record, next] = published.ended;
  expect(published.started).toEqual([record?.generationId, next?.generationId]);
  expect(published.ended).toHaveLength(2);
  expect(record?.errorReason).toBe(reason);
  const own = published.attempts.filter(({ generationId }) => generationId === record?.generationId);
  expect(record?.attempts).toEqual(own);
});

test('a request that is turned away before it is a call is neither', async () => {
  const { server } = await startRig();
  const published = listen();
  await postChat(server, { temperature: 3 });
  await postChat(server, {}, { headers: { authorization: 'Bearer x' } });
  await fetch(`${server.origin}/nothing`);
  expect([published.started, published.ended]).toEqual([[], []]);
});

test('a call that is over its time, and those that a drain ends, are one start and one end each', async () => {
  const clock = createManualClock();
  const { server, first } = await startRig({
    clock,
    config: 'calls: { timeout_ms: 5000 }\nserver: { drain_timeout_ms: 2000 }',
  });
  const published = listen();
  first.respondAlways(sseReply([upstreamChunk({ content: 'one' })], { ending: 'hang' }));
  const late = readEvents(await postChat(server, { stream: true }));
  await late.next();
  clock.advance(5000);
  await late.rest();
  await published.whenEnded(1);
  const drained = [
    readEvents(await postChat(server, { stream: true })),
    readEvents(await postChat(server, { stream: true })),
  ];
  for (const events of drained) await events.next();
  const drain = server.composition.server.drain();
  clock.advance(2000);
  await Promise.all([drain, ...drained.map((events) => events.rest())]);
  await published.whenEnded(3);
  expect(published.ended.map(({ errorReason }) => errorReason)).toEqual([
    'CALL_DEADLINE',
    'SERVER_DRAINING',
    'SERVER_DRAINING',
  ]);
  expect(new Set(published.ended.map(({ generationId }) => generationId))).toEqual(new Set(published.started));
  expect(published.started).toHaveLength(3);
});
