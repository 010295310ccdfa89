import { create } from '@bufbuild/protobuf';
import { type Annotation, AnnotationSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import type { ChatEvent } from '../../core/chat-event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { objects, piece, text } from '../read-values.ts';
import { createEncryptedDetail, createTextDetail, maxMemoBytes, ReasoningMemo } from '../signed-reasoning.ts';
import { SurrogateCarry } from '../surrogate-carry.ts';
import { tell } from '../tell-delta.ts';
import { TextBeforeAnswer } from '../text-before-answer.ts';
import { decodeEncrypted, type ReasoningFormat } from './reasoning-blocks.ts';

/** What the blocks of an answer are decoded with. */
export interface BlockOptions {
  /** The tool whose arguments are the answer. */
  readonly answerTool: string | undefined;
  /** The terms of the model's reasoning. */
  readonly reasoningFormat: ReasoningFormat;
}

/**
 * The most encrypted reasoning of one block, in bytes. More of it is not kept, and then cannot go back. Real ones are some kilobytes.
 */
const maxEncryptedBytes = 1024 * 1024;

/** What deltas are of. */
type BlockKind = 'text' | 'reasoning' | 'encrypted' | 'toolUse' | 'image';

/** A block that is being given. */
interface OpenBlock {
  /** `undefined`: it takes deltas of every kind. */
  readonly kind: BlockKind | undefined;
  /** Takes a delta. */
  add(delta: JsonObject): ChatEvent[];
  /** Ends the block. */
  stop(): ChatEvent[];
}

/** A block that means nothing to the client: the result of a tool that the provider runs, or a kind that is not known. */
const silentBlock: OpenBlock = { kind: undefined, add: () => [], stop: () => [] };
/** A call of a tool that the provider runs, or a second answer. */
const silentCall: OpenBlock = { ...silentBlock, kind: 'toolUse' };

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
  /** What is said in words where the answer is a tool's arguments. */
  readonly #words: TextBeforeAnswer;

  constructor(options: BlockOptions) {
    this.#options = options;
    this.#memo = new ReasoningMemo(options.reasoningFormat);
    this.#words = new TextBeforeAnswer(options.answerTool);
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

  /**
   * Adds a delta to a block, which it may open. Some models go from reasoning to text, or back, without a new index: what is of another
   * kind than the block ends it, and opens one.
   */
  add(index: JsonValue | undefined, delta: JsonObject): ChatEvent[] {
    const kind = kindOf(delta);
    const open = this.#open.get(index);
    if (open !== undefined && (open.kind === undefined || open.kind === kind)) return open.add(delta);
    const block = this.#openByDelta(kind);
    // Nothing is known of a call but its arguments, and nothing at all of other kinds.
    if (block === undefined) return [];
    const before = this.stop(index);
    this.#open.set(index, block);
    return [...before, ...block.add(delta)];
  }

  /** Ends a block. */
  stop(index: JsonValue | undefined): ChatEvent[] {
    const block = this.#open.get(index);
    this.#open.delete(index);
    return block?.stop() ?? [];
  }

  /** Ends the answer, with the blocks that were not ended. */
  end(): ChatEvent[] {
    return [...[...this.#open.keys()].flatMap((index) => this.stop(index)), ...this.#words.end()];
  }

  #openByDelta(kind: BlockKind | undefined): OpenBlock | undefined {
    switch (kind) {
      case 'text':
        return this.#openText();
      case 'reasoning':
        return this.#openReasoning();
      case 'encrypted':
        return this.#openEncrypted();
      default:
        return undefined;
    }
  }

  #openText(): OpenBlock {
    const carry = new SurrogateCarry();
    const startIndex = this.#textLength;
    const citations: JsonObject[] = [];
    return {
      kind: 'text',
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
        if (annotations.length === 0) return rest;
        return [...rest, ...this.#words.push([{ kind: 'annotations', index: 0, annotations }])];
      },
    };
  }

  #openReasoning(): OpenBlock {
    const { reasoningFormat } = this.#options;
    const carry = new SurrogateCarry();
    const place = this.#reasoningCount++;
    let reasoning = '';
    let signature = '';
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
      kind: 'reasoning',
      add: ({ reasoningContent }) => {
        if (!isJsonObject(reasoningContent)) return [];
        signature += piece(reasoningContent['signature'])?.toWellFormed() ?? '';
        return say(carry.push(piece(reasoningContent['text']) ?? ''));
      },
      stop: () => {
        const rest = say(carry.end());
        // Announced, and then of another kind.
        if (reasoning === '' && signature === '') return rest;
        this.#memo.add(signature === '' ? undefined : { text: reasoning, signature });
        const signed =
          signature === '' ? [] : tell({ reasoningDetails: [createTextDetail(reasoningFormat, place, { signature })] });
        return [...rest, ...signed];
      },
    };
  }

  /** Pieces of one block are one blob. */
  #openEncrypted(): OpenBlock {
    const place = this.#reasoningCount++;
    const pieces: string[] = [];
    let bytes = 0;
    return {
      kind: 'encrypted',
      add: ({ reasoningContent }) => {
        const redacted = isJsonObject(reasoningContent) ? text(reasoningContent['redactedContent']) : undefined;
        if (redacted === undefined) return [];
        bytes += Buffer.byteLength(redacted, 'base64');
        if (bytes > maxEncryptedBytes) pieces.length = 0;
        else pieces.push(redacted);
        return [];
      },
      stop: () => {
        if (bytes > maxEncryptedBytes) {
          this.#memo.add(undefined);
          return [];
        }
        const encrypted = decodeEncrypted(this.#options.reasoningFormat, joinBase64(pieces));
        this.#memo.add(encrypted);
        return tell({ reasoningDetails: [createEncryptedDetail(place, encrypted)] });
      },
    };
  }

  #startToolUse(index: JsonValue | undefined, toolUse: JsonObject): ChatEvent[] {
    if (toolUse['type'] === 'server_tool_use') {
      this.#open.set(index, silentCall);
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
    this.#open.set(index, this.#hasAnswered ? silentCall : collectInput((content) => tell({ content })));
    this.#hasAnswered = true;
    this.#words.drop();
    return [];
  }

  #say(content: string): ChatEvent[] {
    this.#textLength += content.length;
    return this.#words.push(tell({ content }));
  }
}

/** `undefined`: it says nothing, or is of a kind that is not known. */
function kindOf({ text: said, citation, reasoningContent, toolUse, image }: JsonObject): BlockKind | undefined {
  if (isJsonObject(reasoningContent)) {
    return reasoningContent['redactedContent'] === undefined ? 'reasoning' : 'encrypted';
  }
  if (isJsonObject(toolUse)) return 'toolUse';
  if (isJsonObject(image)) return 'image';
  return typeof said === 'string' || isJsonObject(citation) ? 'text' : undefined;
}

/** Each piece is base64 of its own. One alone stays as it came. */
function joinBase64(pieces: readonly string[]): string {
  const [only = ''] = pieces;
  if (pieces.length <= 1) return only;
  return Buffer.concat(pieces.map((encoded) => Buffer.from(encoded, 'base64'))).toString('base64');
}

/** The arguments of a call. In a stream they are pieces of text, else an object. Without any they are an empty object. */
function collectInput(say: (said: string) => ChatEvent[]): OpenBlock {
  const carry = new SurrogateCarry();
  let hasInput = false;
  return {
    kind: 'toolUse',
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
    kind: 'image',
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
