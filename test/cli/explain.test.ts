import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import type { RoutingExplanationSchema } from '../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { startTestServer } from '../support/test-server.ts';
import { runCommand } from './run-command.ts';
import { startStubServer } from './stub-server.ts';

const explanation: MessageInitShape<typeof RoutingExplanationSchema> = {
  reasoning: 'Router support took route premium.',
  router: 'support',
  routeId: 'premium',
  variantId: 'a',
  routes: [
    {
      routeId: 'broken',
      celExpression: 'score > 1',
      result: false,
      error: 'no such key: score',
    },
    {
      routeId: 'premium',
      isTaken: true,
      celExpression: 'tier == "premium"',
      result: true,
      values: { tier: { kind: { case: 'stringValue', value: 'premium' } } },
    },
    { routeId: 'other', celExpression: 'true' },
    { routeId: 'default' },
  ],
  variants: [
    { variantId: 'a', weight: 70, hash: 0.5, score: 100.98865, isChosen: true },
    { variantId: 'b', weight: 30 },
  ],
  candidates: [
    { model: 'openai/gpt-4o', isIncluded: true, reason: 'the variant names it' },
    { model: 'groq/x', isIncluded: true, reason: 'a fallback' },
    { model: 'nobody/y', reason: 'it is ignored' },
  ],
  chain: ['openai/gpt-4o', 'groq/x'],
  firstTokenTimeoutMs: 300,
  messages: [
    { role: 'system', content: 'You help.\nBe \u001b[31mbrief.' },
    { role: 'user', contentParts: [{ part: { case: 'text', value: 'Hi' } }] },
  ],
  warnings: ['The variable x has no effect.'],
  request: { model: 'openai/gpt-4o', temperature: 0.5 },
};

test('tells it readably', async () => {
  const server = await startStubServer({ explanation });
  const { code, stdout, stderr } = await runCommand(['explain', 'router/support'], { env: server.env });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatchInlineSnapshot(`
    "Router support took route premium.

    router              support
    route               premium
    variant             a
    models              openai/gpt-4o, then groq/x
    first token within  300 ms

    Routes
        broken: its condition could not be evaluated, and so is false
            score > 1
            ! no such key: score
      * premium: taken, its condition is true
            tier == "premium"
            tier = "premium"
        other: not looked at
            true
        default: not looked at

    Variants
      *  a  70 %  hash 0.500000  score 100.989
         b  30 %

    Models, in the order in which they would be tried
      1.  openai/gpt-4o  the variant names it
      2.  groq/x         a fallback
      no  nobody/y       it is ignored

    Messages that would be sent
      system:
        You help.
        Be \\u{1b}[31mbrief.
      user: Hi

    Settings, before the provider's own limits
      temperature: 0.5

    Without effect
      ! The variable x has no effect.
    "
  `);
});

test('tells a refusal first, and that the draw was by chance', async () => {
  const refusal = { reason: 'NO_ROUTE_MATCHED', message: 'No route matched.', field: 'model' };
  const variants = [{ variantId: 'a', weight: 100, isChosen: true }];
  const server = await startStubServer({ explanation: { refusal, variants, isRandom: true } });
  const { code, stdout } = await runCommand(['explain', 'router/x'], { env: server.env });
  expect(code).toBe(0);
  expect(stdout).toBe(
    'This request would be refused with NO_ROUTE_MATCHED: No route matched.\n  model\n\n' +
      'Variants, drawn by chance since the request names no user\n  *  a  100 %\n',
  );
});

test('a refusal is said once, and nothing is told as if it would happen', async () => {
  const message = 'The provider nobody of the model nobody/y is not known here.';
  const server = await startStubServer({
    explanation: {
      reasoning: message,
      refusal: { reason: 'PROVIDER_UNKNOWN', message },
      candidates: [
        { model: 'nobody/y', reason: message },
        { model: 'groq/x', reason: 'it is ignored' },
      ],
      messages: [{ role: 'user', content: 'Hi' }],
      request: { model: 'nobody/y', temperature: 0.5 },
    },
  });
  const { stdout } = await runCommand(['explain', 'nobody/y'], { env: server.env });
  expect(stdout).toBe(
    [
      `This request would be refused with PROVIDER_UNKNOWN: ${message}`,
      '',
      'Models that were considered',
      '  no  nobody/y  see above',
      '  no  groq/x    it is ignored',
      '',
      'Messages with the templates filled in',
      '  user: Hi',
      '',
      "Settings, before the provider's own limits",
      '  temperature: 0.5',
      '',
    ].join('\n'),
  );
});

