import { Code } from '@connectrpc/connect';
import { afterAll, expect, test } from 'vitest';
import { Operations } from '../../gen/google/longrunning/operations_pb.ts';
import { startTestServer } from '../support/test-server.ts';
import { catchConnectError } from './catch-connect-error.ts';
import { connectWires, createConnectClient } from './connect-clients.ts';

const server = await startTestServer();
afterAll(() => server.close());

test.each(connectWires)(
  'a service that is not served is unimplemented: $protocol over HTTP/$httpVersion in $format',
  async (wire) => {
    const client = createConnectClient(Operations, server, wire);
    const error = await catchConnectError(client.getOperation({ name: 'operations/1' }));
    expect(error.code).toBe(Code.Unimplemented);
  },
);

test.each(['application/grpc+proto', 'application/grpc-web+json'])(
  'the refusal is in the protocol of %s',
  async (type) => {
    const response = await fetch(`${server.origin}/no.such.Service/Method`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: new Uint8Array(5),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('grpc-status')).toBe(String(Code.Unimplemented));
  },
);
