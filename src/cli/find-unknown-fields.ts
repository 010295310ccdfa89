import {
  ChatCompletionRequestSchema,
  ExtraBodySchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { showName } from '../config/show-name.ts';
import type { JsonObject } from '../core/json.ts';
import { didYouMean, suggest } from '../core/suggest.ts';

/** Those of `extra_body` as well: they may stand at the root. */
const knownFields = new Set([...ChatCompletionRequestSchema.fields, ...ExtraBodySchema.fields].map(({ name }) => name));

/**
 * Finds the fields at the root of a chat request that the API does not know. A provider gets them as they are, since they may be new ones
 * of its own, so that a misspelt one is no error.
 *
 * @returns a sentence for each.
 */
export function findUnknownFields(request: JsonObject): string[] {
  return Object.keys(request)
    .filter((key) => !knownFields.has(key))
    .map((key) => {
      const near = suggest(key, [...knownFields]);
      return `The field ${showName(key)} is not known, and would be sent on to the provider as it is.${didYouMean(near)}`;
    });
}
