import type { ResponseFormat } from '../../../gen/signalbox/chat/v1/response_format_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { tellFinalJson } from '../answer-form.ts';
import type { Warnings } from '../warnings.ts';

/** How the form of an answer is asked for: by the field, in words, or not at all. */
export interface EncodedForm {
  /** What `response_format` is. */
  readonly responseFormat?: JsonObject;
  /** What the model is told. */
  readonly instruction?: string;
}

/**
 * Encodes the form that the answer must have: docs.cohere.com/docs/structured-outputs. Cohere does not take it beside tools or documents,
 * and takes schemas of objects only: what it does not take is told in words.
 *
 * @param isBesideOthers - whether the request has tools or documents.
 */
export function encodeForm(
  format: ResponseFormat | undefined,
  isBesideOthers: boolean,
  warnings: Warnings,
): EncodedForm {
  if (format === undefined || format.type === 'text') return {};
  const schema = format.jsonSchema?.schema;
  const isTaken = schema === undefined || schema['type'] === 'object';
  if (isTaken && !isBesideOthers) {
    return { responseFormat: { type: 'json_object', ...(schema !== undefined && { json_schema: schema }) } };
  }
  warnings.add(
    isBesideOthers
      ? 'response_format was put into the instructions: the provider does not take it beside tools or documents.'
      : 'response_format was put into the instructions: the provider takes schemas of objects only.',
  );
  return { instruction: tellFinalJson(schema) };
}
