import { Code } from '@connectrpc/connect';
import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node';
import { afterAll, describe, expect, test } from 'vitest';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { startTestServer } from '../support/test-server.ts';
import { catchConnectError } from './catch-connect-error.ts';
import { collect } from './collect.ts';
import { binaryWires, connectWires, createConnectClient } from './connect-clients.ts';

const maxBodyBytes = 65_536;
const server = await startTestServer({ config: `server: { max_body_bytes: ${maxBodyBytes} }` });
afterAll(() => server.close());

function createRequest(content: string) {
  return { model: 'sandbox/echo', messages: [{ role: 'user', content }] };
}

describe.each(connectWires)('$protocol over HTTP/$httpVersion in $format', (wire) => {
  const client = createConnectClient(ChatService, server, wire);

  test('a message past the limit is refused, and the next call is served', async () => {
    const tooLong = createRequest('a'.repeat(maxBodyBytes));
    expect((await catchConnectError(client.createChatCompletion(tooLong))).code).toBe(Code.ResourceExhausted);
    expect((await catchConnectError(collect(client.streamChatCompletion(tooLong)))).code).toBe(Code.ResourceExhausted);
    expect(await client.createChatCompletion(createRequest('Hello'))).toMatchObject({ model: 'sandbox/echo' });
  });
});

describe.each(binaryWires)('$protocol over HTTP/$httpVersion', (wire) => {
  describe.each([compressionGzip, compressionBrotli])('compressed with $name', (compression) => {
    const client = createConnectClient(ChatService, server, wire, {
      sendCompression: compression,
      acceptCompression: [compression],
      compressMinBytes: 0,
    });
    const long = 'All work and no play makes Jack a dull boy. '.repeat(100);

    test('a request is read, and a long answer compressed', async () => {
      let header = new Headers();
      const completion = await client.createChatCompletion(createRequest(long), {
        onHeader: (received) => {
          header = received;
        },
      });
      expect(completion.choices[0]?.message?.content).toBe(long);
      const encoding = wire.protocol === 'Connect' ? 'content-encoding' : 'grpc-encoding';
      expect(header.get(encoding)).toBe(compression.name);
    });

    test('a request is read, and its answer streamed', async () => {
      const slices = await collect(client.streamChatCompletion(createRequest('Hello there')));
      expect(slices.map(({ slice }) => slice.case)).toEqual(['head', 'delta', 'delta', 'finish']);
    });

    test('a small request that unpacks to more than the limit is refused', async () => {
      const bomb = createRequest('a'.repeat(10 * maxBodyBytes));
      expect((await catchConnectError(client.createChatCompletion(bomb))).code).toBe(Code.ResourceExhausted);
    });
  });
});
