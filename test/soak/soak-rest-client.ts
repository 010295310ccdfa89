import { once } from 'node:events';
import { Agent, type IncomingMessage, request as sendRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import {
  endAs,
  hello,
  type SeenAnswer,
  type SoakCall,
  type SoakClient,
  type SoakEnd,
  type SoakPlace,
} from './soak-client.ts';

/** A client of the JSON API over HTTP/1.1. */
export function createRestClient({ origin, authorization }: SoakPlace): SoakClient {
  const agent = new Agent({ keepAlive: true });
  async function send(method: string, path: string, body?: JsonObject, signal?: AbortSignal): Promise<IncomingMessage> {
    const headers = { authorization, 'content-type': 'application/json' };
    const request = sendRequest(origin + path, { method, agent, headers, ...(signal && { signal }) });
    // The first error is told by what waits for the answer. Another one can follow it when the socket ends.
    request.on('error', () => undefined);
    request.end(body && JSON.stringify(body));
    const [response] = await once(request, 'response');
    return response;
  }
  async function expectStatus(status: number, sent: Promise<IncomingMessage>): Promise<void> {
    const response = await sent;
    const said = await text(response);
    if (response.statusCode !== status) throw new Error(`${response.statusCode} and not ${status}: ${said}`);
  }

  async function chat({ prompt, models: [model, ...others], isStreamed, leavesAfter, signal }: SoakCall) {
    const seen: SeenAnswer = { generationId: undefined, text: '', pieces: 0 };
    const messages = [{ role: 'user', content: prompt }];
    try {
      const body: JsonObject = { model, messages, stream: isStreamed, extra_body: { models: others } };
      const response = await send('POST', '/v1/chat/completions', body, signal);
      seen.generationId = String(response.headers['x-generation-id']);
      if (!isStreamed || response.statusCode !== 200) return endWhole(seen, parseObject(await text(response)));
      let hasEnd = false;
      for await (const data of readEvents(response)) {
        if (data === '[DONE]') {
          hasEnd = true;
          continue;
        }
        const json = parseObject(data);
        if (isJsonObject(json['error'])) return endAs('failed', seen, reasonOf(json['error']));
        const content = contentOf(json, 'delta');
        if (content === '') continue;
        seen.text += content;
        seen.pieces += 1;
        if (seen.pieces === leavesAfter) {
          response.destroy();
          return endAs('left', seen);
        }
      }
      return hasEnd ? endAs('answered', seen) : endAs('broken', seen, 'the stream has no end');
    } catch (thrown) {
      return endAs(signal.reason === 'left' ? 'left' : 'broken', seen, String(thrown));
    }
  }

  return {
    protocol: 'rest',
    chat,
    listModels: () => expectStatus(200, send('GET', '/v1/models')),
    createRouter: (router) => expectStatus(200, send('POST', '/router/v1/routers', router)),
    updateRouter: (router) => expectStatus(200, send('PATCH', `/router/v1/routers/${String(router['name'])}`, router)),
    explain: (model) => expectStatus(200, send('POST', '/router/v1/routers:explain', { model, messages: hello })),
    sendBadRequest: () => expectStatus(400, send('POST', '/v1/chat/completions', { model: 1 })),
    close: () => agent.destroy(),
  };
}

function endWhole(seen: SeenAnswer, json: JsonObject): SoakEnd {
  if (isJsonObject(json['error'])) return endAs('failed', seen, reasonOf(json['error']));
  seen.text = contentOf(json, 'message');
  return endAs('answered', seen);
}

async function* readEvents(response: IncomingMessage): AsyncGenerator<string> {
  let received = '';
  response.setEncoding('utf8');
  for await (const piece of response) {
    received += piece;
    const events = received.split('\n\n');
    received = events.pop() ?? '';
    for (const event of events) if (event.startsWith('data: ')) yield event.slice('data: '.length);
  }
}

function parseObject(said: string): JsonObject {
  const json: JsonValue = JSON.parse(said);
  if (!isJsonObject(json)) throw new Error(`no JSON object: ${said}`);
  return json;
}

function reasonOf({ code }: JsonObject): string {
  return String(code).toUpperCase();
}

function contentOf({ choices }: JsonObject, key: 'delta' | 'message'): string {
  const [choice] = Array.isArray(choices) ? choices : [];
  const part = isJsonObject(choice) ? choice[key] : undefined;
  const content = isJsonObject(part) ? part['content'] : undefined;
  return typeof content === 'string' ? content : '';
}
