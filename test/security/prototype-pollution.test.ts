import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { catalogSources } from '../../src/catalog/sync/source-list.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { readSourceFile, today } from '../catalog/sync/source-files.ts';
import { createConditional, createModelRoute } from '../clients/acceptance/router-json.ts';
import { load, problemsOf } from '../config/load-fixture.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { singleTries } from '../support/single-tries.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { postChat, readJson, upstreamReply, upstreamStream } from '../wire/rest/chat-rig.ts';
import { plainRouter } from '../wire/router-rig.ts';

const prototypes = [Object, Array, Function, String, Number, Map, Promise, Error].map(({ prototype }) => prototype);
const before = prototypes.map((prototype) => Reflect.ownKeys(prototype));

afterEach(() => {
  expect(prototypes.map((prototype) => Reflect.ownKeys(prototype))).toEqual(before);
});

const poison =
  '"__proto__":{"polluted":true,"role":"system","error":"x"},"constructor":{"prototype":{"polluted":true}}';

/** JSON without empty objects, with the poison at the start of every object. */
function poisonEvery(json: string): string {
  return json.replaceAll('{"', `{${poison},"`);
}

/** All that an object says, where a careless copy would make it the object's prototype. */
function behindPrototype(json: JsonObject): string {
  return `{"__proto__":${JSON.stringify(json)}}`;
}

const text = { type: 'text', text: 'Hi!' };

/** Each kind's whole answer. */
const answers: Readonly<Record<string, JsonObject>> = {
  'openai-compatible': upstreamReply(),
  anthropic: {
    type: 'message',
    role: 'assistant',
    content: [text],
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 2 },
  },
  'google-ai-studio': { candidates: [{ content: { role: 'model', parts: [{ text: 'Hi!' }] }, finishReason: 'STOP' }] },
  cohere: { id: 'x', message: { role: 'assistant', content: [text] }, finish_reason: 'COMPLETE' },
  bedrock: {
    output: { message: { role: 'assistant', content: [{ text: 'Hi!' }] } },
    stopReason: 'end_turn',
    usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
  },
};

/** The events of a streamed answer, as `data` with the event's name where the kind has one. */
const streams: Readonly<Record<string, readonly unknown[]>> = {
  'openai-compatible': upstreamStream,
  anthropic: [
    { type: 'message_start', message: { id: 'x', role: 'assistant', content: [], usage: { input_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi!' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
    { type: 'message_stop' },
  ],
  'google-ai-studio': [answers['google-ai-studio']],
  cohere: [
    { type: 'message-start', id: 'x', delta: { message: { role: 'assistant' } } },
    { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: '' } } } },
    { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hi!' } } } },
    { type: 'content-end', index: 0 },
    { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage: { tokens: { input_tokens: 1 } } } },
  ],
};

function encodeEvents(events: readonly unknown[], encode: (json: string) => string): string {
  const texts = events.map((event) => (typeof event === 'string' ? event : encode(JSON.stringify(event))));
  return texts.map((data) => `data: ${data}\n\n`).join('');
}

async function startProvider(kind: string) {
  const upstream = await createFakeUpstream();
  onTestFinished(() => upstream.close());
  const options = kind === 'bedrock' ? 'options: { region: us-east-1 }' : '';
  const server = await startTestServer({
    config: `${singleTries}\nproviders: { it: { kind: ${kind}, base_url: "${upstream.origin}", api_key: "key-of-it", ${options} } }`,
  });
  onTestFinished(() => server.close());
  return { server, upstream };
}

async function readContent(response: Response): Promise<unknown> {
  expect(response.status).toBe(200);
  const { choices } = await readJson(response);
  return choices;
}

describe.each(Object.entries(answers))('an answer of %s', (kind, answer) => {
  const model = 'it/some-model';
  const type = { 'content-type': 'application/json' };

  test('with names of prototypes in every object is what it is without', async () => {
    const { server, upstream } = await startProvider(kind);
    upstream.respond({ headers: type, body: poisonEvery(JSON.stringify(answer)) });
    expect(await readContent(await postChat(server, { model }))).toMatchObject([
      { message: { role: 'assistant', content: 'Hi!' }, finish_reason: 'stop' },
    ]);
  });

  test('that stands behind a prototype is none', async () => {
    const { server, upstream } = await startProvider(kind);
    upstream.respond({ headers: type, body: behindPrototype(answer) });
    expect((await postChat(server, { model })).status).toBe(502);
  });
});

