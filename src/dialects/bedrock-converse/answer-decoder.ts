import type { ChatEvent } from '../../core/chat-event.ts';
import type { JsonObject } from '../../core/json.ts';
import { objectOf, text } from '../read-values.ts';
import { BlockDecoder, type BlockOptions } from './block-decoder.ts';
import { decodeReasoningTokens, decodeUsage } from './decode-usage.ts';
import { createFinish } from './finish-reason.ts';

/**
 * Decodes the events of one stream: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html. A whole answer is
 * decoded by the same rules, block by block.
 *
 * Events and blocks that are not known are passed over: new ones come without a new version of the API.
 */
export class AnswerDecoder {
  readonly #blocks: BlockDecoder;
  #reasoningTokens: number | undefined;
  #hasBegun = false;
  #hasEnded = false;

  constructor(options: BlockOptions) {
    this.#blocks = new BlockDecoder(options);
  }

  /** Whether the answer began. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether the provider said how the answer ended: only its usage can follow. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether an event is the last of a stream that has ended. */
  static isLast(type: string | undefined): boolean {
    return type === 'metadata';
  }

  /** Decodes one event of a stream. */
  decode(type: string | undefined, event: JsonObject): ChatEvent[] {
    switch (type) {
      case 'messageStart':
        this.#hasBegun = true;
        return [];
      case 'contentBlockStart':
        return this.#unlessEnded(() => this.#blocks.start(event['contentBlockIndex'], objectOf(event['start'])));
      case 'contentBlockDelta':
        return this.#unlessEnded(() => this.#blocks.add(event['contentBlockIndex'], objectOf(event['delta'])));
      case 'contentBlockStop':
        return this.#unlessEnded(() => this.#blocks.stop(event['contentBlockIndex']));
      case 'messageStop':
        this.#hasBegun = true;
        return this.end(event);
      case 'metadata':
        return this.tellMetadata(event);
      default:
        return [];
    }
  }

  /** Ends the answer, by what has its stop reason. */
  end({ stopReason, additionalModelResponseFields }: JsonObject): ChatEvent[] {
    if (this.#hasEnded) return [];
    this.#hasEnded = true;
    this.#reasoningTokens = decodeReasoningTokens(additionalModelResponseFields);
    const events = this.#blocks.end();
    return [...events, { kind: 'finish', finish: createFinish(text(stopReason), this.#blocks.calledTools) }];
  }

  /** Decodes what is said of the answer as a whole. */
  tellMetadata({ usage: counts, serviceTier }: JsonObject): ChatEvent[] {
    const usage = decodeUsage(counts, this.#reasoningTokens);
    const tier = text(objectOf(serviceTier)['type']);
    return [
      ...(tier === undefined ? [] : [{ kind: 'head', serviceTier: tier } as const]),
      ...(usage === undefined ? [] : [{ kind: 'usage', usage } as const]),
    ];
  }

  #unlessEnded(decode: () => ChatEvent[]): ChatEvent[] {
    if (this.#hasEnded) return [];
    this.#hasBegun = true;
    return decode();
  }
}
