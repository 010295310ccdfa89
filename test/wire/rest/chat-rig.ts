import { onTestFinished } from 'vitest';
import { isJsonObject, type JsonObject } from '../../../src/core/json.ts';
import { createFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { singleTries } from '../../support/single-tries.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../../support/test-server.ts';

/** A whole server before providers that the test steers. */
export interface ChatRig {
  readonly server: TestServer;
  /** The provider `first`. */
  readonly first: FakeUpstream;
  /** The provider `second`. */
  readonly second: FakeUpstream;
}

/** The model that tests ask for unless they say otherwise: it is the first upstream's. */
export const firstModel = 'first/some-model';
/** A model of the second upstream. */
export const secondModel = 'second/other-model';

/** How the server of a rig differs from one with the defaults. */
export interface RigOptions extends Omit<TestServerOptions, 'config'> {
  /** Top-level sections beside `providers`, as YAML. Without one named `calls`, each candidate is tried once. */
  readonly config?: string;
}

/** Starts a server and two upstreams, which last until the test is over. */
export async function startRig({ config = '', ...options }: RigOptions = {}): Promise<ChatRig> {
  const first = await createFakeUpstream();
  onTestFinished(() => first.close());
  const second = await createFakeUpstream();
  onTestFinished(() => second.close());
  const providers = [
    'providers:',
    `  first: { kind: openai-compatible, base_url: "${first.origin}/v1", api_key: "sk-of-the-first-provider" }`,
    `  second: { kind: openai-compatible, base_url: "${second.origin}/v1" }`,
  ].join('\n');
  const calls = config.includes('calls:') ? '' : singleTries;
  const server = await startTestServer({ ...options, config: `${calls}\n${providers}\n${config}` });
  onTestFinished(() => server.close());
  return { server, first, second };
}

/** The body of a request. What is given takes the place of the defaults. */
export function chatBody(fields: JsonObject = {}): JsonObject {
  return { model: firstModel, messages: [{ role: 'user', content: 'Hello!' }], ...fields };
}

/** Sends a chat completion request with the test's key. */
export function postChat(
  server: TestServer,
  fields: JsonObject = {},
  init: { readonly signal?: AbortSignal; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Response> {
  return fetch(`${server.origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: server.authorization, 'content-type': 'application/json', ...init.headers },
    body: JSON.stringify(chatBody(fields)),
    ...(init.signal && { signal: init.signal }),
  });
}

/** A whole answer of an upstream. What is given takes the place of the defaults. */
export function upstreamReply(fields: JsonObject = {}): JsonObject {
  return {
    id: 'upstream-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'some-model-2025-01-01',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hi!' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
    ...fields,
  };
}

/** A chunk of an upstream's streamed answer, with one increment of one choice. */
export function upstreamChunk(delta: JsonObject, finishReason: string | null = null, index = 0): JsonObject {
  return {
    id: 'upstream-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'some-model-2025-01-01',
    choices: [{ index, delta, finish_reason: finishReason }],
  };
}

/** The last chunk before the end mark of an upstream that was asked for usage. */
export const upstreamUsage: JsonObject = {
  id: 'upstream-1',
  object: 'chat.completion.chunk',
  choices: [],
  usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
};

/** A short streamed answer: `Hi` and `!`. */
export const upstreamStream: readonly unknown[] = [
  upstreamChunk({ role: 'assistant', content: '' }),
  upstreamChunk({ content: 'Hi' }),
  upstreamChunk({ content: '!' }),
  upstreamChunk({}, 'stop'),
  upstreamUsage,
  '[DONE]',
];

/** A response's body, which must be a JSON object. */
export async function readJson(response: Response): Promise<JsonObject> {
  const json = await response.json();
  if (!isJsonObject(json)) throw new Error(`the answer is no JSON object, but ${JSON.stringify(json)}`);
  return json;
}

/** The error of an answer, which must have one. */
export async function readError(response: Response): Promise<JsonObject> {
  const json = await readJson(response);
  if (!isJsonObject(json['error'])) throw new Error(`the answer is no error, but ${JSON.stringify(json)}`);
  return json['error'];
}
