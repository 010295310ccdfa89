import { create } from '@bufbuild/protobuf';
import { ChoiceFinishSchema, DeltaSchema } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { UsageSchema } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ChatEvent } from '../../src/core/chat-event.ts';
import { createError } from '../../src/core/errors.ts';
import type { ChatAttempt, ChatReply, Provider } from '../../src/providers/provider.ts';

/** A piece of text. */
export function text(content: string, index = 0): ChatEvent {
  return { kind: 'delta', delta: create(DeltaSchema, { index, content }) };
}

/** The end of a choice. */
export function finish(finishReason = 'stop', index = 0): ChatEvent {
  return { kind: 'finish', finish: create(ChoiceFinishSchema, { index, finishReason }) };
}

/** Tokens. */
export function usage(totalTokens: number): ChatEvent {
  return { kind: 'usage', usage: create(UsageSchema, { totalTokens }) };
}

/** A wait that knows its attempt. */
type WaitOf = (attempt: ChatAttempt) => Promise<unknown>;

/** An answer as a script: events, waits, and what is thrown. */
export type Script = readonly (ChatEvent | Promise<unknown> | WaitOf | Error)[];

/** Silence, until the attempt is stopped. */
export const silence: WaitOf = ({ signal }) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
  });

/** What an attempt plays. The first attempt is number 1. */
export type ScriptOf = (attempt: ChatAttempt, number: number) => Script;

/** A provider whose every attempt plays its script, signal or no signal. */
export interface ScriptedProvider extends Provider {
  /** The attempts so far. */
  readonly attempts: readonly ChatAttempt[];
  /** Resolves with the first attempt. */
  readonly called: Promise<void>;
  /** How many of its answers were let go of, or came to their end. */
  readonly endedAnswers: number;
}

export function createScriptedProvider(
  id: string,
  script: Script | ScriptOf,
  warnings: readonly string[] = [],
): ScriptedProvider {
  const attempts: ChatAttempt[] = [];
  const { promise: called, resolve: onCalled } = Promise.withResolvers<void>();
  let endedAnswers = 0;

  async function* play(steps: Script, attempt: ChatAttempt): AsyncGenerator<ChatEvent, void, undefined> {
    try {
      for (const step of steps) {
        if (step instanceof Error) throw step;
        if (typeof step === 'function') await step(attempt);
        else if (step instanceof Promise) await step;
        else yield step;
      }
    } finally {
      endedAnswers += 1;
    }
  }

  return {
    id,
    dialect: 'none',
    attempts,
    called,
    get endedAnswers() {
      return endedAnswers;
    },
    async startChat(attempt): Promise<ChatReply> {
      attempts.push(attempt);
      onCalled();
      const steps = typeof script === 'function' ? script(attempt, attempts.length) : script;
      return { events: play(steps, attempt), warnings };
    },
    classifyError: (status) => createError('PROVIDER_FAILED', { provider: id, status, problem: 'it is scripted' }),
  };
}
