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

/** An answer as a script: events, waits, and what is thrown. */
export type Script = readonly (ChatEvent | Promise<unknown> | Error)[];

/** A provider whose every attempt plays the script, signal or no signal. */
export interface ScriptedProvider extends Provider {
  /** The attempts so far. */
  readonly attempts: readonly ChatAttempt[];
  /** Resolves with the first attempt. */
  readonly called: Promise<void>;
  /** How many of its answers were let go of, or came to their end. */
  readonly endedAnswers: number;
}

export function createScriptedProvider(id: string, script: Script, warnings: readonly string[] = []): ScriptedProvider {
  const attempts: ChatAttempt[] = [];
  const { promise: called, resolve: onCalled } = Promise.withResolvers<void>();
  let endedAnswers = 0;

  async function* play(): AsyncGenerator<ChatEvent, void, undefined> {
    try {
      for (const step of script) {
        if (step instanceof Error) throw step;
        if (step instanceof Promise) await step;
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
      return { events: play(), warnings };
    },
    classifyError: (status) => createError('PROVIDER_FAILED', { provider: id, status, problem: 'it is scripted' }),
  };
}