test('--json prints one document with the names of the API', async () => {
  const server = await startStubServer({ explanation });
  const { stdout } = await runCommand(['explain', 'router/support', '--json'], { env: server.env });
  expect(JSON.parse(stdout)).toMatchObject({
    route_id: 'premium',
    is_random: false,
    routes: [{ error: 'no such key: score', is_taken: false }, { values: { tier: 'premium' } }, {}, {}],
    request: { temperature: 0.5 },
  });
});

test('--json prints what the JSON API answers', async () => {
  await using server = await startTestServer();
  const env = { SIGNALBOX_URL: server.origin, SIGNALBOX_KEY: server.apiKey };
  const body = {
    model: 'sandbox/echo',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
    max_tokens: 5,
    seed: 7,
    stop: ['x'],
  };
  const answer = await fetch(`${server.origin}/router/v1/routers:explain`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { stdout } = await runCommand(['explain', '--request', '-', '--json'], { env, input: JSON.stringify(body) });
  expect(JSON.parse(stdout)).toEqual(await answer.json());
  expect(JSON.parse(stdout)).toMatchObject({ messages: body.messages, request: { max_tokens: 5, seed: 7 } });
});

test('warns of fields at the root that nobody knows', async () => {
  const server = await startStubServer();
  const input = '{"model": "a/b", "mesages": [], "frobnicate": 1, "models": ["c/d"], "extra_body": {"x_new": 1}}';
  const { code, stderr } = await runCommand(['explain', '--request', '-'], { env: server.env, input });
  expect(code).toBe(0);
  expect(stderr).toBe(
    'warning: The field "mesages" is not known, and would be sent on to the provider as it is. Did you mean messages?\n' +
      'warning: The field "frobnicate" is not known, and would be sent on to the provider as it is.\n',
  );
});

test('sends what the flags say', async () => {
  const server = await startStubServer();
  const flags = ['--message', 'Hi', '--user', 'u-1', '--var', 'name=a=b', '--var', 'empty='];
  const metadata = ['tier=premium', 'score=0.8', 'on=true', 'list=["a"]', 'text="quoted"', 'bad={', '__proto__=1'];
  await runCommand(['explain', 'router/x', ...flags, ...metadata.flatMap((pair) => ['--metadata', pair])], server);
  const [request] = server.requests;
  expect(request).toMatchObject({ model: 'router/x', user: 'u-1', messages: [{ role: 'user', content: 'Hi' }] });
  expect(request?.extraBody?.promptVariables).toEqual({ name: 'a=b', empty: '' });
  expect(Object.entries(request?.extraBody?.metadata ?? {})).toEqual([
    ['tier', 'premium'],
    ['score', 0.8],
    ['on', true],
    ['list', ['a']],
    ['text', 'quoted'],
    ['bad', '{'],
    ['__proto__', 1],
  ]);
});

test('takes a request from a file, and flags go before it', async () => {
  const server = await startStubServer();
  const file = join(await createTemporaryFolder(), 'request.json');
  const body = {
    model: 'router/x',
    messages: [{ role: 'system', content: 'S' }],
    metadata: { tier: 'free', country: 'US' },
    temperature: 0.5,
  };
  await writeFile(file, JSON.stringify(body));
  const flags = ['--request', file, '--message', 'Hi', '--metadata', 'tier=premium'];
  expect((await runCommand(['explain', ...flags], { env: server.env })).stderr).toBe('');
  expect((await runCommand(['explain', 'router/y', ...flags], { env: server.env })).code).toBe(0);
  expect(server.requests.map(({ model }) => model)).toEqual(['router/x', 'router/y']);
  expect(server.requests[0]).toMatchObject({
    temperature: 0.5,
    messages: [{ content: 'S' }, { content: 'Hi' }],
    extraBody: { metadata: { tier: 'premium', country: 'US' } },
  });
});

test.each([
  ['[1]', /is no chat request/],
  ['{', /is no chat request.*\n {2}line 1: /],
  ['{"model": "a/b", "messages": 7}', /is no valid chat request\.\n {2}messages: it must be an array/],
])('refuses the request %s', async (input, message) => {
  const server = await startStubServer();
  const { code, stdout, stderr } = await runCommand(['explain', '--request', '-'], { env: server.env, input });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(message);
});
