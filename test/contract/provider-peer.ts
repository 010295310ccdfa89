import { getEventListeners } from 'node:events';
import { create } from '@bufbuild/protobuf';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ChatEvent } from '../../src/core/chat-event.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { SignalboxError } from '../../src/core/errors.ts';
import type { ChatAttempt, ChatReply, Provider, ProviderKind, ProviderSettings } from '../../src/providers/provider.ts';
import { UpstreamClient } from '../../src/upstream/upstream-client.ts';
import { createFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { type PlainAnswer, PlainAnswerCollector } from '../support/plain-answer.ts';
import { upstreamOptions } from '../upstream/upstream-options.ts';

/** The key that providers under test are given. No message may repeat it. */
export const providerKey = 'K3y-0f-the-provider';

/** How a provider under test is made. */
export interface ProviderPeerOptions {
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** What differs from bounds that no test meets by accident. */
  readonly settings?: Partial<ProviderSettings>;
}

/** What became of an answer that was read as far as it goes. */
export interface ReadAnswer {
  /** What came, up to the end or the error. */
  readonly answer: PlainAnswer;
  /** `undefined`: it ended as a complete answer. */
  readonly error: SignalboxError | undefined;
}

/** A provider with a real HTTP client, in front of an upstream that the test steers. */
export interface ProviderPeer {
  readonly upstream: FakeUpstream;
  readonly provider: Provider;
  /** Begins an answer to one message of a user. */
  start(attempt?: Partial<ChatAttempt>): Promise<ChatReply>;
  /** Begins an answer and reads it as far as it goes. Throws what is no registered error. */
  read(attempt?: Partial<ChatAttempt>): Promise<ReadAnswer>;
  /** Waits until the client has let go of every attempt that was given no signal of its own. */
  waitUntilOver(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Opens a provider of a kind, and its upstream. */
export async function openProviderPeer(kind: ProviderKind, options: ProviderPeerOptions = {}): Promise<ProviderPeer> {
  const upstream = await createFakeUpstream();
  const client = new UpstreamClient(upstreamOptions);
  const settings: ProviderSettings = {
    apiKey: providerKey,
    baseUrl: `${upstream.origin}/v1`,
    headers: {},
    maxReplyBytes: 16 * 1024 * 1024,
    maxEventBytes: 16 * 1024 * 1024,
    finishTimeoutMs: 60_000,
    ...options.settings,
  };
  const { signal } = new AbortController();
  const provider = kind.create('peer', settings, { upstream: client, clock: options.clock ?? systemClock });

  function start(attempt: Partial<ChatAttempt> = {}): Promise<ChatReply> {
    return provider.startChat({
      generationId: '00000000-0000-4000-8000-000000000000',
      model: 'some/model',
      request: create(ChatCompletionRequestSchema, {
        model: 'peer/some/model',
        messages: [{ role: 'user', content: 'Hello' }],
      }),
      source: undefined,
      stream: true,
      signal,
      ...attempt,
    });
  }

  return {
    upstream,
    provider,
    start,
    read: (attempt) => readAnswer(start(attempt)),
    async waitUntilOver() {
      // The client listens to the signal for as long as the attempt has a connection.
      while (getEventListeners(signal, 'abort').length > 0) await takeTurns(1);
      // The connection goes back to its pool a little later.
      await takeTurns(2);
    },
    async [Symbol.asyncDispose]() {
      await client.destroy();
      await upstream.close();
    },
  };
}

/** Lets what is ready happen: sockets of this process are read and written in turns of the event loop. */
async function takeTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Reads an answer as far as it goes. Throws what is no registered error. */
export async function readAnswer(reply: Promise<ChatReply>): Promise<ReadAnswer> {
  const collector = new PlainAnswerCollector();
  try {
    for await (const event of (await reply).events) collector.add(event);
  } catch (thrown) {
    if (!(thrown instanceof SignalboxError)) throw thrown;
    return { answer: collector.answer, error: thrown };
  }
  return { answer: collector.answer, error: undefined };
}

/** The next event of an answer; throws when there is none. */
export async function nextEvent(events: AsyncIterator<ChatEvent>): Promise<ChatEvent> {
  const { value, done } = await events.next();
  if (done === true) throw new Error('the answer ended');
  return value;
}
