import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { RoutingExplanationSchema } from '../../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import { fieldsOf, startRouterRig } from '../router-rig.ts';

const path = '/router/v1/routers:explain';
const messages = [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }];

test('an explanation is in snake_case, with messages and request in the form of OpenAI', async () => {
  const rig = await startRouterRig({
    explanation: create(RoutingExplanationSchema, {
      reasoning: 'So it is.',
      router: 'support',
      routeId: 'premium',
      variantId: 'a',
      routes: [{ routeId: 'premium', isTaken: true, celExpression: 'tier == "a"', result: true }],
      variants: [{ variantId: 'a', weight: 100, hash: 0.5, score: 144.2, isChosen: true }],
      candidates: [
        { model: 'a/b', isIncluded: true, reason: 'It is first.' },
        { model: 'c/d', reason: 'It is slow.', cost: 0, failureRate: 0, expectedFirstTokenMs: 1520.4 },
      ],
      chain: ['a/b'],
      firstTokenTimeoutMs: 300,
      messages: [{ role: 'user', contentParts: [{ part: { case: 'text', value: 'Hi' }, type: 'text' }] }],
      refusal: { reason: 'NO_ROUTE_MATCHED', message: 'No.', field: 'model' },
      request: { model: 'router/support', maxTokens: 5, seed: 7n, webSearch: { maxResults: 3 } },
    }),
  });
  const answer = await rig.send('POST', path, { body: { model: 'router/support', messages, temperature: 1 } });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    reasoning: 'So it is.',
    router: 'support',
    route_id: 'premium',
    variant_id: 'a',
    is_random: false,
    routes: [{ route_id: 'premium', is_taken: true, cel_expression: 'tier == "a"', result: true, values: {} }],
    variants: [{ variant_id: 'a', weight: 100, hash: 0.5, score: 144.2, is_chosen: true }],
    candidates: [
      {
        model: 'a/b',
        is_included: true,
        reason: 'It is first.',
        is_speed_assumed: false,
        scores: {},
        is_unhealthy: false,
      },
      {
        model: 'c/d',
        is_included: false,
        reason: 'It is slow.',
        cost: 0,
        is_speed_assumed: false,
        scores: {},
        is_unhealthy: false,
        failure_rate: 0,
        expected_first_token_ms: 1520.4,
      },
    ],
    chain: ['a/b'],
    sort: [],
    first_token_timeout_ms: 300,
    messages,
    warnings: [],
    refusal: { reason: 'NO_ROUTE_MATCHED', message: 'No.', field: 'model' },
    request: { model: 'router/support', max_tokens: 5, seed: 7, web_search: { max_results: 3 } },
  });
  expect(rig.explained).toMatchObject([{ workspace: 'default', request: { model: 'router/support', temperature: 1 } }]);
});

test.each([
  [{ messages }, 'model'],
  [{ model: 'a/b', messages, temperature: 3 }, 'temperature'],
  [{ model: 'a/b', messages: Array.from({ length: 101 }, () => messages[0] ?? {}) }, 'messages'],
])('what a chat would refuse before it is routed is refused here: %#', async (body, field) => {
  const rig = await startRouterRig();
  const answer = await rig.send('POST', path, { body });
  expect([answer.status, fieldsOf(answer)]).toEqual([400, [field]]);
  expect(rig.explained).toEqual([]);
});
