import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJsonObject } from '../../../src/core/json.ts';
import { listed } from '../listed-models.ts';
import {
  fieldsOf,
  plainRouter,
  type RigAnswer,
  type RouterRig,
  reasonOf,
  type SendOptions,
  startRouterRig,
} from '../router-rig.ts';

const catalogPath = '/llm/v1alpha/models';
const live = ['google-ai-studio/gemini-2.5-flash', 'own/org/tiny'];
const others = ['openai/gpt-audio', 'openai/gemini-2.5-flash'];

async function startRig(): Promise<RouterRig> {
  return await startRouterRig({ listed });
}

async function get(path: string, options: SendOptions = {}): Promise<RigAnswer> {
  const rig = await startRig();
  return await rig.send('GET', path, options);
}

/** `provider/model` of each model of an answer. */
function namesOf({ body: { models } }: RigAnswer): string[] {
  if (!Array.isArray(models)) throw new Error('the answer has no models');
  return models.filter(isJsonObject).map(({ provider, model }) => `${provider}/${model}`);
}

function messageOf({ body }: RigAnswer): unknown {
  return body['message'];
}

describe('GET /llm/v1alpha/models', () => {
  test('lists all models, those that can be called first', async () => {
    const answer = await get(catalogPath);
    expect(answer.status).toBe(200);
    expect(namesOf(answer)).toEqual([...live, ...others]);
    expect(Object.keys(answer.body)).toEqual(['models']);
    expect(answer.body['models']).toMatchObject([
      {
        pricing: { promptToken: 3e-7, completionToken: 2.5e-6 },
        spec: { performance: { timeToFirstTokenP50Ms: 400 } },
      },
      { isSupported: true },
      { isSupported: false },
      { isSupported: false, pricing: { prompt: 3e-7 } },
    ]);
  });

  test.each([
    ['provider=own', ['own/org/tiny']],
    ['provider=gemini', ['google-ai-studio/gemini-2.5-flash']],
    ['provider=empty', []],
    ['provider=', [...live, ...others]],
    ['capability=vision', ['google-ai-studio/gemini-2.5-flash', 'openai/gemini-2.5-flash']],
    ['capability=audio', ['google-ai-studio/gemini-2.5-flash', ...others]],
    ['capability=audio_output', ['openai/gpt-audio']],
    ['capability=audioOutput&capability=function_calling', ['openai/gpt-audio']],
    ['capability=audio,functionCalling,reasoning', ['google-ai-studio/gemini-2.5-flash', 'openai/gemini-2.5-flash']],
    ['capability=image_output', []],
    ['capability=', [...live, ...others]],
    ['supported=true', live],
    ['supported=false', [...live, ...others]],
    ['provider=openai&capability=vision', ['openai/gemini-2.5-flash']],
    ['provider=openai&supported=true', []],
  ])('?%s lists %j', async (query, names) => {
    expect(namesOf(await get(`${catalogPath}?${query}`))).toEqual(names);
  });

  test.each([
    [
      'capability=vison',
      'capability',
      /no capability "vison", and vision was .* meant; it takes function_calling, .*audio_output/,
    ],
    ['capability=vision,toString', 'capability', /no capability "toString"; it takes/],
    [
      'provider=opnai',
      'provider',
      /no provider "opnai", and openai was .* meant; it takes openai, google-ai-studio, own/,
    ],
    ['provider=nobody-at-all', 'provider', /no provider "nobody-at-all"; it takes/],
    ['provider=own&provider=openai', 'provider', /more than once/],
    ['supported=yes', 'supported', /true or false/],
    ['providers=own', 'providers', /takes provider, capability, supported/],
  ])('?%s is refused', async (query, field, message) => {
    const answer = await get(`${catalogPath}?${query}`);
    expect([answer.status, reasonOf(answer), fieldsOf(answer)]).toEqual([400, 'INVALID_FIELD', [field]]);
    expect(messageOf(answer)).toMatch(message);
  });

  test('shows no more of what a client made up than a line', async () => {
    const answer = await get(`${catalogPath}?capability=${'a'.repeat(5000)}`);
    expect(String(messageOf(answer)).length).toBeLessThan(500);
  });
});

describe('GET /v1/models', () => {
  test('lists auto, the routers of the workspace, and what can be called', async () => {
    const rig = await startRig();
    await rig.send('POST', '/router/v1/routers', { body: plainRouter() });
    await rig.send('POST', '/router/v1/routers', { body: plainRouter({ name: 'other' }), key: 'stranger' });
    const { body, status } = await rig.send('GET', '/v1/models');
    expect([status, body]).toEqual([
      200,
      {
        object: 'list',
        data: [
          { id: 'auto', object: 'model', created: 0, owned_by: 'signalbox' },
          { id: 'inworld/support', object: 'model', created: expect.any(Number), owned_by: 'default' },
          {
            id: 'google-ai-studio/gemini-2.5-flash',
            object: 'model',
            created: Date.UTC(2025, 5, 17) / 1000,
            owned_by: 'Google',
          },
          { id: 'own/org/tiny', object: 'model', created: 0, owned_by: 'own' },
        ],
      },
    ]);
  });

  test('lists every router, of however many', async () => {
    const rig = await startRouterRig({
      listed,
      wrapBook: (book) => ({
        ...book,
        files: book.files,
        list: (workspace, request) => book.list(workspace, { ...request, pageSize: 2 }),
      }),
    });
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await rig.send('POST', '/router/v1/routers', { body: plainRouter({ name }) });
    const { body } = await rig.send('GET', '/v1/models');
    const ids = (Array.isArray(body['data']) ? body['data'] : []).map((model) => isJsonObject(model) && model['id']);
    expect(ids).toEqual(['auto', ...names.map((name) => `inworld/${name}`), ...live]);
  });

  test('lists nothing where nothing can be called', async () => {
    const rig = await startRouterRig();
    expect((await rig.send('GET', '/v1/models')).body).toEqual({ object: 'list', data: [] });
    expect((await rig.send('GET', '/v1/models/auto')).status).toBe(404);
  });
});

