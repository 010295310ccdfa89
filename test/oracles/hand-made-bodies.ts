import type { JsonObject } from '../../src/core/json.ts';
import { clientRequests as anthropicRequests } from '../dialects/anthropic-messages/client-requests.ts';
import { clientRequests as bedrockRequests } from '../dialects/bedrock-converse/client-requests.ts';
import { clientRequests as cohereRequests } from '../dialects/cohere-v2/client-requests.ts';
import { clientForms } from '../dialects/gemini/client-forms.ts';
import type { RecordedCase } from '../support/recorded-traffic.ts';
import type { NamedBody } from './check-bodies.ts';
import type { EncoderUnderTest } from './encoded-bodies.ts';
import { anthropicType, bedrockType, cohereType, geminiType, openaiType } from './wire-types.ts';

/** A recorded request in the client's form. */
interface HandMade {
  /** The recording's name, or its beginning. */
  readonly name: string;
  /** `undefined`: the recording or the client's form names it. */
  readonly model?: string;
  readonly toClientRequest: (recorded: JsonObject) => JsonObject;
}

const handMade: ReadonlyMap<string, readonly HandMade[]> = new Map([
  [anthropicType.name, listHandMade(anthropicRequests)],
  [bedrockType.name, listHandMade(bedrockRequests)],
  [cohereType.name, listHandMade(cohereRequests)],
  [geminiType.name, clientForms.map(({ name, model, request }) => ({ name, model, toClientRequest: request }))],
]);

function listHandMade(requests: Readonly<Record<string, HandMade['toClientRequest']>>): HandMade[] {
  return Object.entries(requests).map(([name, toClientRequest]) => ({ name, toClientRequest }));
}

/** Encodes the recorded requests that an encoder's provider was sent, from the client's form that they were given by hand. */
export function encodeHandMade(encoder: EncoderUnderTest, cases: readonly RecordedCase[]): NamedBody[] {
  if (encoder.type === openaiType) return encodeRecorded(encoder, cases);
  return (handMade.get(encoder.type.name) ?? []).flatMap(({ name, model, toClientRequest }) => {
    const recorded = cases.find((one) => one.name.startsWith(name));
    const request = recorded?.readRequest();
    if (recorded === undefined || request === undefined) return [];
    const client = toClientRequest(request);
    return encodeFor(encoder, recorded, model ?? findModel(client) ?? findModel(request) ?? claudeOnVertex, client);
  });
}

/** OpenAI's own requests are in the client's form. */
function encodeRecorded(encoder: EncoderUnderTest, cases: readonly RecordedCase[]): NamedBody[] {
  const usable = cases.filter(
    ({ provider, endpoint, httpStatus }) =>
      provider === 'openai' && endpoint.includes('chat/completions') && httpStatus === 200,
  );
  return usable.flatMap((recorded) => {
    const request = recorded.readRequest();
    const model = request && findModel(request);
    return request === undefined || model === undefined ? [] : encodeFor(encoder, recorded, model, request);
  });
}

/** Google's platform has the model in the path. */
const claudeOnVertex = 'claude-3-7-sonnet@20250219';

/** The model that a request names, without the provider before it. */
function findModel({ model }: JsonObject): string | undefined {
  return typeof model === 'string' ? model.replace(/^[a-z-]+\//, '') : undefined;
}

function encodeFor({ encode }: EncoderUnderTest, recorded: RecordedCase, model: string, client: JsonObject): NamedBody {
  const source = { ...client, model: `any/${model}` };
  return { name: recorded.name, body: encode(source, model, recorded.kind === 'stream') };
}
