import { create } from '@bufbuild/protobuf';
import { DeltaSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ChatEvent } from '../../core/chat-event.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { objectOf, objects, text } from '../read-values.ts';
import { BlockDecoder } from './block-decoder.ts';
import { UsageDecoder } from './decode-usage.ts';
import { createFinish } from './finish-reason.ts';

/**
 * Decodes the events of one answer: platform.claude.com/docs/en/build-with-claude/streaming. A whole answer is decoded by the same
 * rules, block by block.
 *
 * Events and blocks that are not known are passed over: new ones come without a new version of the API.
 */
export class AnswerDecoder {
  readonly #usage = new UsageDecoder();
  readonly #blocks: BlockDecoder;
  #hasBegun = false;
  #hasEnded = false;

  /** @param answerTool - the tool whose arguments are the answer. */
  constructor(answerTool: string | undefined) {
    this.#blocks = new BlockDecoder(answerTool);
  }

  /** Whether the answer began. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether the provider said how the answer ended: nothing but its end mark can follow. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether an event is the provider's mark for the end of the stream. */
  static isEndMark(event: JsonObject): boolean {
    return event['type'] === 'message_stop';
  }

  /** Decodes one event of a stream. The caller has looked for an error in it. */
  decode(event: JsonObject): ChatEvent[] {
    switch (event['type']) {
      case 'message_start':
        return this.#hasBegun ? [] : this.begin(objectOf(event['message']));
      case 'content_block_start':
        return this.#unlessEnded(() => this.#blocks.start(event['index'], objectOf(event['content_block'])));
      case 'content_block_delta':
        return this.#unlessEnded(() => this.#blocks.add(event['index'], objectOf(event['delta'])));
      case 'content_block_stop':
        return this.#unlessEnded(() => this.#blocks.stop());
      case 'message_delta':
        return this.#decodeMessageDelta(event);
      default:
        return [];
    }
  }

  /** Begins the answer with a message, whose content may be there already. */
  begin(message: JsonObject): ChatEvent[] {
    this.#hasBegun = true;
    this.#usage.add(message['usage']);
    const tier = text(objectOf(message['usage'])['service_tier']);
    const head: ChatEvent[] = tier === undefined ? [] : [{ kind: 'head', serviceTier: tier }];
    const content = message['content'];
    // Servers that follow the format may give a text in place of the blocks.
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : objects(content);
    return [...head, ...blocks.flatMap((block) => [...this.#blocks.start(undefined, block), ...this.#blocks.stop()])];
  }

  /**
   * Ends the answer.
   *
   * @param stopReason - the provider's word. `undefined`: it gave none, and its end mark is all that says so.
   */
  end(stopReason: string | undefined, stopDetails: JsonValue | undefined): ChatEvent[] {
    if (this.#hasEnded) return [];
    const events = this.#blocks.end();
    // Why the provider's own filter took the answer.
    const refusal = stopReason === 'refusal' ? text(objectOf(stopDetails)['explanation']) : undefined;
    if (refusal !== undefined) events.push({ kind: 'delta', delta: create(DeltaSchema, { refusal }) });
    events.push({ kind: 'finish', finish: createFinish(stopReason, this.#blocks.calledTools) });
    this.#hasEnded = true;
    return [...events, ...this.#tellUsage()];
  }

  /** Decodes the stop of an answer and its last counts. */
  #decodeMessageDelta(event: JsonObject): ChatEvent[] {
    this.#hasBegun = true;
    this.#usage.add(event['usage']);
    const delta = objectOf(event['delta']);
    const stopReason = text(delta['stop_reason']);
    if (stopReason === undefined) return [];
    return this.#hasEnded ? this.#tellUsage() : this.end(stopReason, delta['stop_details']);
  }

  #unlessEnded(decode: () => ChatEvent[]): ChatEvent[] {
    if (this.#hasEnded) return [];
    this.#hasBegun = true;
    return decode();
  }

  #tellUsage(): ChatEvent[] {
    const { usage } = this.#usage;
    return usage === undefined ? [] : [{ kind: 'usage', usage }];
  }
}