describe('GET /v1/models/{model}', () => {
  test.each([
    ['own/org/tiny', 'own/org/tiny'],
    ['own%2Forg%2Ftiny', 'own/org/tiny'],
    ['own/org%2ftiny', 'own/org/tiny'],
    ['gemini/gemini-2.5-flash', 'google-ai-studio/gemini-2.5-flash'],
    ['gemini-2.5-flash', 'google-ai-studio/gemini-2.5-flash'],
    ['auto', 'auto'],
    ['inworld/support', 'inworld/support'],
    ['router%2Fsupport', 'inworld/support'],
  ])('%s is %s', async (path, id) => {
    const rig = await startRig();
    await rig.send('POST', '/router/v1/routers', { body: plainRouter() });
    const { body, status } = await rig.send('GET', `/v1/models/${path}`);
    expect([status, body]).toMatchObject([200, { id, object: 'model' }]);
  });

  test.each([
    ['openai/gpt-audio', 'model_not_found', /Its provider openai is not live\. To make it live, set OPENAI_API_KEY\.$/],
    ['gpt-audio', 'model_not_found', /To make it live, set OPENAI_API_KEY\.$/],
    ['google-ai-studio/gemini-2.5-flsh', 'model_not_found', /Did you mean google-ai-studio\/gemini-2\.5-flash\?$/],
    ['gogle-ai-studio/gemini-2.5-flash', 'model_not_found', /Did you mean google-ai-studio\/gemini-2\.5-flash\?$/],
    ['gemini-2.5-flush', 'model_not_found', /Did you mean gemini-2\.5-flash or gemini-2\.5-flash-lite\?$/],
    ['own/something-else-entirely', 'model_not_found', /A request may name it all the same: own decides/],
    ['nobody/nothing', 'model_not_found', /GET \/llm\/v1alpha\/models/],
    ['constructor', 'model_not_found', /The model constructor is not listed here\./],
    ['inworld/none', 'router_unknown', /The router none does not exist/],
    ['inworld%2F..%2Fnone', 'router_unknown', /The router \.\.\/none does not exist/],
  ])('%s is 404 in the form of OpenAI', async (path, code, message) => {
    const { body, status } = await get(`/v1/models/${path}`);
    expect([status, body]).toEqual([
      404,
      { error: { message: expect.stringMatching(message), type: 'not_found_error', param: null, code } },
    ]);
  });

  test('is 404 for whatever else there may stand, in a sentence', async () => {
    const rig = await startRig();
    const name = fc.tuple(
      fc.constantFrom('', 'own/', 'inworld/', 'inworld/models/', 'x/'),
      fc.string({ unit: 'binary' }),
    );
    await fc.assert(
      fc.asyncProperty(name, async ([prefix, rest]) => {
        const path = encodeURIComponent(`${prefix}${rest}~`.toWellFormed());
        const { body, status } = await rig.send('GET', `/v1/models/${path}`);
        expect([status, body]).toMatchObject([404, { error: { message: expect.stringMatching(/[.?]$/) } }]);
      }),
      { numRuns: 100 },
    );
  });

  test('without a name is no path', async () => {
    const { body, status } = await get('/v1/models/');
    expect([status, body]).toMatchObject([404, { error: { code: 'path_unknown' } }]);
  });

  test('shows no more of a name that a client made up than a line', async () => {
    const { body } = await get(`/v1/models/own/${'a'.repeat(5000)}`);
    expect(JSON.stringify(body).length).toBeLessThan(500);
  });
});

describe.each([catalogPath, '/v1/models', '/v1/models/own/org/tiny'])('GET %s', (path) => {
  test('needs a key that reads routers or calls models', async () => {
    const rig = await startRig();
    const statusOf = async (options: SendOptions) => (await rig.send('GET', path, options)).status;
    expect(await statusOf({ key: 'reader' })).toBe(200);
    expect(await statusOf({ key: 'chatter' })).toBe(200);
    expect(await statusOf({ key: 'writer' })).toBe(403);
    expect(await statusOf({ key: null })).toBe(401);
  });

  test('is HEAD as well, and nothing else', async () => {
    const rig = await startRig();
    expect((await rig.send('HEAD', path)).status).toBe(200);
    const answer = await rig.send('POST', path);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('is 503 while the server drains', async () => {
    const rig = await startRig();
    rig.state.startDraining();
    const answer = await rig.send('GET', path);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  });
});
