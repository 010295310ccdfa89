import type { ToolCallDelta } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ChatEvent } from '../../core/chat-event.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { count, objectOf, oneOrMore, piece, text } from '../read-values.ts';
import { SurrogateCarry } from '../surrogate-carry.ts';
import { tell } from '../tell-delta.ts';
import { CitationDecoder } from './citation-decoder.ts';
import { decodeLogprobs } from './decode-logprobs.ts';
import { decodeUsage } from './decode-usage.ts';
import { createFinish } from './finish-reason.ts';
import { ToolCallDecoder } from './tool-call-decoder.ts';
import type { ToolNames } from './tool-names.ts';

/**
 * Decodes one answer, event by event (docs.cohere.com/docs/streaming) or whole. Both are decoded by the same rules.
 *
 * Blocks of thinking are reasoning, and so is the tool plan: it is what the model says to itself before it calls tools. Events that
 * are not known are passed over.
 */
export class AnswerDecoder {
  readonly #calls: ToolCallDecoder;
  readonly #content = new SurrogateCarry();
  readonly #reasoning = new SurrogateCarry();
  readonly #citations = new CitationDecoder();
  /** The block that the content being carried belongs to. */
  #textBlock = 0;
  #hasBegun = false;
  #hasEnded = false;

  /** @param toolNames - of the request. */
  constructor(toolNames: ToolNames) {
    this.#calls = new ToolCallDecoder(toolNames);
  }

  /** Whether the answer began. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether the provider said how the answer ended: nothing but its end mark can follow. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Decodes one event of a stream. The caller has looked for an error in it. */
  decode(event: JsonObject): ChatEvent[] {
    if (this.#hasEnded) return [];
    const { index } = event;
    const delta = objectOf(event['delta']);
    const message = objectOf(delta['message']);
    switch (event['type']) {
      case 'message-start':
        return this.#hasBegun ? [] : this.#addMessage(message);
      case 'content-start':
      case 'content-delta':
        return this.#addContent(index, message['content'], event['logprobs']);
      case 'content-end':
        return this.#endTexts();
      case 'tool-plan-delta':
        return this.#begin(tell({ reasoningContent: this.#reasoning.push(piece(message['tool_plan']) ?? '') }));
      case 'tool-call-start':
        return this.#begin(this.#decodeCalls((call) => this.#calls.start(index, call), message));
      case 'tool-call-delta':
        return this.#begin(this.#decodeCalls((call) => this.#calls.add(index, call), message));
      case 'tool-call-end':
        return tellCalls(this.#calls.end(index));
      case 'citation-start':
        for (const citation of oneOrMore(message['citations'])) this.#citations.add(citation);
        return this.#begin([]);
      case 'message-end':
        return this.end(text(delta['finish_reason']), delta['usage']);
      default:
        return [];
    }
  }

  /** Decodes a whole answer. The caller has looked for an error in it. */
  decodeWhole(reply: JsonObject): ChatEvent[] {
    const said = this.#addMessage(objectOf(reply['message']));
    const logprobs = decodeLogprobs(reply['logprobs']);
    const weighed = logprobs === undefined ? [] : tell({ logprobs });
    return [...said, ...weighed, ...this.end(text(reply['finish_reason']), reply['usage'])];
  }

  /**
   * Ends the answer.
   *
   * @param finishReason - the provider's word. `undefined`: it gave none, and its end mark is all that says so.
   */
  end(finishReason: string | undefined, usage: JsonValue | undefined): ChatEvent[] {
    if (this.#hasEnded) return [];
    this.#hasBegun = true;
    this.#hasEnded = true;
    const events = [...this.#endTexts(), ...tellCalls(this.#calls.endAll())];
    const annotations = this.#citations.end();
    if (annotations.length > 0) events.push({ kind: 'annotations', index: 0, annotations });
    events.push({ kind: 'finish', finish: createFinish(finishReason, this.#calls.hasBegun) });
    const counted = decodeUsage(usage);
    if (counted !== undefined) events.push({ kind: 'usage', usage: counted });
    return events;
  }

  /** Adds a message with all that it holds: of a whole answer, or empty at the beginning of a stream. */
  #addMessage(message: JsonObject): ChatEvent[] {
    this.#hasBegun = true;
    const { content, tool_plan: plan } = message;
    const said =
      typeof content === 'string'
        ? this.#addContent(0, { text: content }, undefined)
        : oneOrMore(content).flatMap((block, index) => this.#addContent(index, block, undefined));
    const planned = tell({ reasoningContent: this.#reasoning.push(piece(plan) ?? '') });
    const called = oneOrMore(message['tool_calls']).flatMap((call) => {
      return [...this.#calls.start(undefined, call), ...this.#calls.end(undefined)];
    });
    for (const citation of oneOrMore(message['citations'])) this.#citations.add(citation);
    return [...said, ...planned, ...this.#endTexts(), ...tellCalls(called)];
  }

  /** Adds a block of content, or a piece of one. Its fields tell what it is: pieces have no type. */
  #addContent(
    index: JsonValue | undefined,
    content: JsonValue | undefined,
    logprobs: JsonValue | undefined,
  ): ChatEvent[] {
    const weighed = decodeLogprobs(logprobs);
    return this.#begin(
      oneOrMore(content).flatMap((block) => {
        const said = this.#say(count(index) ?? 0, piece(block['text']) ?? '');
        const reasoningContent = this.#reasoning.push(piece(block['thinking']) ?? '');
        return [...tell({ content: said, reasoningContent, logprobs: weighed }), ...tellImage(block)];
      }),
    );
  }

  #say(index: number, text: string): string {
    if (text !== '') this.#textBlock = index;
    return this.#keep(this.#content.push(text));
  }

  #endTexts(): ChatEvent[] {
    return tell({ content: this.#keep(this.#content.end()), reasoningContent: this.#reasoning.end() });
  }

  #keep(content: string): string {
    this.#citations.addText(this.#textBlock, content);
    return content;
  }

  #decodeCalls(decode: (call: JsonObject) => ToolCallDelta[], message: JsonObject): ChatEvent[] {
    return tellCalls(oneOrMore(message['tool_calls']).flatMap(decode));
  }

  #begin(events: ChatEvent[]): ChatEvent[] {
    this.#hasBegun = true;
    return events;
  }
}

function tellCalls(toolCalls: ToolCallDelta[]): ChatEvent[] {
  return toolCalls.length === 0 ? [] : tell({ toolCalls });
}

/** Cohere's own models give no images; servers that follow the format may, in the form of a request's. */
function tellImage(block: JsonObject): ChatEvent[] {
  const url = text(objectOf(block['image_url'])['url']);
  return url === undefined ? [] : tell({ images: [{ type: 'image_url', imageUrl: { url } }] });
}
