import { create } from '@bufbuild/protobuf';
import { type Annotation, AnnotationSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import type { ChatEvent } from '../../core/chat-event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { objects, piece, text } from '../read-values.ts';
import { createEncryptedDetail, createTextDetail, maxMemoBytes, ReasoningMemo } from '../signed-reasoning.ts';
import { SurrogateCarry } from '../surrogate-carry.ts';
import { tell } from '../tell-delta.ts';
import { decodeEncrypted, type ReasoningFormat } from './reasoning-blocks.ts';

/** What the blocks of an answer are decoded with. */
export interface BlockOptions {
  /** The tool whose arguments are the answer. */
  readonly answerTool: string | undefined;
  /** The terms of the model's reasoning. */
  readonly reasoningFormat: ReasoningFormat;
}

/** A block that is being given. */
interface OpenBlock {
  /** Takes a delta. */
  add(delta: JsonObject): ChatEvent[];
  /** Ends the block. */
  stop(): ChatEvent[];
}

/** A block that means nothing to the client: of a tool that the provider runs, its result, or a kind that is not known. */
const silentBlock: OpenBlock = { add: () => [], stop: () => [] };

/**
 * Decodes the content blocks of one answer to what they add to its one choice. Blocks of text and of reasoning come without a start: their
 * first delta opens them.
 */
export class BlockDecoder {
  readonly #options: BlockOptions;
  /** By the provider's index. */
  readonly #open = new Map<JsonValue | undefined, OpenBlock>();
  /** How long the text is, in UTF-16 units. */
  #textLength = 0;
  /** Where the last block that said something begins in it. */
  #lastTextStart = 0;
  #callCount = 0;
  #reasoningCount = 0;
  #hasAnswered = false;
  readonly #memo: ReasoningMemo;

  constructor(options: BlockOptions) {
    this.#options = options;
    this.#memo = new ReasoningMemo(options.reasoningFormat);
  }

  /** Whether a tool of the client's was called. */
  get calledTools(): boolean {
    return this.#callCount > 0;
  }

  /** Begins a block that says what it is. */
  start(index: JsonValue | undefined, start: JsonObject): ChatEvent[] {
    const before = this.stop(index);
    const { toolUse, image } = start;
    if (isJsonObject(toolUse)) return [...before, ...this.#startToolUse(index, toolUse)];
    if (isJsonObject(image)) this.#open.set(index, openImage(image));
    // Servers before the model may announce text and reasoning too, with nothing said.
    else if (!Object.keys(start).every((kind) => kind === 'text' || kind === 'reasoningContent')) {
      this.#open.set(index, silentBlock);
    }
    return before;
  }

  /** Adds a delta to a block, which it may open. */
  add(index: JsonValue | undefined, delta: JsonObject): ChatEvent[] {
    let block = this.#open.get(index);
    if (block === undefined) {
      block = isJsonObject(delta['reasoningContent']) ? this.#openReasoning() : this.#openText();
      this.#open.set(index, block);
    }
    return block.add(delta);
  }

  /** Ends a block. */
  stop(index: JsonValue | undefined): ChatEvent[] {
    const block = this.#open.get(index);
    this.#open.delete(index);
    return block?.stop() ?? [];
  }

  /** Ends the blocks that were not ended. */
  stopAll(): ChatEvent[] {
    return [...this.#open.keys()].flatMap((index) => this.stop(index));
  }

  #openText(): OpenBlock {
    const carry = new SurrogateCarry();
    const startIndex = this.#textLength;
    const citations: JsonObject[] = [];
    return {
      add: ({ text: said, citation }) => {
        if (isJsonObject(citation)) citations.push(citation);
        return this.#say(carry.push(piece(said) ?? ''));
      },
      stop: () => {
        const rest = this.#say(carry.end());
        // Nova cites pages in blocks without text, behind the block that they are for.
        if (this.#textLength > startIndex) this.#lastTextStart = startIndex;
        const place = { startIndex: this.#lastTextStart, endIndex: this.#textLength };
        const annotations = citations.flatMap((citation) => readCitation(citation, place));
        return annotations.length === 0 ? rest : [...rest, { kind: 'annotations', index: 0, annotations }];
      },
    };
  }

  #openReasoning(): OpenBlock {
    const { reasoningFormat } = this.#options;
    const carry = new SurrogateCarry();
    const place = this.#reasoningCount++;
    let reasoning = '';
    let signature = '';
    let redactedCount = 0;
    const say = (said: string): ChatEvent[] => {
      if (said === '') return [];
      // What is longer fits into no memo, and is not kept.
      if (reasoning.length <= maxMemoBytes) reasoning += said;
      return tell({
        reasoningContent: said,
        reasoningDetails: [createTextDetail(reasoningFormat, place, { text: said })],
      });
    };
    return {
      add: ({ reasoningContent }) => {
        if (!isJsonObject(reasoningContent)) return [];
        signature += piece(reasoningContent['signature'])?.toWellFormed() ?? '';
        const redacted = text(reasoningContent['redactedContent']);
        if (redacted === undefined) return say(carry.push(piece(reasoningContent['text']) ?? ''));
        const encrypted = decodeEncrypted(reasoningFormat, redacted);
        this.#memo.add(encrypted);
        const at = redactedCount++ === 0 ? place : this.#reasoningCount++;
        return tell({ reasoningDetails: [createEncryptedDetail(at, encrypted)] });
      },
      stop: () => {
        const rest = say(carry.end());
        if (redactedCount > 0 && reasoning === '') return rest;
        this.#memo.add(signature === '' ? undefined : { text: reasoning, signature });
        const signed =
          signature === '' ? [] : tell({ reasoningDetails: [createTextDetail(reasoningFormat, place, { signature })] });
        return [...rest, ...signed];
      },
    };
  }

  #startToolUse(index: JsonValue | undefined, toolUse: JsonObject): ChatEvent[] {
    if (toolUse['type'] === 'server_tool_use') {
      this.#open.set(index, silentBlock);
      return [];
    }
    const name = text(toolUse['name']) ?? '';
    if (name === this.#options.answerTool) return this.#startAnswer(index);
    const position = this.#callCount++;
    const say = (said: string): ChatEvent[] =>
      said === '' ? [] : tell({ toolCalls: [{ index: position, function: { arguments: said } }] });
    this.#open.set(index, collectInput(say));
    const id = this.#memo.pack(text(toolUse['toolUseId']) ?? `call_${position}`);
    return tell({ toolCalls: [{ index: position, id, type: 'function', function: { name, arguments: '' } }] });
  }

  /** The answer that comes as the arguments of a tool is content. A second one is none. */
  #startAnswer(index: JsonValue | undefined): ChatEvent[] {
    this.#open.set(index, this.#hasAnswered ? silentBlock : collectInput((content) => this.#say(content)));
    this.#hasAnswered = true;
    return [];
  }

  #say(content: string): ChatEvent[] {
    this.#textLength += content.length;
    return tell({ content });
  }
}

/** The arguments of a call. In a stream they are pieces of text, else an object. Without any they are an empty object. */
function collectInput(say: (said: string) => ChatEvent[]): OpenBlock {
  const carry = new SurrogateCarry();
  let hasInput = false;
  return {
    add({ toolUse }) {
      const input = isJsonObject(toolUse) ? toolUse['input'] : undefined;
      const said = isJsonObject(input) ? JSON.stringify(input) : piece(input);
      if (said === undefined) return [];
      hasInput = true;
      return say(carry.push(said));
    },
    stop: () => (hasInput ? say(carry.end()) : say('{}')),
  };
}

/** An image: …/APIReference/API_runtime_ImageBlockDelta.html (docs.aws.amazon.com/bedrock/latest). */
function openImage(start: JsonObject): OpenBlock {
  const format = text(start['format']) ?? 'png';
  return {
    add({ image }) {
      const source = isJsonObject(image) ? image['source'] : undefined;
      const bytes = isJsonObject(source) ? text(source['bytes']) : undefined;
      if (bytes === undefined) return [];
      return tell({ images: [{ type: 'image_url', imageUrl: { url: `data:image/${format};base64,${bytes}` } }] });
    },
    stop: () => [],
  };
}

/**
 * A citation of a page, with the text of its block: …/APIReference/API_runtime_Citation.html. Citations of documents that the client sent
 * have no address and are left out.
 */
function readCitation(citation: JsonObject, place: { startIndex: number; endIndex: number }): Annotation[] {
  const location = isJsonObject(citation['location']) ? citation['location'] : {};
  const web = isJsonObject(location['web']) ? location['web'] : {};
  const url = text(web['url']) ?? text(citation['source']);
  if (url === undefined) return [];
  const title = text(citation['title']) ?? text(web['domain']) ?? '';
  const quoted = objects(citation['sourceContent']).map((part) => text(part['text']) ?? '');
  const content = quoted.join('') || undefined;
  return [create(AnnotationSchema, { type: 'url_citation', urlCitation: { url, title, content, ...place } })];
}
