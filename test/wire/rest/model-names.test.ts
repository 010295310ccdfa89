import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { postChat, readError, startRig } from './chat-rig.ts';

/** What is wrong with a name, and what the answer must say. */
const refused: [what: string, model: string, status: number, error: JsonObject][] = [
  [
    'an unknown provider, with those that are known',
    'nobody/some-model',
    400,
    { code: 'model_not_found', message: expect.stringMatching(/nobody.*first.*second/) },
  ],
  [
    'a provider that is not configured, with what would make it live',
    'openai/gpt-4o',
    400,
    { code: 'model_not_found', message: expect.stringMatching(/openai is not configured.*OPENAI_API_KEY/) },
  ],
  [
    'a provider that is switched off',
    'sandbox/echo',
    400,
    { code: 'model_not_found', message: expect.stringContaining('remove "enabled: false" from providers.sandbox') },
  ],
  [
    'a router',
    'inworld/my-router',
    404,
    { type: 'not_found_error', message: expect.stringContaining('router my-router') },
  ],
  ['a router by the other prefix', 'router/my-router', 404, { type: 'not_found_error' }],
  [
    "a model of the operator's own, where none is configured",
    'inworld/models/x',
    400,
    { code: 'model_not_found', message: expect.stringContaining('provider inworld') },
  ],
  ['auto', 'auto', 400, { message: expect.stringMatching(/auto.*catalogue.*provider\/model/) }],
  [
    'a bare model',
    'some-model',
    400,
    { code: 'model_not_found', message: expect.stringMatching(/provider\/model.*first, second/) },
  ],
  ['a provider alone', 'first/', 400, { message: expect.stringContaining('model after the slash') }],
  ['a model alone', '/some-model', 400, { code: 'model_not_found' }],
  ['nothing', '', 400, { code: 'invalid_field' }],
  ['a name that objects have', '__proto__/x', 400, { code: 'model_not_found' }],
  ['another name that objects have', 'constructor/x', 400, { code: 'model_not_found' }],
];

describe('a model name is refused', () => {
  test.each(refused)('that is %s', async (_what, model, status, error) => {
    const { server, first } = await startRig({ config: '  sandbox: { enabled: false }' });
    const response = await postChat(server, { model });
    expect(response.status).toBe(status);
    expect(await readError(response)).toMatchObject({ param: 'model', ...error });
    expect(first.requests).toEqual([]);
  });

  test('among the fallbacks too, at the first call and not in the outage', async () => {
    const { server, first } = await startRig();
    const response = await postChat(server, { extra_body: { models: ['second/x', 'nobody/x'] } });
    expect(response.status).toBe(400);
    expect(await readError(response)).toMatchObject({ param: 'extra_body.models[1]' });
    expect(first.requests).toEqual([]);
  });
});

describe('web search', () => {
  const search = { web_search: { engine: 'exa' } };
  const options = { web_search_options: { search_context_size: 'low' } };

  test.each([
    ['at the root', { ...search, ...options }],
    ['in extra_body', { extra_body: { ...search, ...options } }],
    ['one here and one there', { ...search, extra_body: options }],
    ['one there and one here', { ...options, extra_body: search }],
  ])('in both modes is refused, %s', async (_where, fields) => {
    const { server, first } = await startRig();
    const response = await postChat(server, fields);
    expect(response.status).toBe(400);
    expect(await readError(response)).toMatchObject({
      type: 'invalid_request_error',
      message: expect.stringMatching(/web_search and web_search_options exclude each other/),
    });
    expect(first.requests).toEqual([]);
  });

  test("by the gateway is refused while it has no engine; the provider's own goes on", async () => {
    const { server, first } = await startRig();
    const response = await postChat(server, search);
    expect(response.status).toBe(400);
    expect(await readError(response)).toMatchObject({ code: 'web_search_unavailable', param: 'web_search' });
    first.respond({ status: 400, body: '{}' });
    await postChat(server, { extra_body: options });
    expect((await first.nextRequest()).json()).toMatchObject(options);
  });
});
