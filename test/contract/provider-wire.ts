import type { ErrorReason } from '../../src/core/error-registry.ts';
import type { PlainAnswer, PlainUsage } from '../support/plain-answer.ts';

/** A tool call as the upstream will give it. */
export interface ScriptedToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON in pieces. */
  readonly arguments: readonly string[];
}

/** What the upstream will say in one choice, in the pieces of a stream: reasoning, then text, then calls, then images. */
export interface ScriptedChoice {
  readonly reasoning?: readonly string[];
  readonly content?: readonly string[];
  readonly toolCalls?: readonly ScriptedToolCall[];
  /** Addresses of generated images, which are data URIs. */
  readonly images?: readonly string[];
  readonly finishReason: 'stop' | 'length' | 'tool_calls' | 'content_filter';
}

/** What the upstream will answer. */
export interface ScriptedAnswer {
  readonly choice: ScriptedChoice;
  readonly usage?: PlainUsage;
}

/** An error in the upstream's words. */
export interface ScriptedError {
  readonly message: string;
  /** What kind it is: each wire has its own word, and where it has none the message must tell. Default: a refused parameter. */
  readonly about?: 'context' | 'policy';
}

/**
 * How the upstream of one dialect speaks: what the provider contract needs to play it. It is written from the dialect's documentation
 * and shares no code with the dialect.
 */
export interface ProviderWire {
  /** The headers of a streamed answer. */
  readonly streamHeaders: Readonly<Record<string, string>>;
  /** The frames of a streamed answer. All but the first ones can come in one piece with others. */
  encodeStream(answer: ScriptedAnswer): Uint8Array[];
  /** How many frames at the end of a stream follow the one that completes the answer. */
  readonly framesAfterFinish: number;
  /** The body of a whole answer. */
  encodeWhole(answer: ScriptedAnswer): string;
  /** The body of an error answer. */
  encodeError(error: ScriptedError): string;
  /** What the error that {@link encodeError} gives says beside its message. */
  readonly errorDetails: { readonly code?: string; readonly type?: string; readonly param?: string };
  /** A frame that says in the middle of a stream that the upstream failed. */
  encodeErrorFrame(error: ScriptedError): Uint8Array;
  /** What a page of HTML with status 404 means. Default: PROVIDER_REFUSED. */
  readonly missingPageReason?: ErrorReason;
  /** Frames that the dialect does not have, by what is wrong with them. */
  readonly malformedFrames: Readonly<Record<string, Uint8Array>>;
}

/** What the provider must make of a scripted answer. */
export function plainAnswerOf({ choice, usage }: ScriptedAnswer): PlainAnswer {
  return {
    choices: [
      {
        index: 0,
        content: choice.content?.join('') ?? '',
        reasoning: choice.reasoning?.join('') ?? '',
        refusal: '',
        toolCalls: (choice.toolCalls ?? []).map((call) => ({ ...call, arguments: call.arguments.join('') })),
        images: choice.images ?? [],
        citations: [],
        finishReason: choice.finishReason,
      },
    ],
    usage,
  };
}
