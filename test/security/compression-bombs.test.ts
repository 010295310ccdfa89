import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { encodeEnvelope } from '@connectrpc/connect/protocol';
import { describe, expect, test } from 'vitest';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { collectReply, openSession } from '../wire/one-port-harness.ts';
import { runBesideACall } from '../wire/rest/bystander.ts';
import { chatBody, postChat, readError, startRig } from '../wire/rest/chat-rig.ts';

const unaryPath = '/signalbox.chat.v1.ChatService/CreateChatCompletion';
const streamPath = '/signalbox.chat.v1.ChatService/StreamChatCompletion';
const compressedFlag = 1;

/** Ten times what a body may have. */
const message = toBinary(
  ChatCompletionRequestSchema,
  create(ChatCompletionRequestSchema, {
    model: 'sandbox/echo',
    messages: [{ role: 'user', content: 'a'.repeat(100 * 1024 * 1024) }],
  }),
);

/** Each a few hundred kilobytes at most. */
const bombs: readonly (readonly [encoding: string, bytes: Uint8Array])[] = [
  ['gzip', gzipSync(message, { level: 1 })],
  ['br', brotliCompressSync(message, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
];

type Send = readonly [protocol: string, path: string, type: string, encodingHeader: string, isEnveloped: boolean];

const ways: readonly Send[] = [
  ['gRPC', unaryPath, 'application/grpc', 'grpc-encoding', true],
  ['gRPC, streamed', streamPath, 'application/grpc', 'grpc-encoding', true],
  ['gRPC-Web', unaryPath, 'application/grpc-web+proto', 'grpc-encoding', true],
  ['gRPC-Web, streamed', streamPath, 'application/grpc-web+proto', 'grpc-encoding', true],
  ['Connect', unaryPath, 'application/proto', 'content-encoding', false],
  ['Connect, streamed', streamPath, 'application/connect+proto', 'connect-content-encoding', true],
];

describe.each(ways)('a small request over %s', (_protocol, path, type, encodingHeader, isEnveloped) => {
  test.each(bombs)('that unpacks to 100 MB by %s is refused at the limit', async (encoding, bytes) => {
    const rig = await startRig();
    const reply = await runBesideACall(rig, async () => {
      const stream = openSession(rig.server.origin).request({
        ':method': 'POST',
        ':path': path,
        'content-type': type,
        [encodingHeader]: encoding,
        authorization: rig.server.authorization,
        te: 'trailers',
      });
      let head: Readonly<Record<string, unknown>> = {};
      stream.on('response', (received) => {
        head = received;
      });
      stream.end(isEnveloped ? encodeEnvelope(compressedFlag, bytes) : bytes);
      const { status, body, trailers } = await collectReply(stream);
      return { status, body, grpcStatus: head['grpc-status'] ?? trailers['grpc-status'] };
    });
    if (type === 'application/grpc') expect(Number(reply.grpcStatus)).toBe(Code.ResourceExhausted);
    else expect(reply.body).toMatch(/"code":"resource_exhausted"|grpc-status: 8\b/);
    expect(rig.server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('a provider that compresses its answer, which it was not asked to', () => {
  const body = gzipSync(Buffer.alloc(50 * 1024 * 1024));
  const encodings: readonly (readonly [string, Uint8Array])[] = [
    ['gzip', body],
    ['GZIP', body],
    ['x-gzip', body],
    ['identity, gzip', body],
    ['deflate', deflateSync(Buffer.alloc(1024))],
    ['br', brotliCompressSync(Buffer.alloc(1024))],
    ['zstd', Buffer.alloc(1024)],
  ];

  test.each(encodings)('%s is not unpacked', async (encoding, bytes) => {
    const { server, first } = await startRig();
    const headers = { 'content-encoding': encoding, 'content-type': 'application/json' };
    for (const stream of [false, true]) {
      first.respond({ headers, body: bytes });
      const response = await postChat(server, { stream });
      expect(response.status).toBe(502);
      expect(await readError(response)).toMatchObject({ message: expect.stringContaining('compressed') });
    }
    // Nor is an error's body, which says nothing then.
    first.respond({ status: 400, headers, body: bytes });
    const response = await postChat(server);
    expect(response.status).toBeGreaterThanOrEqual(400);
    await response.text();
    for (const request of first.requests) expect(request.headers['accept-encoding']).toBe('identity');
  });

  test('and of one whose transfer is compressed nothing is taken either', async () => {
    const { server, first } = await startRig();
    const size = body.length.toString(16);
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: gzip, chunked\r\n\r\n';
    first.respond({ raw: [`${head}${size}\r\n`, body, '\r\n0\r\n\r\n'], ending: 'close' });
    const response = await postChat(server, chatBody());
    expect(response.status).toBe(502);
    await response.text();
  });
});
