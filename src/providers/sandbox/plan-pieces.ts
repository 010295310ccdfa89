import type { Answer } from './answer.ts';
import { countTokens, mediaTokens, tokenise } from './tokenise.ts';

/** One increment of an answer. */
export type Piece =
  | { readonly kind: 'reasoning' | 'content' | 'refusal'; readonly text: string }
  /** Reasoning that is counted and not shown. */
  | { readonly kind: 'hidden' }
  | { readonly kind: 'call'; readonly callIndex: number; readonly name: string }
  | { readonly kind: 'arguments'; readonly callIndex: number; readonly text: string }
  | { readonly kind: 'image'; readonly url: string };

/** An answer within its limits: what one choice of it holds. */
export interface PlannedAnswer {
  readonly pieces: readonly Piece[];
  readonly finishReason: 'stop' | 'length' | 'tool_calls';
  /** All tokens, those of the next two included. */
  readonly tokens: number;
  /** `undefined`: the model does not reason. */
  readonly reasoningTokens: number | undefined;
  /** `undefined`: the model makes no images. */
  readonly imageTokens: number | undefined;
  /** Length of the content that is left, in characters. */
  readonly contentLength: number;
}

/**
 * Cuts an answer into increments of one token each, up to a number of tokens, and up to a text that stops it.
 *
 * @param maxTokens - the most tokens of all kinds.
 * @param stop - the content ends before the first of these; empty ones are passed over.
 */
export function planPieces(answer: Answer, maxTokens: number, stop: readonly string[]): PlannedAnswer {
  const pieces: Piece[] = [];
  let tokens = 0;
  let contentLength = 0;

  /** @returns whether all of the text fitted. */
  function addText(text: string, most: number, toPiece: (token: string) => Piece): boolean {
    let added = 0;
    for (const token of tokenise(text)) {
      if (tokens === maxTokens || added === most) {
        return false;
      }
      pieces.push(toPiece(token));
      tokens++;
      added++;
    }
    return true;
  }

  /** @returns what ends the answer. */
  function add(): PlannedAnswer['finishReason'] {
    const { reasoning, refusal, calls = [], image } = answer;
    if (reasoning !== undefined) {
      addText(reasoning.text, reasoning.maxTokens ?? maxTokens, (text) =>
        reasoning.isHidden ? { kind: 'hidden' } : { kind: 'reasoning', text },
      );
    }
    if (answer.content !== undefined) {
      const content = cutAtStop(answer.content, stop);
      if (content === '') {
        // So that the answer has a text, if an empty one.
        pieces.push({ kind: 'content', text: '' });
      }
      const isWhole = addText(content, maxTokens, (text) => {
        contentLength += text.length;
        return { kind: 'content', text };
      });
      if (!isWhole) {
        return 'length';
      }
      if (content !== answer.content) {
        return 'stop';
      }
    }
    if (refusal !== undefined && !addText(refusal, maxTokens, (text) => ({ kind: 'refusal', text }))) {
      return 'length';
    }
    for (const [callIndex, call] of calls.entries()) {
      const nameTokens = countTokens(call.name);
      if (tokens + nameTokens > maxTokens) {
        return 'length';
      }
      pieces.push({ kind: 'call', callIndex, name: call.name });
      tokens += nameTokens;
      if (!addText(call.arguments, maxTokens, (text) => ({ kind: 'arguments', callIndex, text }))) {
        return 'length';
      }
    }
    if (image !== undefined) {
      if (tokens + mediaTokens > maxTokens) {
        return 'length';
      }
      pieces.push({ kind: 'image', url: image });
      tokens += mediaTokens;
    }
    return calls.length > 0 ? 'tool_calls' : 'stop';
  }

  const finishReason = add();
  const reasoned = pieces.filter(({ kind }) => kind === 'reasoning' || kind === 'hidden').length;
  const drawn = pieces.filter(({ kind }) => kind === 'image').length;
  return {
    pieces,
    finishReason,
    tokens,
    reasoningTokens: answer.reasoning === undefined ? undefined : reasoned,
    imageTokens: answer.image === undefined ? undefined : drawn * mediaTokens,
    contentLength,
  };
}

function cutAtStop(text: string, stop: readonly string[]): string {
  const places = stop.map((end) => (end === '' ? -1 : text.indexOf(end))).filter((place) => place >= 0);
  return text.slice(0, Math.min(text.length, ...places));
}
