import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { RoutingExplanationSchema } from '../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { plainRoute, plainRouter, startRouterRig } from '../wire/router-rig.ts';
import { compileSchema } from './openapi-document.ts';

const path = '/router/v1/routers';
const checkRouter = compileSchema('Router', { closed: true });
const checkPatch = compileSchema('RouterPatch', { closed: true });
const checkPage = compileSchema('RouterPage', { closed: true });
const checkOperation = compileSchema('Operation', { closed: true });
const checkExplanation = compileSchema('RoutingExplanation', { closed: true });
const checkStatus = compileSchema('Status', { closed: true });

/** Everything that a router can say. */
const fullRouter = plainRouter({
  defaults: {
    text_generation_config: { max_tokens: 5, logit_bias: [{ token_id: '1', bias_value: 0 }] },
    message_templates: [{ role: 'system', content: 'Be {{how}}.' }],
  },
  defaultRoute: {
    route_id: 'rest',
    variants: [
      {
        weight: 100,
        variant: {
          variant_id: 'a',
          model_id: 'sandbox/echo',
          model_selection: {
            models: ['sandbox/json'],
            sort: [{ metric: 'SORT_METRIC_PRICE', direction: 'SORT_DIRECTION_ASCENDING' }],
            ignore: ['groq'],
            provider: { order: ['sandbox'], allow_fallbacks: false },
          },
          text_generation_config: {
            temperature: 1,
            top_p: 0.5,
            repetition_penalty: 1,
            frequency_penalty: 0,
            presence_penalty: 0,
            stop_sequences: ['.'],
            seed: 1,
            reasoning: { effort: 'low' },
          },
          message_templates: [
            { role: 'user', content_items: [{ text: 'Hi' }] },
            { role: 'assistant', tool_calls: [{ id: '1', name: 'f', args: '{}' }] },
            { role: 'tool', tool_call_id: '1', content: 'Yes' },
          ],
          web_search_options: { search_context_size: 'low' },
          fallback: { ttft_timeout: '300ms' },
        },
      },
    ],
  },
});

describe('openapi.json describes', () => {
  test('routers, and what is answered of them', async () => {
    const rig = await startRouterRig({ describeModelProblems: () => ['Nobody has this model.'] });
    expect(checkRouter(fullRouter)).toEqual([]);
    const created = await rig.send('POST', path, { body: fullRouter });
    expect(created.status, JSON.stringify(created.body)).toBe(200);
    expect(checkOperation(created.body)).toEqual([]);

    const patch = { updateMask: 'displayName', displayName: null };
    expect(checkPatch({ update_mask: 'displayName', displayName: null })).toEqual([]);
    const updated = await rig.send('PATCH', `${path}/support`, { body: patch });
    expect(checkOperation(updated.body)).toEqual([]);
    expect(checkOperation((await rig.send('GET', `/lro/v1alpha/${String(updated.body['name'])}`)).body)).toEqual([]);
    expect(checkRouter((await rig.send('GET', `${path}/support`)).body)).toEqual([]);
    expect(checkPage((await rig.send('GET', path)).body)).toEqual([]);
  });

  test.each<[what: string, body: JsonObject]>([
    ['a route without variants', plainRouter({ defaultRoute: { variants: [] } })],
    [
      'a condition that is empty',
      plainRouter({ routes: [{ route: plainRoute('a'), condition: { cel_expression: '' } }] }),
    ],
    ['a variant without a model', plainRouter({ defaultRoute: plainRoute('a', '') })],
    ['a number for a text', plainRouter({ displayName: 1 })],
    ['a route without a condition', plainRouter({ routes: [{ route: plainRoute('a') }] })],
  ])('what is refused: %s', async (_what, body) => {
    const rig = await startRouterRig();
    expect((await rig.send('POST', path, { body })).status).toBe(400);
    expect(checkRouter(body)).not.toEqual([]);
  });

  test('explanations', async () => {
    const explanation = create(RoutingExplanationSchema, {
      reasoning: 'So it is.',
      router: 'support',
      routeId: 'premium',
      variantId: 'a',
      routes: [{ routeId: 'premium', isTaken: true, celExpression: 'tier == "a"', result: true, error: 'No.' }],
      variants: [{ variantId: 'a', weight: 100, hash: 0.5, score: 144.2, isChosen: true }],
      candidates: [
        {
          model: 'a/b',
          isIncluded: true,
          reason: 'It is first.',
          cost: 0.01,
          timeToFirstTokenMs: 300,
          expectedFirstTokenMs: 310.4,
          tokensPerSecond: 50,
          failureRate: 0.01,
          scores: { coding: { value: 50, source: 'estimate', date: '2026-01-01', estimated: true } },
        },
      ],
      sort: ['price', 'coding ascending'],
      estimate: { promptTokens: 10, completionTokens: 20 },
      chain: ['a/b'],
      firstTokenTimeoutMs: 300,
      messages: [{ role: 'user', content: 'Hi' }],
      warnings: ['It rains.'],
      refusal: { reason: 'NO_ROUTE_MATCHED', message: 'No.', field: 'model' },
      request: { model: 'router/support' },
    });
    const rig = await startRouterRig({ explanation });
    const messages = [{ role: 'user', content: 'Hi' }];
    const answer = await rig.send('POST', `${path}:explain`, { body: { model: 'router/support', messages } });
    expect(checkExplanation(answer.body)).toEqual([]);
  });

  test.each<[method: string, path: string, status: number, body?: JsonObject | string]>([
    ['GET', `${path}/none`, 404],
    ['GET', `${path}?page_size=-1`, 400],
    ['POST', path, 400, '{'],
    ['POST', path, 400, { name: 'A', unheardOf: 1 }],
    ['PUT', path, 405, {}],
    ['GET', '/lro/v1alpha/none', 404],
    ['GET', '/router/none', 404],
  ])('the error of %s %s: %i', async (method, url, status, body) => {
    const rig = await startRouterRig();
    const answer = await rig.send(method, url, body === undefined ? {} : { body });
    expect(answer.status).toBe(status);
    expect(checkStatus(answer.body)).toEqual([]);
  });

  test('the error of a server that drains', async () => {
    const rig = await startRouterRig();
    rig.state.startDraining();
    const answer = await rig.send('GET', path);
    expect([answer.status, checkStatus(answer.body)]).toEqual([503, []]);
  });
});
