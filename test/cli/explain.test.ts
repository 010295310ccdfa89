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
          MODEL          WHY
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
      '      MODEL     WHY',
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

const ranked: MessageInitShape<typeof RoutingExplanationSchema> = {
  reasoning: "Using model: 'a/quick' for 'auto', ranked by latency, then coding",
  sort: ['latency', 'coding'],
  estimate: { promptTokens: 8, completionTokens: 1000 },
  candidates: [
    {
      model: 'a/quick',
      isIncluded: true,
      reason: 'It is first.',
      cost: 0.00260804,
      timeToFirstTokenMs: 150,
      expectedFirstTokenMs: 158.4,
      tokensPerSecond: 85.6,
      scores: { intelligence: { value: 51.6, estimated: true }, coding: { value: 40 }, math: { value: 30 } },
    },
    {
      model: 'b/unknown',
      isIncluded: true,
      reason: 'It is second.',
      cost: 0,
      expectedFirstTokenMs: 1520.4,
      tokensPerSecond: 30,
      isSpeedAssumed: true,
    },
    { model: 'c/broken', isIncluded: true, reason: 'It is last.', cost: 0.0000004567, isUnhealthy: true },
  ],
};

/** The section of the output that begins with a title, without it. */
function findSection(stdout: string, title: string): string[] {
  const section = stdout.split('\n\n').find((text) => text.startsWith(title));
  return (section ?? '').trimEnd().split('\n').slice(1);
}

test('shows what candidates were ranked by', async () => {
  const server = await startStubServer({ explanation: ranked });
  const { stdout } = await runCommand(['explain', 'auto'], { env: server.env });
  expect(stdout).toMatchInlineSnapshot(`
    "Using model: 'a/quick' for 'auto', ranked by latency, then coding

    ranked by  latency, then coding
    cost       for about 8 prompt and 1000 answer tokens

    Models, in the order in which they would be tried
          MODEL      COST          FIRST TOKEN  TOKENS/S  INTELLIGENCE  CODING  WHY
      1.  a/quick    $0.00261      158 ms       86        ~52           40      It is first.
      2.  b/unknown  $0            ~1520 ms     ~30       -             -       It is second.
      3.  c/broken   $0.000000457  -            -         -             -       keeps failing: passed over while another is left. It is last.
    "
  `);
});

test('shows a few of many models that are left out, with every reason, and how many more there are', async () => {
  const full = Array.from({ length: 30 }, (_, index) => ({ model: `a/full-${index}`, reason: 'Enough are tried.' }));
  const candidates = [
    { model: 'a/first', isIncluded: true, reason: 'It is first.' },
    ...full,
    { model: 'b/blind', reason: 'It takes no images.' },
  ];
  const server = await startStubServer({ explanation: { candidates } });
  const { stdout } = await runCommand(['explain', 'auto'], { env: server.env });
  const lines = findSection(stdout, 'Models');
  expect(lines.slice(1, 3)).toEqual(['  1.  a/first   It is first.', '  no  a/full-0  Enough are tried.']);
  expect(lines.slice(-2)).toEqual(['  no  b/blind   It takes no images.', '  and 21 more, which --json lists']);
  expect(lines.filter((line) => line.startsWith('  no  '))).toHaveLength(10);
});

test('says nothing of more when all are shown', async () => {
  const candidates = Array.from({ length: 10 }, (_, index) => ({ model: `a/${index}`, reason: 'Enough are tried.' }));
  const server = await startStubServer({ explanation: { candidates } });
  const { stdout } = await runCommand(['explain', 'auto'], { env: server.env });
  expect(findSection(stdout, 'Models').at(-1)).toBe('  no  a/9    Enough are tried.');
});

test('a real server tells what the call costs and how fast each model is', async () => {
  await using server = await startTestServer();
  const env = { SIGNALBOX_URL: server.origin, SIGNALBOX_KEY: server.apiKey };
  const flags = [
    '--models',
    'sandbox/echo, sandbox/tools,sandbox/json',
    '--sort',
    'latency',
    '--ignore',
    'sandbox/tools',
  ];
  const { code, stdout } = await runCommand(['explain', 'auto', ...flags], { env });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ranked by +latency$/m);
  expect(stdout).toMatch(/^cost +for about \d+ prompt and 1000 answer tokens$/m);
  expect(stdout).toMatch(/^ {2}1\. +sandbox\/\w+ +\$0 +~\d+ ms +~\d+ +\S/m);
  expect(stdout).toMatch(/^ {2}no +sandbox\/tools .* is to be ignored\.$/m);
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

test('sends what is to be chosen from, and how', async () => {
  const server = await startStubServer();
  const flags = ['--sort', 'price, latency', '--sort', 'coding', '--ignore', 'a,b/c', '--models', 'd/e'];
  await runCommand(['explain', 'auto', ...flags, '--order', 'g,f', '--no-fallbacks'], server);
  expect(server.requests[0]?.extraBody).toMatchObject({
    sort: ['price', 'latency', 'coding'],
    ignore: ['a', 'b/c'],
    models: ['d/e'],
    provider: { order: ['g', 'f'], allowFallbacks: false },
  });
});

test('what is to be chosen from takes the place of what a file says of the same', async () => {
  const server = await startStubServer();
  const body = { model: 'auto', messages: [], sort: ['price'], ignore: ['a'], provider: { order: ['b'] } };
  const flags = ['--request', '-', '--sort', 'latency', '--no-fallbacks'];
  await runCommand(['explain', ...flags], { env: server.env, input: JSON.stringify(body) });
  expect(server.requests[0]?.extraBody).toMatchObject({
    sort: ['latency'],
    ignore: ['a'],
    provider: { order: ['b'], allowFallbacks: false },
  });
});

test.each(['sort', 'ignore', 'models', 'order'])('--%s needs names', async (flag) => {
  const server = await startStubServer();
  const { code, stderr } = await runCommand(['explain', 'auto', `--${flag}`, 'price,'], { env: server.env });
  expect([code, stderr]).toEqual([2, expect.stringContaining(`--${flag} A,B`)]);
  expect(server.requests).toEqual([]);
});

test('without flags sends no extra_body', async () => {
  const server = await startStubServer();
  await runCommand(['explain', 'auto'], { env: server.env });
  expect(server.requests[0]?.extraBody).toBeUndefined();
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
