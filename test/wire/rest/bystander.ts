import { expect } from 'vitest';
import { sseReply } from '../../support/fake-upstream.ts';
import { type ChatRig, postChat, secondModel, upstreamChunk } from './chat-rig.ts';
import { readEvents } from './event-stream.ts';

/**
 * Runs something beside a streamed call that is half-way, and checks that neither that call nor the next one is touched by it.
 * Takes the next reply of the second upstream.
 */
export async function runBesideACall<Result>({ server, second }: ChatRig, run: () => Promise<Result>): Promise<Result> {
  const hold = Promise.withResolvers<void>();
  second.respond(
    sseReply([upstreamChunk({ content: 'one' }), hold.promise, upstreamChunk({ content: 'two' }, 'stop'), '[DONE]']),
  );
  const events = readEvents(await postChat(server, { model: secondModel, stream: true }));
  await events.next();
  expect(await events.next()).toContain('"one"');
  const result = await run();
  hold.resolve();
  const rest = await events.rest();
  expect(rest).toEqual([expect.stringContaining('"two"'), expect.stringContaining('"stop"'), '[DONE]']);
  const next = await postChat(server, { model: 'sandbox/echo' });
  expect(next.status).toBe(200);
  await next.text();
  return result;
}
