import type { Usage } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ChatEvent } from '../../src/core/chat-event.ts';

/** A tool call, its pieces joined. */
export interface PlainToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** What one choice says, its pieces joined. Nothing said is empty. */
export interface PlainChoice {
  readonly index: number;
  readonly content: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly toolCalls: readonly PlainToolCall[];
  /** Addresses of generated images. */
  readonly images: readonly string[];
  /** Addresses of cited pages. */
  readonly citations: readonly string[];
  /** `undefined`: the choice has not ended. */
  readonly finishReason: string | undefined;
}

/** Tokens, in the names that tests compare. Unknown is `undefined`. */
export interface PlainUsage {
  readonly prompt?: number | undefined;
  readonly completion?: number | undefined;
  readonly total?: number | undefined;
  readonly cached?: number | undefined;
  readonly reasoning?: number | undefined;
  readonly cost?: number | undefined;
}

/** An answer as people would tell it: without the pieces it came in. */
export interface PlainAnswer {
  /** By index. */
  readonly choices: readonly PlainChoice[];
  readonly usage: PlainUsage | undefined;
}

interface OpenChoice {
  content: string;
  reasoning: string;
  refusal: string;
  toolCalls: Map<number, { id: string; name: string; arguments: string }>;
  images: string[];
  citations: string[];
  finishReason: string | undefined;
}

/**
 * Joins the events of an answer, and holds them to what every answer keeps: ids and names are given once, tool calls are numbered in
 * order, each choice ends once.
 */
export class PlainAnswerCollector {
  readonly #choices = new Map<number, OpenChoice>();
  #usage: PlainUsage | undefined;

  get answer(): PlainAnswer {
    const choices = [...this.#choices].sort(([a], [b]) => a - b);
    return {
      choices: choices.map(([index, { toolCalls, ...choice }]) => ({
        index,
        ...choice,
        toolCalls: [...toolCalls.values()],
      })),
      usage: this.#usage,
    };
  }

  add(event: ChatEvent): void {
    switch (event.kind) {
      case 'delta':
        this.#addDelta(event.delta);
        break;
      case 'annotations':
        this.#open(event.index).citations.push(...event.annotations.map(({ urlCitation }) => urlCitation?.url ?? ''));
        break;
      case 'finish': {
        const choice = this.#open(event.finish.index);
        if (choice.finishReason !== undefined) throw new Error(`choice ${event.finish.index} ended twice`);
        choice.finishReason = event.finish.finishReason;
        break;
      }
      case 'usage':
        this.#usage = toPlainUsage(event.usage);
        break;
      case 'head':
        break;
    }
  }

  #addDelta(delta: Extract<ChatEvent, { kind: 'delta' }>['delta']): void {
    const choice = this.#open(delta.index);
    choice.content += delta.content ?? '';
    choice.reasoning += delta.reasoningContent ?? '';
    choice.refusal += delta.refusal ?? '';
    choice.images.push(...delta.images.map(({ imageUrl }) => imageUrl?.url ?? ''));
    for (const piece of delta.toolCalls) {
      let call = choice.toolCalls.get(piece.index);
      if (call === undefined) {
        if (piece.index !== choice.toolCalls.size) throw new Error(`tool call ${piece.index} came out of order`);
        if (!piece.id) throw new Error(`tool call ${piece.index} began without an id`);
        call = { id: piece.id, name: '', arguments: '' };
        choice.toolCalls.set(piece.index, call);
      } else if (piece.id !== undefined) {
        throw new Error(`tool call ${piece.index} was given its id twice`);
      }
      call.name += piece.function?.name ?? piece.custom?.name ?? '';
      call.arguments += piece.function?.arguments ?? piece.custom?.input ?? '';
    }
  }

  #open(index: number): OpenChoice {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = {
        content: '',
        reasoning: '',
        refusal: '',
        toolCalls: new Map(),
        images: [],
        citations: [],
        finishReason: undefined,
      };
      this.#choices.set(index, choice);
    }
    return choice;
  }
}

/** Joins the events of a whole answer. */
export function toPlainAnswer(events: Iterable<ChatEvent>): PlainAnswer {
  const collector = new PlainAnswerCollector();
  for (const event of events) collector.add(event);
  return collector.answer;
}

function toPlainUsage(usage: Usage): PlainUsage {
  return {
    prompt: usage.promptTokens,
    completion: usage.completionTokens,
    total: usage.totalTokens,
    cached: usage.promptTokensDetails?.cachedTokens,
    reasoning: usage.completionTokensDetails?.reasoningTokens,
    cost: usage.cost,
  };
}
