import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { onTestFinished } from 'vitest';
import {
  ChatCompletionRequestSchema,
  ExtraBodySchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ChatCompletionSlice } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ChatCall, StopReason } from '../../src/core/chat-call.ts';
import { SignalboxError } from '../../src/core/errors.ts';
import { type CallRecord, callEnded } from '../../src/core/events.ts';
import { createIdSource } from '../../src/core/ids.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { ProviderDirectory } from '../../src/providers/provider-directory.ts';
import type { Reliability } from '../../src/routing/attempts/reliability.ts';
import type { ChatAnswer } from '../../src/routing/chat-answer.ts';
import type { RouterLookup } from '../../src/routing/plan-chat.ts';
import { startChat } from '../../src/routing/start-chat.ts';
import { createManualClock, type ManualClock } from '../wire/one-port-harness.ts';
import { planningStandIns } from './planning-stand-ins.ts';

/** What a call is made of; what is left out has a default. */
export interface CallOptions {
  readonly extraBody?: MessageInitShape<typeof ExtraBodySchema>;
  readonly stream?: boolean;
  readonly maxCollectedChars?: number;
  /** What else the request says. */
  readonly request?: MessageInitShape<typeof ChatCompletionRequestSchema>;
  /** Until the call's deadline, in milliseconds. Default: none. */
  readonly deadlineMs?: number;
  /** Default: every candidate is tried once. */
  readonly reliability?: Reliability;
}

/** Routing alone, between a test and its providers. */
export interface RoutingRig {
  readonly clock: ManualClock;
  /** The records of the calls that ended. */
  readonly records: readonly CallRecord[];
  /** Starts a call: to `first/x` by default, with fallbacks at all other providers in their order. */
  start(options?: CallOptions): Promise<ChatAnswer>;
  /** Stops every call. */
  stop(reason: StopReason): void;
}

const noRouters: RouterLookup = { get: () => undefined };

export function createRoutingRig(...providers: readonly Provider[]): RoutingRig {
  const clock = createManualClock();
  const controller = new AbortController();
  const records: CallRecord[] = [];
  onTestFinished(callEnded.subscribe((record) => records.push(record)));
  const [firstId = '', ...otherIds] = providers.map(({ id }) => `${id}/x`);
  const directory = new ProviderDirectory(
    providers.map((provider) => ({ id: provider.id, kind: 'scripted', live: true, provider })),
  );
  return {
    clock,
    records,
    stop: (reason) => controller.abort(reason),
    start({ extraBody = {}, stream = true, maxCollectedChars = 1000, request = {}, deadlineMs, reliability } = {}) {
      const { $typeName: _, ...fields } = create(ChatCompletionRequestSchema, request);
      const call: ChatCall = {
        generationId: '00000000-0000-4000-8000-000000000000',
        principal: { workspace: 'default', keyId: 'test', scopes: new Set(['inference']) },
        protocol: 'rest',
        request: create(ChatCompletionRequestSchema, {
          ...fields,
          model: firstId,
          messages: [{ role: 'user', content: 'Hello!' }],
          extraBody: create(ExtraBodySchema, { models: otherIds, ...extraBody }),
        }),
        source: undefined,
        stream,
        signal: controller.signal,
        receivedAtMs: clock.monotonicMs(),
        ...(deadlineMs !== undefined && { deadlineAtMs: clock.monotonicMs() + deadlineMs }),
      };
      const limits = { maxAttempts: 10, maxPromptChars: 1000, maxCollectedChars };
      const names = { ...planningStandIns, providers: directory, routerPrefix: 'inworld/' };
      return startChat(call, {
        ...names,
        routers: noRouters,
        random: () => 0,
        clock,
        ids: createIdSource(clock),
        limits,
        ...(reliability && { reliability }),
      });
    },
  };
}

/** All slices of an answer. */
export async function readSlices(answer: AsyncIterable<ChatCompletionSlice>): Promise<ChatCompletionSlice['slice'][]> {
  const slices: ChatCompletionSlice['slice'][] = [];
  for await (const { slice } of answer) slices.push(slice);
  return slices;
}

/** Waits until all that can go on has, and the rest waits for time or for a provider. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What a promise is rejected with, which must be a registered error. */
export async function readRejection(promise: Promise<unknown>): Promise<SignalboxError> {
  const thrown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof SignalboxError)) throw new Error(`no registered error, but ${String(thrown)}`);
  return thrown;
}
