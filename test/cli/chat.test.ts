import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import { ChatCompletionSchema } from '../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { ChatCompletionSliceSchema, type Delta } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { createError } from '../../src/core/errors.ts';
import { encodeRpcError } from '../../src/wire/rpc/rpc-error.ts';
import { runCommand } from './run-command.ts';
import { startStubServer } from './stub-server.ts';

const usage = { promptTokens: 3, completionTokens: 5 };
const metadata = {
  totalDurationMs: 12,
  router: 'support',
  routeId: 'default',
  variantId: 'a',
  warnings: ['Left out.'],
};
const head = create(ChatCompletionSliceSchema, {
  slice: { case: 'head', value: { model: 'sandbox/echo', id: 'chatcmpl-1' } },
});
const finish = create(ChatCompletionSliceSchema, {
  slice: { case: 'finish', value: { choices: [{ finishReason: 'stop' }], usage, metadata } },
});

function createDelta(value: Partial<Pick<Delta, 'content' | 'reasoningContent' | 'index'>>) {
  return create(ChatCompletionSliceSchema, { slice: { case: 'delta', value } });
}

const summary = 'sandbox/echo, 3 + 5 tokens, 12 ms, router support/default/a';

async function startChat(slices: readonly ReturnType<typeof createDelta>[], end?: () => unknown) {
  const requests: ChatCompletionRequest[] = [];
  const server = await startStubServer({
    chat: {
      async *streamChatCompletion(request) {
        requests.push(request);
        yield* slices;
        await end?.();
      },
      createChatCompletion(request) {
        requests.push(request);
        return create(ChatCompletionSchema, {
          id: 'chatcmpl-1',
          model: 'sandbox/echo',
          choices: [
            { message: { role: 'assistant', content: 'Whole', reasoningContent: 'Hm' }, finishReason: 'length' },
          ],
          usage,
          metadata,
        });
      },
    },
  });
  return { ...server, requests };
}

/** Resolves when the server sees that its client is gone. */
function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

describe('chat', () => {
  const answer = [
    head,
    createDelta({ reasoningContent: 'Hm' }),
    createDelta({ content: 'Hel\u001b[31m' }),
    createDelta({ content: 'lo' }),
    createDelta({ content: 'other', index: 1 }),
    finish,
  ];

  test('prints the text as it is, and what served it on standard error', async () => {
    const server = await startChat(answer);
    const result = await runCommand(['chat', 'sandbox/echo', 'Say', 'hello', '--system', 'S'], { env: server.env });
    expect(result).toEqual({ code: 0, stdout: 'Hel\u001b[31mlo\n', stderr: `warning: Left out.\n${summary}\n` });
    expect(server.requests[0]).toMatchObject({
      model: 'sandbox/echo',
      messages: [
        { role: 'system', content: 'S' },
        { role: 'user', content: 'Say hello' },
      ],
    });
  });

  test('at a terminal shows the reasoning dimmed, and nothing that steers the terminal', async () => {
    const server = await startChat(answer);
    const terminals = ['stdout', 'stderr'] as const;
    const { stdout, stderr } = await runCommand(['chat', 'm', 'x'], { env: server.env, terminals });
    expect(stdout).toBe('Hel\\u{1b}[31mlo\n');
    expect(stderr.startsWith('\u001b[2mHm\u001b[22m')).toBe(true);
    const plain = await runCommand(['chat', 'm', 'x'], { env: { ...server.env, NO_COLOR: '1' }, terminals });
    expect(plain.stderr).toBe(`Hm\n\nwarning: Left out.\n${summary}\n`);
  });

  test('takes the text of standard input', async () => {
    const server = await startChat(answer);
    await runCommand(['chat', 'm'], { env: server.env, input: 'piped\n' });
    await runCommand(['chat', 'm', '-'], { env: server.env, input: 'dash' });
    expect(server.requests.map(({ messages }) => messages[0]?.content)).toEqual(['piped\n', 'dash']);
  });

  test('sends what is to be chosen from, and how', async () => {
    const server = await startChat(answer);
    const flags = ['--sort', 'price,latency', '--ignore', 'a', '--models', 'b/c'];
    await runCommand(['chat', 'auto', 'x', ...flags], { env: server.env });
    expect(server.requests[0]?.extraBody).toMatchObject({
      sort: ['price', 'latency'],
      ignore: ['a'],
      models: ['b/c'],
    });
  });

  test('without a text sends nothing, unless "" says so', async () => {
    const server = await startChat(answer);
    expect(await runCommand(['chat', 'm'], { env: server.env })).toMatchObject({ code: 2, stdout: '' });
    expect(await runCommand(['chat', 'm'], { env: server.env, terminals: ['stdin'] })).toMatchObject({ code: 2 });
    expect(server.requests).toEqual([]);
    expect(await runCommand(['chat', 'm', ''], { env: server.env })).toMatchObject({ code: 0 });
    expect(server.requests[0]?.messages).toEqual([]);
  });

  test('--no-stream prints the whole answer', async () => {
    const server = await startChat([]);
    const { code, stdout, stderr } = await runCommand(['chat', 'm', 'x', '--no-stream'], { env: server.env });
    expect([code, stdout]).toEqual([0, 'Whole\n']);
    expect(stderr).toContain(`${summary}, ended by length\n`);
  });

  test('--json prints a chunk a line, or one document', async () => {
    const server = await startChat(answer);
    const streamed = await runCommand(['chat', 'm', 'x', '--json'], { env: server.env });
    const chunks = streamed.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(streamed.stderr).toBe('');
    expect(chunks[0]).toMatchObject({ object: 'chat.completion.chunk', model: 'sandbox/echo' });
    expect(chunks.at(-1)).toMatchObject({ usage: { prompt_tokens: 3 }, metadata: { router: 'support' } });
    const whole = await runCommand(['chat', 'm', 'x', '--json', '--no-stream'], { env: server.env });
    expect(JSON.parse(whole.stdout)).toMatchObject({ choices: [{ message: { content: 'Whole' } }] });
  });
});

