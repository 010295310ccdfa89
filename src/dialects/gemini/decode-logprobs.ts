import { create } from '@bufbuild/protobuf';
import { type Logprobs, LogprobsSchema } from '../../../gen/signalbox/chat/v1/logprobs_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { number, objects, text } from '../read-values.ts';

/** Decodes `logprobsResult` (ai.google.dev/api/generate-content#LogprobsResult): one chosen token, and its rivals, for each step. */
export function decodeLogprobs(result: JsonValue | undefined): Logprobs | undefined {
  if (!isJsonObject(result)) return undefined;
  const chosen = objects(result['chosenCandidates']);
  const rivals = objects(result['topCandidates']);
  if (chosen.length === 0) return undefined;
  const content = chosen.map((token, step) => ({
    ...readToken(token),
    topLogprobs: objects(rivals[step]?.['candidates']).map(readToken),
  }));
  return create(LogprobsSchema, { content });
}

function readToken(json: JsonObject): { token: string; logprob: number } {
  return { token: text(json['token']) ?? '', logprob: number(json['logProbability']) ?? 0 };
}
