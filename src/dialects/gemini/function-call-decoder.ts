import { create } from '@bufbuild/protobuf';
import { type ToolCallDelta, ToolCallDeltaSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ReasoningDetail } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { JsonSource } from '../json-source.ts';
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
  id: string | undefined;
  args: JsonObject;
  /** The text of `args`, as it came. */
  argsText: string;
  partial: PartialArgs | undefined;
  signature: string | undefined;
  /** Whether all of it came. */
  isDone: boolean;
}

/** How many calls can be open at once, each with its arguments held. */
const maxOpenCalls = 128;

/** What a piece is counted with beside its texts, in bytes. */
const pieceBytes = 16;

/**
 * Decodes the function calls of one candidate. Calls come whole; where Vertex AI streams the arguments of one, it is given when it is
 * complete, since pieces that name their places make no JSON text before that. Calls with ids can come in turns, piece by piece; they are
 * given in the order in which they began.
 */
export class FunctionCallDecoder {
  readonly #idPrefix: string;
  readonly #maxHeldBytes: number;
  #count = 0;
  /** The calls that were not given yet, in the order in which they began. */
  #open: OpenCall[] = [];
  /** The call that got the last piece. */
  #last: OpenCall | undefined;
  #heldBytes = 0;
  #problem: string | undefined;

  /**
   * @param idPrefix - what the ids of calls without one begin with: Gemini 2.5 and earlier give none.
   * @param maxHeldBytes - how large the arguments that come in pieces may be, of all calls together.
   */
  constructor(idPrefix: string, maxHeldBytes: number) {
    this.#idPrefix = idPrefix;
    this.#maxHeldBytes = maxHeldBytes;
  }

  /** Whether any call began. */
  get hasBegun(): boolean {
    return this.#count > 0 || this.#open.length > 0;
  }

  /** Why the calls cannot be used, as the end of a sentence. `undefined`: they can. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Takes a part with a function call.
   *
   * @param source - has the text of its arguments.
   * @param takeIndex - gives the place of a detail.
   * @returns the calls that it completes.
   */
  decode(part: JsonObject, fn: JsonObject, source: JsonSource, takeIndex: () => number): DecodedCall[] {
    const signature = text(part['thoughtSignature']);
    const call = this.#findOpen(fn) ?? this.#begin(fn, signature !== undefined);
    if (call !== undefined) {
      call.signature ??= signature;
      this.#takeArguments(call, fn, source);
      if (fn['willContinue'] !== true) call.isDone = true;
      this.#last = call;
    }
    return this.#give(takeIndex);
  }

  /** Completes the calls that are open, whose end Vertex AI does not always send. */
  end(takeIndex: () => number): DecodedCall[] {
    for (const call of this.#open) call.isDone = true;
    return this.#give(takeIndex);
  }

  /** The call that a piece goes on with. `undefined`: it begins one. */
  #findOpen(fn: JsonObject): OpenCall | undefined {
    const id = text(fn['id']);
    const open = this.#open.filter((call) => !call.isDone);
    if (id !== undefined) {
      const own = open.find((call) => call.id === id);
      if (own !== undefined || text(fn['name']) !== undefined) return own;
      // One that began without an id may be given it later.
      if (this.#last?.isDone !== false || this.#last.id !== undefined) return undefined;
      this.#last.id = id;
      return this.#last;
    }
    if (text(fn['name']) !== undefined) return undefined;
    // Of several that are open, a piece without an id could be any one's.
    if (open.length > 1 && hasArguments(fn)) {
      this.#problem = 'a piece of arguments names none of several open tool calls';
    }
    return this.#last?.isDone === false ? this.#last : open.at(-1);
  }

  /** Begins a call. `undefined`: the piece has nothing for one. */
  #begin(fn: JsonObject, isSigned: boolean): OpenCall | undefined {
    const name = text(fn['name']);
    const id = text(fn['id']);
    if (name === undefined) {
      if (id !== undefined && hasArguments(fn)) this.#problem = 'a piece of arguments is of no open tool call';
      // The empty call that ends streamed arguments can come after they have ended.
      if (!(isJsonObject(fn['args']) || isSigned)) return undefined;
    }
    // Nothing can go on with a call that has no id once another has begun, and nothing tells two without ids apart.
    for (const call of this.#open) if (call.id === undefined || id === undefined) call.isDone = true;
    if (this.#open.length >= maxOpenCalls) this.#problem = `more than ${maxOpenCalls} tool calls are open at once`;
    const call: OpenCall = {
      name: name ?? '',
      id,
      args: {},
      argsText: '{}',
      partial: undefined,
      signature: undefined,
      isDone: false,
    };
    this.#open.push(call);
    return call;
  }

  #give(takeIndex: () => number): DecodedCall[] {
    const given = this.#open.findIndex((call) => !call.isDone);
    const done = this.#open.splice(0, given === -1 ? this.#open.length : given);
    return done.map((call) => this.#complete(call, takeIndex));
  }

  #complete(open: OpenCall, takeIndex: () => number): DecodedCall {
    const index = this.#count;
    this.#count += 1;
    const id = open.id ?? `${this.#idPrefix}${index}`;
    const { signature } = open;
    const call = create(ToolCallDeltaSchema, {
      index,
      id: signature === undefined ? id : packSignature(id, signature),
      type: 'function',
      function: {
        name: open.name,
        arguments: open.partial === undefined ? open.argsText : JSON.stringify(open.partial.toJson()),
      },
    });
    return { call, detail: signature === undefined ? undefined : createSignatureDetail(takeIndex(), signature, id) };
  }

  #takeArguments(open: OpenCall, fn: JsonObject, source: JsonSource): void {
    if (isJsonObject(fn['args'])) {
      open.args = fn['args'];
      open.argsText = source.textOf(open.args);
      // A whole call is given at once, unless one that began before it is not complete.
      if (fn['willContinue'] === true || open !== this.#open[0]) this.#hold(open.argsText);
    }
    for (const piece of objects(fn['partialArgs'])) {
      open.partial ??= new PartialArgs(open.args);
      this.#hold(piece['jsonPath'], piece['stringValue']);
      if (!open.partial.push(piece)) this.#problem = 'a tool call has arguments that cannot be put together';
    }
  }

  /** Counts what is kept until a call is complete. */
  #hold(...texts: readonly (JsonValue | undefined)[]): void {
    this.#heldBytes += pieceBytes;
    for (const kept of texts) if (typeof kept === 'string') this.#heldBytes += Buffer.byteLength(kept);
    if (this.#heldBytes > this.#maxHeldBytes) {
      this.#problem = `its tool calls have arguments in pieces of more than ${this.#maxHeldBytes} bytes`;
    }
  }
}

function hasArguments(fn: JsonObject): boolean {
  return isJsonObject(fn['args']) || objects(fn['partialArgs']).length > 0;
}