describe('an answer that breaks off', () => {
  const beginning = [head, createDelta({ content: 'Hel' })];

  test.each([
    [
      'with an error',
      () => Promise.reject(encodeRpcError(createError('SERVER_DRAINING', {}))),
      /^This server is shutting down\. .*\n$/,
      'SERVER_DRAINING',
    ],
    ['without a finish', () => Promise.resolve(), /^The answer broke off: .*\n$/, null],
  ])('%s is no success', async (_what, end, message, reason) => {
    const server = await startChat(beginning, end);
    const { code, stdout, stderr } = await runCommand(['chat', 'm', 'x'], { env: server.env });
    expect([code, stdout]).toEqual([1, 'Hel\n']);
    expect(stderr).toMatch(message);
    const json = await runCommand(['chat', 'm', 'x', '--json'], { env: server.env });
    expect(json.code).toBe(1);
    expect(json.stdout).toMatch(/Hel.*\n$/);
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { reason } });
  });

  test('with its connection ends with 3', async () => {
    const stub = await startStubServer({
      chat: {
        async *streamChatCompletion(_request, { signal }) {
          yield* beginning;
          await untilAborted(signal);
        },
      },
    });
    const onOutput = (): void => stub.cut();
    const { code, stdout, stderr } = await runCommand(['chat', 'm', 'x'], { env: stub.env, onOutput });
    expect([code, stdout]).toEqual([3, 'Hel\n']);
    expect(stderr).toMatch(/^The connection to the server at .* broke off\. Try again\.\n$/);
  });

  test('at Ctrl-C ends with 130, and the server sees it', async () => {
    const gone = Promise.withResolvers<void>();
    const server = await startStubServer({
      chat: {
        async *streamChatCompletion(_request, { signal }) {
          yield* beginning;
          await untilAborted(signal);
          gone.resolve();
          throw new ConnectError('gone', Code.Canceled);
        },
      },
    });
    const result = await runCommand(['chat', 'm', 'x'], {
      env: server.env,
      onOutput: (text, { signal }) => {
        if (text === 'Hel') signal('SIGINT');
      },
    });
    expect(result).toEqual({ code: 130, stdout: 'Hel\n', stderr: 'Interrupted.\n' });
    await gone.promise;
  });

  test('is cancelled when its reader leaves, which is no error', async () => {
    const gone = Promise.withResolvers<void>();
    const server = await startStubServer({
      chat: {
        async *streamChatCompletion(_request, { signal }) {
          yield* beginning;
          yield createDelta({ content: 'lo' });
          await untilAborted(signal);
          gone.resolve();
        },
      },
    });
    const onOutput = (_text: string, { closeOutput }: { closeOutput(): void }): void => closeOutput();
    const result = await runCommand(['chat', 'm', 'x'], { env: server.env, onOutput });
    expect(result).toEqual({ code: 0, stdout: 'Hel', stderr: '' });
    await gone.promise;
  });
});
