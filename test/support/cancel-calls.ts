import { textChunk } from '../clients/upstream-chunks.ts';
import { type ConnectionEnd, type FakeUpstream, sseReply } from './fake-upstream.ts';
import type { WireCaller } from './wire-callers.ts';

/** How a provider's connection ended after its client had left. */
export interface CancelledCall extends ConnectionEnd {
  /** From the moment in which the clients left. */
  readonly closedAfterMs: number;
}

/** What calls are made and given up. */
export interface CancellationOptions {
  readonly caller: WireCaller;
  /** The provider that is called. Its answers begin, if they are streamed, and never end. */
  readonly upstream: FakeUpstream;
  readonly isStreamed: boolean;
  /** How many calls are in flight when all of their clients leave at once. */
  readonly count: number;
}

/** Makes calls at a time, gives all of them up once they have reached the provider, and waits until it is rid of them. */
export async function cancelCalls(options: CancellationOptions): Promise<CancelledCall[]> {
  const { caller, upstream, isStreamed, count } = options;
  upstream.respondAlways(isStreamed ? sseReply([textChunk('Hello')], { ending: 'hang' }) : { drop: 'hang' });
  const clients = Array.from({ length: count }, () => new AbortController());
  const begun = clients.map(({ signal }) => (isStreamed ? beginStream(caller, signal) : beginWhole(caller, signal)));
  const requests = await Promise.all(clients.map(() => upstream.nextRequest()));
  const calls = await Promise.all(begun);

  const leftAtMs = performance.now();
  const closed = requests.map(async (request) => {
    const { replied } = await request.closed;
    return { replied, closedAfterMs: performance.now() - leftAtMs };
  });
  for (const client of clients) client.abort();
  const cancelled = await Promise.all(closed);
  for (const { end } of calls) await end;
  return cancelled;
}

/** A call in flight. */
interface BegunCall {
  /** Resolves when the client is done with it. */
  readonly end: Promise<unknown>;
}

/** Resolves when the first piece of an answer is there. */
async function beginStream(caller: WireCaller, signal: AbortSignal): Promise<BegunCall> {
  const pieces = caller.stream(signal);
  await pieces.next();
  return { end: expectLeft(pieces.next()) };
}

async function beginWhole(caller: WireCaller, signal: AbortSignal): Promise<BegunCall> {
  return { end: expectLeft(caller.whole(signal)) };
}

/** A client that leaves gets an error of its own; without one, there was an answer. */
async function expectLeft(answer: Promise<unknown>): Promise<void> {
  const left = await answer.then(
    () => false,
    () => true,
  );
  if (!left) throw new Error('the call was answered');
}
