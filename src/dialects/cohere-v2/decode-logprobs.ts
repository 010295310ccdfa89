import { create } from '@bufbuild/protobuf';
import { type Logprobs, LogprobsSchema } from '../../../gen/signalbox/chat/v1/logprobs_pb.ts';
import type { JsonValue } from '../../core/json.ts';
import { number, oneOrMore, text } from '../read-values.ts';

/**
 * Decodes log probabilities: docs.cohere.com/reference/chat. Cohere gives them for chunks of text. One of several tokens is given as one,
 * whose probability is theirs together: where its text divides is not told.
 */
export function decodeLogprobs(value: JsonValue | undefined): Logprobs | undefined {
  const content = oneOrMore(value).flatMap((chunk) => {
    const values = Array.isArray(chunk['logprobs']) ? chunk['logprobs'].map(number) : [];
    const known = values.filter((one) => one !== undefined);
    if (known.length === 0) return [];
    return [{ token: text(chunk['text']) ?? '', logprob: known.reduce((sum, one) => sum + one, 0) }];
  });
  return content.length === 0 ? undefined : create(LogprobsSchema, { content });
}
