import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { Annotation } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { SignalboxError } from '../../../src/core/errors.ts';
import type { ChatReply } from '../../../src/providers/provider.ts';
import { createSandbox, type SandboxLimits } from '../../../src/providers/sandbox/index.ts';

type RequestInit = MessageInitShape<typeof ChatCompletionRequestSchema>;

/** How a test asks the sandbox. */
export interface AskOptions {
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly limits?: SandboxLimits;
  readonly stream?: boolean;
}

/** A request with one user message, unless it brings its own. */
export function createRequest(init: RequestInit): ChatCompletionRequest {
  return create(ChatCompletionRequestSchema, { messages: [{ role: 'user', content: 'Hello, world!' }], ...init });
}

/** Asks a model of the sandbox. */
export function ask(model: string, init: RequestInit = {}, options: AskOptions = {}): Promise<ChatReply> {
  const provider = createSandbox('sandbox', options.clock ?? systemClock, options.limits);
  return provider.startChat({
    generationId: '00000000-0000-4000-8000-000000000000',
    model,
    request: createRequest(init),
    source: undefined,
    stream: options.stream ?? true,
    signal: options.signal ?? new AbortController().signal,
  });
}

/** All events of a reply. */
export async function readEvents(reply: ChatReply): Promise<ChatEvent[]> {
  const events: ChatEvent[] = [];
  for await (const event of reply.events) {
    events.push(event);
  }
  return events;
}

/** The error that a step rejects with. */
export async function findError(step: Promise<unknown>): Promise<SignalboxError> {
  const thrown = await step.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof SignalboxError)) {
    throw new Error('It did not reject with a registered error.', { cause: thrown });
  }
  return thrown;
}

/** What the events of one choice come to. */
export interface CollectedChoice {
  readonly content: string | undefined;
  readonly reasoning: string | undefined;
  readonly refusal: string | undefined;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  readonly images: readonly string[];
  readonly annotations: readonly Annotation[];
  readonly finishReason: string | undefined;
}

/** Puts one choice together again. */
export function collectChoice(events: readonly ChatEvent[], index = 0): CollectedChoice {
  const deltas = events.flatMap((event) =>
    event.kind === 'delta' && event.delta.index === index ? [event.delta] : [],
  );
  const join = (texts: readonly (string | undefined)[]): string | undefined =>
    texts.every((text) => text === undefined) ? undefined : texts.join('');
  const pieces = deltas.flatMap((delta) => delta.toolCalls);
  const callCount = new Set(pieces.map((piece) => piece.index)).size;
  const finish = events.find((event) => event.kind === 'finish' && event.finish.index === index);
  return {
    content: join(deltas.map((delta) => delta.content)),
    reasoning: join(deltas.map((delta) => delta.reasoningContent)),
    refusal: join(deltas.map((delta) => delta.refusal)),
    calls: Array.from({ length: callCount }, (_, callIndex) => {
      const own = pieces.filter((piece) => piece.index === callIndex);
      return {
        id: own.map((piece) => piece.id ?? '').join(''),
        name: own.map((piece) => piece.function?.name ?? '').join(''),
        arguments: own.map((piece) => piece.function?.arguments ?? '').join(''),
      };
    }),
    images: deltas.flatMap((delta) => delta.images.map((image) => image.imageUrl?.url ?? '')),
    annotations: events.flatMap((event) =>
      event.kind === 'annotations' && event.index === index ? event.annotations : [],
    ),
    finishReason: finish?.kind === 'finish' ? finish.finish.finishReason : undefined,
  };
}
