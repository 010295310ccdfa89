import { create } from '@bufbuild/protobuf';
import { type ToolCallDelta, ToolCallDeltaSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ReasoningDetail } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { objects, text } from '../read-values.ts';
import { PartialArgs } from './partial-args.ts';
import { createSignatureDetail, packSignature } from './thought-signature.ts';

/** A tool call that is complete. */
export interface DecodedCall {
  readonly call: ToolCallDelta;
  /** Its signature as a detail, if it has one. */
  readonly detail: ReasoningDetail | undefined;
}

interface OpenCall {
  readonly name: string;
  readonly id: string | undefined;
  args: JsonObject;
  partial: PartialArgs | undefined;
  signature: string | undefined;
}

/**
 * Decodes the function calls of one candidate. Calls come whole; where Vertex AI streams the arguments of one, it is given when it is
 * complete, since pieces that name their places make no JSON text before that.
 */
export class FunctionCallDecoder {
  readonly #idPrefix: string;
  #count = 0;
  #open: OpenCall | undefined;
  #isBroken = false;

  /** @param idPrefix - what the ids of calls without one begin with: Gemini 2.5 and earlier give none. */
  constructor(idPrefix: string) {
    this.#idPrefix = idPrefix;
  }

  /** Whether any call began. */
  get hasBegun(): boolean {
    return this.#count > 0 || this.#open !== undefined;
  }

  /** Whether a piece of some call's arguments could not be read. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /**
   * Takes a part with a function call.
   *
   * @param takeIndex - gives the place of a detail.
   * @returns the calls that it completes.
   */
  decode(part: JsonObject, fn: JsonObject, takeIndex: () => number): DecodedCall[] {
    const name = text(fn['name']);
    const signature = text(part['thoughtSignature']);
    const completed: DecodedCall[] = [];
    if (name !== undefined) completed.push(...this.end(takeIndex));
    // The empty call that ends streamed arguments can come after they have ended.
    const hasContent = name !== undefined || isJsonObject(fn['args']) || signature !== undefined;
    if (this.#open === undefined && !hasContent) return completed;
    this.#open ??= { name: name ?? '', id: text(fn['id']), args: {}, partial: undefined, signature: undefined };
    this.#open.signature ??= signature;
    this.#takeArguments(this.#open, fn);
    if (fn['willContinue'] !== true) completed.push(...this.end(takeIndex));
    return completed;
  }

  /** Completes the call that is open, whose end Vertex AI does not always send. */
  end(takeIndex: () => number): DecodedCall[] {
    const open = this.#open;
    if (open === undefined) return [];
    this.#open = undefined;
    const index = this.#count;
    this.#count += 1;
    const id = open.id ?? `${this.#idPrefix}${index}`;
    const { signature } = open;
    const call = create(ToolCallDeltaSchema, {
      index,
      id: signature === undefined ? id : packSignature(id, signature),
      type: 'function',
      function: { name: open.name, arguments: JSON.stringify(open.partial?.toJson() ?? open.args) },
    });
    return [{ call, detail: signature === undefined ? undefined : createSignatureDetail(takeIndex(), signature, id) }];
  }

  #takeArguments(open: OpenCall, fn: JsonObject): void {
    if (isJsonObject(fn['args'])) open.args = fn['args'];
    for (const piece of objects(fn['partialArgs'])) {
      open.partial ??= new PartialArgs(open.args);
      if (!open.partial.push(piece)) this.#isBroken = true;
    }
  }
}
