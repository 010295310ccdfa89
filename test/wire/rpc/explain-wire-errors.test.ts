import { create, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { errorFromJsonBytes } from '@connectrpc/connect/protocol-connect';
import { findTrailerError } from '@connectrpc/connect/protocol-grpc';
import { afterAll, describe, expect, test } from 'vitest';
import { ErrorInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { startTestServer } from '../../support/test-server.ts';
import { collectReply, openSession } from '../one-port-harness.ts';

const maxBodyBytes = 65_536;
const server = await startTestServer({ config: `server: { max_body_bytes: ${maxBodyBytes} }` });
afterAll(() => server.close());

const valid = toBinary(
  ChatCompletionRequestSchema,
  create(ChatCompletionRequestSchema, { model: 'sandbox/echo', messages: [{ role: 'user', content: 'x' }] }),
);

function frame(message: Uint8Array, flag = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

type Fault = [what: string, body: Uint8Array, headers: Record<string, string>, code: Code, reason: string];

/** Expects a status to have the reason in its details, and the log to tell of it. */
async function expectExplained(error: ConnectError | undefined, code: Code, reason: string): Promise<void> {
  expect(error?.code, error?.message).toBe(code);
  expect(error?.findDetails(ErrorInfoSchema)).toMatchObject([{ reason, domain: 'signalbox' }]);
  expect(await server.nextLogLine('request rejected')).toMatchObject({ error_reason: reason });
}

describe.each(['CreateChatCompletion', 'StreamChatCompletion'])('%s over gRPC', (procedure) => {
  test.each<Fault>([
    ['bytes that are no message', frame(Buffer.from([1, 2, 3, 255])), {}, Code.InvalidArgument, 'INVALID_REQUEST'],
    ['no message', Buffer.alloc(0), {}, Code.Unimplemented, 'INVALID_REQUEST'],
    ['a message too large', frame(Buffer.alloc(maxBodyBytes + 1)), {}, Code.ResourceExhausted, 'BODY_TOO_LARGE'],
    ['a timeout that is none', frame(valid), { 'grpc-timeout': 'xx' }, Code.InvalidArgument, 'INVALID_REQUEST'],
    ['an unknown compression', frame(valid, 1), { 'grpc-encoding': 'lzw' }, Code.Unimplemented, 'INVALID_REQUEST'],
  ])('explains and logs %s', async (_what, body, headers, code, reason) => {
    const stream = openSession(server.origin).request({
      ':method': 'POST',
      ':path': `/signalbox.chat.v1.ChatService/${procedure}`,
      'content-type': 'application/grpc',
      te: 'trailers',
      authorization: server.authorization,
      ...headers,
    });
    stream.end(body);
    const { trailers } = await collectReply(stream);
    const pairs = Object.entries(trailers ?? {}).map(([name, value]): [string, string] => [name, String(value)]);
    await expectExplained(findTrailerError(new Headers(pairs)), code, reason);
  });
});

describe('CreateChatCompletion over Connect', () => {
  const proto = { 'content-type': 'application/proto' };
  const json = { 'content-type': 'application/json' };
  test.each<Fault>([
    ['bytes that are no message', Buffer.from([1, 2, 3, 255]), proto, Code.InvalidArgument, 'INVALID_REQUEST'],
    ['bytes that are no JSON', Buffer.from('{"mod'), json, Code.InvalidArgument, 'INVALID_REQUEST'],
    ['an unknown field', Buffer.from('{"modle":"x"}'), json, Code.InvalidArgument, 'INVALID_REQUEST'],
    ['a message too large', Buffer.alloc(maxBodyBytes + 1), proto, Code.ResourceExhausted, 'BODY_TOO_LARGE'],
    [
      'a timeout that is none',
      valid,
      { ...proto, 'connect-timeout-ms': 'xx' },
      Code.InvalidArgument,
      'INVALID_REQUEST',
    ],
    ['an unknown compression', valid, { ...proto, 'content-encoding': 'lzw' }, Code.Unimplemented, 'INVALID_REQUEST'],
  ])('explains and logs %s', async (_what, body, headers, code, reason) => {
    const response = await fetch(`${server.origin}/signalbox.chat.v1.ChatService/CreateChatCompletion`, {
      method: 'POST',
      headers: { authorization: server.authorization, ...headers },
      body: new Uint8Array(body),
    });
    const fallback = new ConnectError('no error', Code.DataLoss);
    await expectExplained(
      errorFromJsonBytes(new Uint8Array(await response.arrayBuffer()), undefined, fallback),
      code,
      reason,
    );
  });
});

test('a call that succeeds is no rejection', async () => {
  const before = server.log.filter(({ msg }) => msg === 'request rejected').length;
  const response = await fetch(`${server.origin}/signalbox.chat.v1.ChatService/CreateChatCompletion`, {
    method: 'POST',
    headers: { authorization: server.authorization, 'content-type': 'application/proto' },
    body: new Uint8Array(valid),
  });
  expect(response.status).toBe(200);
  expect(server.log.filter(({ msg }) => msg === 'request rejected')).toHaveLength(before);
});
