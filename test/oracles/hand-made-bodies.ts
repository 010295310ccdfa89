import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { clientRequests as anthropicRequests } from '../dialects/anthropic-messages/client-requests.ts';
import { clientRequests as bedrockRequests } from '../dialects/bedrock-converse/client-requests.ts';
import { clientRequests as cohereRequests } from '../dialects/cohere-v2/client-requests.ts';
import { clientForms } from '../dialects/gemini/client-forms.ts';
import type { RecordedCase } from '../support/recorded-traffic.ts';
import type { NamedBody } from './check-bodies.ts';
import type { EncoderUnderTest } from './encoded-bodies.ts';
import { anthropicType, bedrockType, cohereType, geminiType, openaiType } from './wire-types.ts';

type ToClientRequest = (recorded: JsonObject) => JsonObject;

/** Recorded requests in the client's form, by the recording's name or its beginning. */
const handMade: ReadonlyMap<string, readonly (readonly [string, ToClientRequest])[]> = new Map([
  [anthropicType.name, Object.entries(anthropicRequests)],
  [bedrockType.name, Object.entries(bedrockRequests)],
  [cohereType.name, Object.entries(cohereRequests)],
  [geminiType.name, clientForms.map(({ name, request }) => [name, request] as const)],
]);

/** Encodes the recorded requests that an encoder's provider was sent, from the client's form that they were given by hand. */
export function encodeHandMade(encoder: EncoderUnderTest, cases: readonly RecordedCase[]): NamedBody[] {
  if (encoder.type === openaiType) return encodeRecorded(encoder, cases);
  return (handMade.get(encoder.type.name) ?? []).map(([name, toClientRequest]) => {
    const recorded = cases.find((one) => one.name.startsWith(name));
    const request = recorded?.readRequest();
    if (recorded === undefined || request === undefined) throw new Error(`there is no recorded request of ${name}`);
    return encode(encoder, recorded, modelOf(request, name), toClientRequest(request));
  });
}

/** OpenAI's own requests are in the client's form. Their functions came before tools, and are passed on as they are. */
function encodeRecorded(encoder: EncoderUnderTest, cases: readonly RecordedCase[]): NamedBody[] {
  const usable = cases.filter(
    ({ provider, endpoint, httpStatus }) =>
      provider === 'openai' && endpoint.includes('chat/completions') && httpStatus === 200,
  );
  return usable.flatMap((recorded) => {
    const request = recorded.readRequest();
    return request === undefined ? [] : encode(encoder, recorded, modelOf(request, recorded.name), request);
  });
}

/** Where it is in the path, the model is told by the recording's name. */
function modelOf({ model }: JsonObject, name: string): string {
  return typeof model === 'string' ? model : (/(?:claude|gemini|amazon)[\w.-]*/.exec(name)?.[0] ?? 'unknown');
}

function encode({ encode }: EncoderUnderTest, recorded: RecordedCase, model: string, client: JsonObject): NamedBody {
  const source = { ...client, model: `any/${model}` };
  const body = encode(source, model, recorded.kind === 'stream');
  if (!isJsonObject(body)) throw new Error(`${recorded.name} has no body`);
  return { name: recorded.name, body };
}
