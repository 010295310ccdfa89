import { fileURLToPath } from 'node:url';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, describe, expect, test } from 'vitest';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { startTestServer } from '../support/test-server.ts';
import { parseJsonDocuments } from './parse-json-documents.ts';
import { type ProgramResult, runProgram } from './run-program.ts';

const buf = fileURLToPath(new URL('../../node_modules/.bin/buf', import.meta.url));
const server = await startTestServer();
afterAll(() => server.close());

const missing = create(ErrorInfoSchema, { reason: 'CREDENTIALS_MISSING', domain: 'signalbox' });
const body = '{"model":"sandbox/echo","messages":[{"role":"user","content":"hi"}]}';

function curl(path: string, ...flags: string[]): Promise<ProgramResult> {
  return runProgram(buf, ['curl', ...flags, `${server.origin}${path}`]);
}

// No schema is given: all of it comes by reflection.
test('lists the services', async () => {
  const { stdout } = await curl('', '--http2-prior-knowledge', '--list-services');
  expect(stdout.trim().split('\n')).toEqual([
    'grpc.health.v1.Health',
    'grpc.reflection.v1.ServerReflection',
    'grpc.reflection.v1alpha.ServerReflection',
    'signalbox.chat.v1.ChatService',
    'signalbox.model.v1.ModelService',
    'signalbox.router.v1.RouterService',
  ]);
});

test('lists the methods', async () => {
  const { stdout } = await curl('', '--http2-prior-knowledge', '--list-methods');
  expect(stdout.trim().split('\n')).toEqual(
    expect.arrayContaining([
      'signalbox.chat.v1.ChatService/CreateChatCompletion',
      'signalbox.chat.v1.ChatService/StreamChatCompletion',
    ]),
  );
});

describe.each([
  ['grpc', 'grpc-v1'],
  ['grpcweb', 'grpc-v1alpha'],
  ['connect', 'grpc-v1'],
])('%s, with reflection %s', (protocol, reflectProtocol) => {
  const flags = ['--protocol', protocol, '--reflect-protocol', reflectProtocol];
  const authorize = ['-H', `authorization: ${server.authorization}`];

  test('calls', async () => {
    const path = '/signalbox.chat.v1.ChatService/CreateChatCompletion';
    const { exitCode, stdout } = await curl(path, ...flags, ...authorize, '-d', body);
    expect(exitCode).toBe(0);
    expect(parseJsonDocuments(stdout)).toMatchObject([
      { model: 'sandbox/echo', choices: [{ message: { content: 'hi' }, finishReason: 'stop' }] },
    ]);
  });

  test('streams', async () => {
    const path = '/signalbox.chat.v1.ChatService/StreamChatCompletion';
    const { exitCode, stdout } = await curl(path, ...flags, ...authorize, '-d', body);
    expect(exitCode).toBe(0);
    expect(parseJsonDocuments(stdout)).toMatchObject([
      { head: { model: 'sandbox/echo' } },
      { delta: { content: 'hi' } },
      { finish: { choices: [{ finishReason: 'stop' }] } },
    ]);
  });

  test('shows the details of an error', async () => {
    const path = '/signalbox.chat.v1.ChatService/StreamChatCompletion';
    const { exitCode, stderr } = await curl(path, ...flags, '-d', body);
    // The code, shifted by three bits.
    expect(exitCode).toBe(16 << 3);
    const value = Buffer.from(toBinary(ErrorInfoSchema, missing)).toString('base64').replaceAll('=', '');
    expect(parseJsonDocuments(stderr)).toMatchObject([
      { code: 'unauthenticated', details: [{ type: 'google.rpc.ErrorInfo', value }] },
    ]);
  });
});
