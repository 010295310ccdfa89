import type { Annotation } from '../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import type { ChoiceFinish, Delta } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { Usage } from '../../gen/signalbox/chat/v1/usage_pb.ts';

/**
 * What a dialect decodes a provider's reply to, whole or streamed: the hub that every provider format and every client format
 * meets in. The pieces are generated messages; the union says when each is known.
 */
export type ChatEvent =
  /** What the provider says of the answer as a whole. May come again; the last value counts. */
  | {
      readonly kind: 'head';
      readonly serviceTier?: string | undefined;
      readonly systemFingerprint?: string | undefined;
    }
  /** An increment of one choice. */
  | { readonly kind: 'delta'; readonly delta: Delta }
  /** Sources of one choice's text. */
  | { readonly kind: 'annotations'; readonly index: number; readonly annotations: Annotation[] }
  /** How one choice ended. An answer is complete when every choice that began has ended. */
  | { readonly kind: 'finish'; readonly finish: ChoiceFinish }
  /** Tokens. May come again; the last value counts. */
  | { readonly kind: 'usage'; readonly usage: Usage };

/**
 * Whether an event shows that the model began to answer: text, reasoning, a refusal, a tool call, an image, audio, or an end.
 * Until then nothing has to be passed on, and another model can still take over.
 */
export function isFirstToken(event: ChatEvent): boolean {
  switch (event.kind) {
    case 'delta': {
      const { content, reasoningContent, refusal, toolCalls, images, audio } = event.delta;
      return Boolean(content || reasoningContent || refusal || toolCalls.length > 0 || images.length > 0 || audio);
    }
    case 'finish':
      return true;
    default:
      return false;
  }
}
