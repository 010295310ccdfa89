import { create } from '@bufbuild/protobuf';
import { type ReasoningDetail, ReasoningDetailSchema } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { readInt32, readString, requireString } from '../../core/json-fields.ts';
import { setKnown } from './encode-answer-parts.ts';
import { count, objects, piece, text } from './reply-fields.ts';
import { SurrogateCarry } from './surrogate-carry.ts';

/**
 * `reasoning_details`: reasoning in the terms of the provider that it is of, in the form of
 * openrouter.ai/docs/use-cases/reasoning-tokens#reasoning_details-array-structure.
 */

/**
 * Decodes one element of a message's `reasoning_details`.
 *
 * @throws SignalboxError INVALID_FIELD.
 */
export function decodeReasoningDetail(json: JsonObject, path: string): ReasoningDetail {
  return create(ReasoningDetailSchema, {
    type: requireString(json, 'type', path),
    text: readString(json, 'text', path),
    summary: readString(json, 'summary', path),
    data: readString(json, 'data', path),
    signature: readString(json, 'signature', path),
    id: readString(json, 'id', path),
    format: readString(json, 'format', path),
    index: readInt32(json, 'index', path),
  });
}

/** Encodes one element. */
export function encodeReasoningDetail(detail: ReasoningDetail): JsonObject {
  const json: JsonObject = { type: detail.type };
  setKnown(json, 'text', detail.text);
  setKnown(json, 'summary', detail.summary);
  setKnown(json, 'data', detail.data);
  setKnown(json, 'signature', detail.signature);
  setKnown(json, 'id', detail.id);
  setKnown(json, 'format', detail.format);
  setKnown(json, 'index', detail.index);
  return json;
}

/** Reads the details of one answer of a provider, whole or in pieces, whose texts it keeps well-formed. */
export class ReasoningDetailReader {
  /** What the texts of each index are joined in. */
  readonly #carries = new Map<number | undefined, { readonly type: string; readonly carry: SurrogateCarry }>();

  /** Reads a `reasoning_details` array; nothing when it is none. */
  read(value: JsonValue | undefined): ReasoningDetail[] {
    return objects(value).flatMap((json) => {
      const type = text(json['type']);
      if (type === undefined) return [];
      const index = count(json['index']);
      const said = this.#join(index, type, piece(json['text']) ?? piece(json['summary']));
      return create(ReasoningDetailSchema, {
        type,
        ...(said !== undefined && (piece(json['text']) === undefined ? { summary: said } : { text: said })),
        data: text(json['data']),
        signature: text(json['signature']),
        id: text(json['id']),
        format: text(json['format']),
        index,
      });
    });
  }

  /** Ends the texts: what is still held of them. */
  end(): ReasoningDetail[] {
    return [...this.#carries].flatMap(([index, { type, carry }]) => {
      const rest = carry.end();
      if (rest === '') return [];
      const said = type === 'reasoning.summary' ? { summary: rest } : { text: rest };
      return create(ReasoningDetailSchema, { type, index, ...said });
    });
  }

  #join(index: number | undefined, type: string, said: string | undefined): string | undefined {
    if (said === undefined) return undefined;
    const known = this.#carries.get(index) ?? { type, carry: new SurrogateCarry() };
    this.#carries.set(index, known);
    return known.carry.push(said);
  }
}
