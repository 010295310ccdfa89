import { create } from '@bufbuild/protobuf';
import { type Annotation, AnnotationSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import type { ChatEvent } from '../../core/chat-event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { objects, piece, text } from '../read-values.ts';
import {
  claudeFormat,
  createEncryptedDetail,
  createTextDetail,
  maxMemoBytes,
  ReasoningMemo,
} from '../signed-reasoning.ts';
import { SurrogateCarry } from '../surrogate-carry.ts';
import { tell } from '../tell-delta.ts';
import { TextBeforeAnswer } from '../text-before-answer.ts';

/** A block that is being given. Of those that mean nothing to the client there is none. */
interface OpenBlock {
  /** Takes a delta. */
  add(delta: JsonObject): ChatEvent[];
  /** Ends the block. */
  stop(): ChatEvent[];
}

/** Decodes the content blocks of one answer to what they add to its one choice. */
export class BlockDecoder {
  readonly #answerTool: string | undefined;
  /** Blocks come one after another. `undefined` is the index of one that comes whole. */
  #open: { readonly index: JsonValue | undefined; readonly block: OpenBlock } | undefined;
  /** How long the text is, in UTF-16 units. */
  #textLength = 0;
  /** What is said in words where the answer is a tool's arguments. */
  readonly #words: TextBeforeAnswer;
  #callCount = 0;
  #thinkingCount = 0;
  #hasAnswered = false;
  readonly #memo = new ReasoningMemo(claudeFormat);

  /** @param answerTool - the tool whose arguments are the answer. */
  constructor(answerTool: string | undefined) {
    this.#answerTool = answerTool;
    this.#words = new TextBeforeAnswer(answerTool);
  }

  /** Whether a tool of the client's was called. */
  get calledTools(): boolean {
    return this.#callCount > 0;
  }

  /** Begins a block, with what it holds already. */
  start(index: JsonValue | undefined, block: JsonObject): ChatEvent[] {
    const before = this.stop();
    switch (block['type']) {
      case 'text':
        return [...before, ...this.#startText(index, block)];
      case 'thinking':
        return [...before, ...this.#startThinking(index, block)];
      case 'redacted_thinking':
        return [...before, ...this.#tellRedacted(block)];
      case 'tool_use':
        return [...before, ...this.#startToolUse(index, block)];
      case 'image':
        return [...before, ...tellImage(block)];
      default:
        // Tools that the provider runs, with their results; summaries of what was left out of the context.
        return before;
    }
  }

  /** Adds a delta to a block. */
  add(index: JsonValue | undefined, delta: JsonObject): ChatEvent[] {
    const open = this.#open;
    return open !== undefined && open.index === index ? open.block.add(delta) : [];
  }

  /** Ends the block that is open. */
  stop(): ChatEvent[] {
    const open = this.#open;
    this.#open = undefined;
    return open?.block.stop() ?? [];
  }

  /** Ends the answer: nothing comes any more. */
  end(): ChatEvent[] {
    return [...this.stop(), ...this.#words.end()];
  }

  #begin(index: JsonValue | undefined, block: OpenBlock): void {
    this.#open = { index, block };
  }

  #startText(index: JsonValue | undefined, block: JsonObject): ChatEvent[] {
    const carry = new SurrogateCarry();
    const startIndex = this.#textLength;
    const citations = objects(block['citations']);
    const say = (content: string): ChatEvent[] => {
      this.#textLength += content.length;
      return this.#words.push(tell({ content }));
    };
    this.#begin(index, {
      add: (delta) => {
        if (isJsonObject(delta['citation'])) citations.push(delta['citation']);
        return say(carry.push(piece(delta['text']) ?? ''));
      },
      stop: () => {
        const rest = say(carry.end());
        const annotations = citations.flatMap((citation) => readCitation(citation, startIndex, this.#textLength));
        return annotations.length === 0
          ? rest
          : [...rest, ...this.#words.push([{ kind: 'annotations', index: 0, annotations }])];
      },
    });
    return say(carry.push(piece(block['text']) ?? ''));
  }

  #startThinking(index: JsonValue | undefined, block: JsonObject): ChatEvent[] {
    const carry = new SurrogateCarry();
    const place = this.#thinkingCount++;
    let thinking = '';
    let signature = '';
    const say = (said: string): ChatEvent[] => {
      if (said === '') return [];
      // What is longer fits into no memo, and is not kept.
      if (thinking.length <= maxMemoBytes) thinking += said;
      return tell({
        reasoningContent: said,
        reasoningDetails: [createTextDetail(claudeFormat, place, { text: said })],
      });
    };
    // It comes once, and whole.
    const sign = (value: JsonValue | undefined): void => {
      signature ||= text(value) ?? '';
    };
    const begun = say(carry.push(piece(block['thinking']) ?? ''));
    sign(block['signature']);
    this.#begin(index, {
      add: (delta) => {
        sign(delta['signature']);
        return say(carry.push(piece(delta['thinking']) ?? ''));
      },
      stop: () => {
        const rest = say(carry.end());
        this.#memo.add(signature === '' ? undefined : { text: thinking, signature });
        const signed =
          signature === '' ? [] : tell({ reasoningDetails: [createTextDetail(claudeFormat, place, { signature })] });
        return [...rest, ...signed];
      },
    });
    return begun;
  }

  #tellRedacted(block: JsonObject): ChatEvent[] {
    const data = text(block['data']);
    if (data === undefined) return [];
    const encrypted = { data, format: claudeFormat };
    this.#memo.add(encrypted);
    return tell({ reasoningDetails: [createEncryptedDetail(this.#thinkingCount++, encrypted)] });
  }

  #startToolUse(index: JsonValue | undefined, block: JsonObject): ChatEvent[] {
    const name = text(block['name']) ?? '';
    if (name === this.#answerTool) return this.#startAnswer(index, block);
    const position = this.#callCount++;
    const say = (said: string): ChatEvent[] =>
      said === '' ? [] : tell({ toolCalls: [{ index: position, function: { arguments: said } }] });
    this.#begin(index, collectInput(block, say));
    const call = {
      index: position,
      id: this.#memo.pack(text(block['id']) ?? `call_${position}`),
      type: 'function',
      function: { name, arguments: '' },
    };
    return tell({ toolCalls: [call] });
  }

  /** The answer that comes as the arguments of a tool is content. A second one is none. */
  #startAnswer(index: JsonValue | undefined, block: JsonObject): ChatEvent[] {
    if (this.#hasAnswered) return [];
    this.#hasAnswered = true;
    this.#words.drop();
    this.#begin(
      index,
      collectInput(block, (content) => tell({ content })),
    );
    return [];
  }
}

/** The arguments of a call: in pieces, or whole in the block itself. Without either they are an empty object. */
function collectInput(block: JsonObject, say: (said: string) => ChatEvent[]): OpenBlock {
  const carry = new SurrogateCarry();
  let hasPieces = false;
  return {
    add(delta) {
      const said = piece(delta['partial_json']);
      if (said === undefined) return [];
      hasPieces = true;
      return say(carry.push(said));
    },
    stop() {
      if (hasPieces) return say(carry.end());
      const input = block['input'];
      const whole = typeof input === 'string' ? input : JSON.stringify(input ?? {});
      return say((whole || '{}').toWellFormed());
    },
  };
}

/** Anthropic's own models give no images; servers that follow the format may, in the form of a request's. */
function tellImage(block: JsonObject): ChatEvent[] {
  const source = isJsonObject(block['source']) ? block['source'] : {};
  const data = text(source['data']);
  const url =
    data === undefined ? text(source['url']) : `data:${text(source['media_type']) ?? 'image/png'};base64,${data}`;
  return url === undefined ? [] : tell({ images: [{ type: 'image_url', imageUrl: { url } }] });
}

/**
 * A citation of a page, with the text that it stands behind: the block's. Citations of documents that the client sent have no address and
 * are left out.
 */
function readCitation(citation: JsonObject, startIndex: number, endIndex: number): Annotation[] {
  const url = text(citation['url']) ?? text(citation['source']);
  if (url === undefined) return [];
  const title = text(citation['title']) ?? '';
  const content = text(citation['cited_text']);
  return [
    create(AnnotationSchema, { type: 'url_citation', urlCitation: { url, title, content, startIndex, endIndex } }),
  ];
}
