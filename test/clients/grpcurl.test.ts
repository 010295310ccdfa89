import { afterAll, describe, expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';
import { findGrpcurl } from './find-grpcurl.ts';
import { parseJsonDocuments } from './parse-json-documents.ts';
import { type ProgramResult, runProgram } from './run-program.ts';

const grpcurl = findGrpcurl();
const body = '{"model":"sandbox/echo","messages":[{"role":"user","content":"hi"}]}';

if (grpcurl === undefined) {
  test.skip('needs grpcurl: go install github.com/fullstorydev/grpcurl/cmd/grpcurl@latest', () => {});
} else {
  describe('grpcurl', () => testGrpcurl(grpcurl));
}

function testGrpcurl(program: string): void {
  const serverStarted = startTestServer();
  afterAll(async () => (await serverStarted).close());

  /** Runs grpcurl with flags before the address and arguments after it. */
  async function run(flags: readonly string[], args: readonly string[]): Promise<ProgramResult> {
    const { port } = await serverStarted;
    return await runProgram(program, ['-plaintext', ...flags, `127.0.0.1:${port}`, ...args]);
  }

  async function call(method: string, data: string): Promise<ProgramResult> {
    const { authorization } = await serverStarted;
    const flags = ['-H', `authorization: ${authorization}`, '-format-error', '-d', data];
    return await run(flags, [`signalbox.chat.v1.ChatService/${method}`]);
  }

  test('lists the services', async () => {
    const { stdout } = await run([], ['list']);
    expect(stdout.trim().split('\n')).toEqual([
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
      'signalbox.chat.v1.ChatService',
      'signalbox.model.v1.ModelService',
      'signalbox.router.v1.RouterService',
    ]);
  });

  test.each([
    ['signalbox.chat.v1.ChatService', 'rpc StreamChatCompletion ( .signalbox.chat.v1.ChatCompletionRequest ) returns'],
    ['signalbox.chat.v1.ChatCompletionRequest', 'optional double temperature = 5'],
    ['signalbox.chat.v1.ChatCompletionRequest.model', 'string model = 1'],
    ['signalbox.chat.v1.ToolChoice.choice', 'oneof choice'],
  ])('describes %s', async (symbol, expected) => {
    expect((await run([], ['describe', symbol])).stdout).toContain(expected);
  });

  test('calls', async () => {
    const { exitCode, stdout } = await call('CreateChatCompletion', body);
    expect(exitCode).toBe(0);
    expect(parseJsonDocuments(stdout)).toMatchObject([
      { model: 'sandbox/echo', choices: [{ message: { role: 'assistant', content: 'hi' }, finishReason: 'stop' }] },
    ]);
  });

  test('streams', async () => {
    const { exitCode, stdout } = await call('StreamChatCompletion', body);
    expect(exitCode).toBe(0);
    expect(parseJsonDocuments(stdout)).toMatchObject([
      { head: { model: 'sandbox/echo' } },
      { delta: { content: 'hi' } },
      { finish: { choices: [{ finishReason: 'stop' }] } },
    ]);
  });

  test('shows the details of an error', async () => {
    const { exitCode, stderr } = await call('CreateChatCompletion', body.replace('echo', 'error-429'));
    // 64 and the code.
    expect(exitCode).toBe(64 + 8);
    expect(parseJsonDocuments(stderr)).toMatchObject([
      {
        code: 8,
        message: expect.stringContaining('Try again in 1 second'),
        details: [
          { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'ATTEMPTS_RATE_LIMITED', domain: 'signalbox' },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1s' },
          { '@type': 'type.googleapis.com/google.rpc.RequestInfo' },
        ],
      },
    ]);
  });

  test('is told when the key is missing', async () => {
    const { exitCode, stderr } = await run(['-d', body], ['signalbox.chat.v1.ChatService/CreateChatCompletion']);
    expect(exitCode).toBe(64 + 16);
    expect(stderr).toContain('No API key was sent.');
  });

  test('checks health', async () => {
    const { stdout } = await run([], ['grpc.health.v1.Health/Check']);
    expect(parseJsonDocuments(stdout)).toEqual([{ status: 'SERVING' }]);
  });
}
