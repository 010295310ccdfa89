import { create } from '@bufbuild/protobuf';
import { type ToolCallDelta, ToolCallDeltaSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { JsonExtent } from './json-extent.ts';
import { isCustomCall, noArguments, number, piece, readArguments, text } from './reply-fields.ts';
import { SurrogateCarry } from './surrogate-carry.ts';

/** What is known of one tool call that is being streamed. */
interface OpenCall {
  readonly position: number;
  readonly id: string;
  readonly isCustom: boolean;
  name: string | undefined;
  /** What its arguments or its input is joined in. */
  readonly carry: SurrogateCarry;
  /** Whether the id is the provider's. Where not, nothing but its arguments tells it from the next call. */
  readonly hasOwnId: boolean;
  /** How far its arguments have come. */
  readonly extent: JsonExtent;
}

/** Decodes the pieces of the tool calls of one choice. It remembers which calls are open, and numbers them in their order. */
export class ToolCallDecoder {
  readonly #calls: OpenCall[] = [];
  /** The last call with each index of the provider's. */
  readonly #byIndex = new Map<number, OpenCall>();
  readonly #idPrefix: string;

  /** @param idPrefix - what the ids begin with that are made here, for calls to which the provider gives none. */
  constructor(idPrefix: string) {
    this.#idPrefix = idPrefix;
  }

  /** Whether any call began. */
  get hasBegun(): boolean {
    return this.#calls.length > 0;
  }

  /** Whether the arguments of any call have begun and not ended. */
  get hasHalfCall(): boolean {
    return this.#calls.some(({ isCustom, extent }) => !isCustom && extent.isOpen);
  }

  /** Decodes a piece of a call. Id, type and name are given once, as OpenAI does; some providers repeat them. */
  decode(json: JsonObject): ToolCallDelta {
    const known = this.#findCall(json);
    const call = known ?? this.#openCall(json);
    const fn = !call.isCustom && isJsonObject(json['function']) ? json['function'] : undefined;
    const custom = call.isCustom && isJsonObject(json['custom']) ? json['custom'] : undefined;
    const newName = call.name === undefined ? readCallName(json) : undefined;
    call.name ??= newName;
    const body = fn ? readArguments(fn) : (piece(custom?.['input']) ?? '');
    if (!call.isCustom) call.extent.push(body);
    const said = call.carry.push(body);
    return create(ToolCallDeltaSchema, {
      index: call.position,
      ...(known === undefined && { id: call.id, type: text(json['type']) ?? (call.isCustom ? 'custom' : 'function') }),
      ...(fn && { function: { name: newName, arguments: said } }),
      ...(custom && { custom: { name: newName, input: said } }),
    });
  }

  /**
   * Ends the calls: what is still held of them, and the empty object for the arguments of a call that came without any, since no client
   * can parse nothing.
   *
   * @param isCutShort - whether the answer stopped before its end, so that arguments may be missing and none are made up.
   */
  end(isCutShort: boolean): ToolCallDelta[] {
    return this.#calls.flatMap(({ position, isCustom, carry, extent }) => {
      const held = carry.end();
      const rest = !isCutShort && !isCustom && extent.isBlank ? noArguments : held;
      if (rest === '') return [];
      return create(ToolCallDeltaSchema, {
        index: position,
        ...(isCustom ? { custom: { input: rest } } : { function: { arguments: rest } }),
      });
    });
  }

  /**
   * Finds the call that a piece goes on with; `undefined` when it begins one.
   *
   * By index where there is one. Some servers give every parallel call the index 0, or none: there a piece with another id and a
   * name begins a new call, and so does one without an id that has another name, or has the name again after the arguments closed.
   */
  #findCall(json: JsonObject): OpenCall | undefined {
    const index = number(json['index']);
    const known = index === undefined ? this.#calls.at(-1) : this.#byIndex.get(index);
    const name = readCallName(json);
    if (known === undefined || name === undefined) return known;
    const id = text(json['id']);
    if (id !== undefined) return id === known.id ? known : undefined;
    const isOther = known.name !== undefined && (name !== known.name || (!known.hasOwnId && known.extent.isClosed));
    return isOther ? undefined : known;
  }

  #openCall(json: JsonObject): OpenCall {
    const index = number(json['index']);
    const id = text(json['id']);
    const position = this.#calls.length;
    const call: OpenCall = {
      position,
      id: id ?? `${this.#idPrefix}_${position}`,
      isCustom: isCustomCall(json),
      name: undefined,
      carry: new SurrogateCarry(),
      hasOwnId: id !== undefined,
      extent: new JsonExtent(),
    };
    this.#calls.push(call);
    if (index !== undefined) this.#byIndex.set(index, call);
    return call;
  }
}

function readCallName(json: JsonObject): string | undefined {
  const body = isCustomCall(json) ? json['custom'] : json['function'];
  return isJsonObject(body) ? text(body['name']) : undefined;
}