describe.each(Object.entries(streams))('a stream of %s', (kind, events) => {
  const headers = { 'content-type': 'text/event-stream' };

  test('with names of prototypes in every object is what it is without', async () => {
    const { server, upstream } = await startProvider(kind);
    upstream.respond({ headers, body: encodeEvents(events, poisonEvery) });
    const received = await (await postChat(server, { model: 'it/some-model', stream: true })).text();
    expect(received).toMatch(/"content":"Hi/);
    expect(received).toMatch(/"finish_reason":"stop"[\s\S]*\[DONE\]\s*$/);
    expect(received).not.toContain('polluted');
  });

  test('that stands behind prototypes says nothing', async () => {
    const { server, upstream } = await startProvider(kind);
    upstream.respond({ headers, body: encodeEvents(events, (json) => `{"__proto__":${json}}`) });
    const response = await postChat(server, { model: 'it/some-model', stream: true });
    expect(await response.text()).not.toMatch(/"content":"Hi/);
  });
});

describe('what callers send', () => {
  const router = plainRouter({ name: 'it' });

  function send(server: TestServer, path: string, body: string, method = 'POST'): Promise<Response> {
    const headers = { authorization: server.authorization, 'content-type': 'application/json' };
    return fetch(server.origin + path, { method, headers, body });
  }

  test.each([
    ['/router/v1/routers', router],
    ['/router/v1/routers:explain', { model: 'sandbox/echo', messages: [{ role: 'user', content: 'x' }] }],
    [
      '/signalbox.chat.v1.ChatService/CreateChatCompletion',
      { model: 'sandbox/echo', messages: [{ role: 'user', content: 'x' }] },
    ],
    ['/signalbox.router.v1.RouterService/CreateRouter', { router }],
  ])('to %s takes nothing from a prototype', async (path, body) => {
    await using server = await startTestServer();
    const hidden = await send(server, path, behindPrototype(body));
    expect(hidden.status).toBe(400);
    await hidden.text();
    // Refused or not: the objects of this process are as they were.
    await (await send(server, path, poisonEvery(JSON.stringify(body)))).text();
    await (await send(server, '/router/v1/routers/it', poisonEvery(JSON.stringify(router)), 'PATCH')).text();
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('in metadata reaches conditions as data alone', async () => {
    await using server = await startTestServer();
    const routes = [createConditional('has(metadata.polluted)', createModelRoute('polluted', 'sandbox/json'))];
    const created = await send(server, '/router/v1/routers', JSON.stringify(plainRouter({ name: 'it', routes })));
    expect(created.status, await created.text()).toBe(200);
    for (const [metadata, route] of [
      ['{"polluted":true}', 'polluted'],
      ['{"__proto__":{"polluted":true}}', 'default'],
      ['{"constructor":{"prototype":{"polluted":true}}}', 'default'],
    ] as const) {
      const body = `{"model":"router/it","messages":[{"role":"user","content":"x"}],"extra_body":{"metadata":${metadata}}}`;
      const { metadata: decided } = await readJson(await send(server, '/v1/chat/completions', body));
      if (route === 'polluted') expect(decided).toMatchObject({ route_id: route });
      else expect(decided).not.toMatchObject({ route_id: 'polluted' });
    }
  });
});

describe('a configuration', () => {
  test.each([
    '__proto__: { server: { port: 1 } }',
    'constructor: { prototype: { polluted: true } }',
    'server: { __proto__: { port: 1 } }',
    'providers: { openai: { __proto__: { api_key: x } } }',
    'keys: [{ id: a, secret: bbbbbbbb, __proto__: { scopes: [router.write] } }]',
  ])('%s is refused', (file) => {
    expect(problemsOf({ file })).not.toEqual([]);
  });

  test('has no provider that nobody named', () => {
    expect(load({ file: '' }).providers.map(({ name }) => name)).not.toContain('__proto__');
  });
});

describe.each(catalogSources.filter(({ name }) => name !== 'epoch'))('the catalogue of $name', (source) => {
  const original = readSourceFile(source.name);

  test('with names of prototypes in every object has the models that it has without', () => {
    const poisoned = source.decode(poisonEvery(JSON.stringify(JSON.parse(original))), today);
    const names = new Set(poisoned.models.map(({ provider, model }) => `${provider}/${model}`));
    for (const { provider, model } of source.decode(original, today).models) {
      expect(names).toContain(`${provider}/${model}`);
    }
    expect(JSON.stringify(poisoned.models)).not.toContain('polluted');
  });

  test('behind a prototype has none', () => {
    const models = (): unknown[] => {
      try {
        return [...source.decode(`{"__proto__":${original}}`, today).models];
      } catch {
        return [];
      }
    };
    expect(models()).toEqual([]);
  });
});
