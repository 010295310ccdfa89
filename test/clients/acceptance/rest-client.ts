import { fromJson } from '@bufbuild/protobuf';
import { Code } from '../../../gen/google/rpc/code_pb.ts';
import { type ChatCompletion, ChatCompletionSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import { type Router, RouterSchema } from '../../../gen/signalbox/router/v1/router_pb.ts';
import { ListRoutersResponseSchema } from '../../../gen/signalbox/router/v1/router_service_pb.ts';
import { RoutingExplanationSchema } from '../../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { readChunks } from '../../wire/rest/event-stream.ts';
import { type ApiClient, Refusal, type ServerPlace } from './api-client.ts';

const path = '/router/v1/routers';

/** What the JSON API has beside what the messages have, such as `object` and `@type`. */
const reading = { ignoreUnknownFields: true };

/** Makes a client of the JSON API, with nothing but fetch. */
export function createRestClient(place: ServerPlace): ApiClient {
  const send = (method: string, url: string, body?: JsonObject): Promise<JsonObject> =>
    sendJson(place, method, url, body);
  return {
    protocol: 'REST',
    createRouter: async (router) => readOperation(await send('POST', path, router)),
    async updateRouter({ name, ...change }, mask) {
      const query = mask === undefined ? '' : `?update_mask=${mask.join(',')}`;
      return readOperation(await send('PATCH', `${path}/${String(name)}${query}`, change));
    },
    async deleteRouter(name) {
      await send('DELETE', `${path}/${name}`);
    },
    getRouter: async (name) => fromJson(RouterSchema, await send('GET', `${path}/${name}`)),
    async listRouters() {
      const { routers } = fromJson(ListRoutersResponseSchema, await send('GET', path));
      return routers.map(({ name }) => name);
    },
    async chat(request, mode) {
      const url = '/v1/chat/completions';
      if (mode === 'whole') return fromJson(ChatCompletionSchema, await send('POST', url, request), reading);
      return joinChunks(await readChunks(await sendRequest(place, 'POST', url, { ...request, stream: true })));
    },
    async explain(request) {
      const { messages: _, request: _sent, ...explanation } = await send('POST', `${path}:explain`, request);
      return fromJson(RoutingExplanationSchema, explanation);
    },
  };
}

/** Sends a request of the JSON API. Rejects with a Refusal. */
export async function sendRequest(
  { origin, authorization }: ServerPlace,
  method: string,
  url: string,
  body?: JsonObject,
): Promise<Response> {
  const response = await fetch(origin + url, {
    method,
    headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (response.ok) return response;
  throw readRefusal(response.status, asObject(await response.json()));
}

/** Sends a request whose answer is a JSON object. Rejects with a Refusal. */
export async function sendJson(
  place: ServerPlace,
  method: string,
  url: string,
  body?: JsonObject,
): Promise<JsonObject> {
  return asObject(await (await sendRequest(place, method, url, body)).json());
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listObjects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function readOperation({ done, response }: JsonObject): Router {
  if (done !== true) throw new Error('the operation is not done');
  return fromJson(RouterSchema, asObject(response), reading);
}

function joinChunks(chunks: readonly JsonObject[]): ChatCompletion {
  const [first = {}] = chunks;
  const last = chunks.at(-1) ?? {};
  const choices = chunks.flatMap((chunk) => listObjects(chunk['choices']));
  const deltas = choices.map((choice) => asObject(choice['delta']));
  const completion = {
    ...last,
    id: first['id'] ?? null,
    model: first['model'] ?? null,
    choices: [
      {
        index: 0,
        finish_reason: choices.at(-1)?.['finish_reason'] ?? null,
        message: {
          role: 'assistant',
          content: deltas.map(({ content }) => content ?? '').join(''),
          annotations: deltas.flatMap(({ annotations }) => listObjects(annotations)),
        },
      },
    ],
  };
  return fromJson(ChatCompletionSchema, completion, reading);
}

const codes: ReadonlyMap<number, Code> = new Map([
  [400, Code.INVALID_ARGUMENT],
  [403, Code.PERMISSION_DENIED],
  [404, Code.NOT_FOUND],
]);

/** Management answers a `google.rpc.Status`, chat an error in OpenAI's form. */
function readRefusal(status: number, body: JsonObject): Refusal {
  const { error } = body;
  if (isJsonObject(error)) {
    const code = codes.get(status) ?? Code.UNKNOWN;
    const fields = typeof error['param'] === 'string' ? [error['param']] : [];
    return new Refusal({ message: String(error['message']), code, reason: undefined, fields });
  }
  const details = listObjects(body['details']);
  const [info] = details.filter(({ reason }) => reason !== undefined);
  const violations = details.flatMap(({ fieldViolations }) => listObjects(fieldViolations));
  return new Refusal({
    message: String(body['message']),
    code: Number(body['code']),
    reason: info && String(info['reason']),
    fields: violations.map(({ field }) => String(field)),
  });
}
