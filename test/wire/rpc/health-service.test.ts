import { Code } from '@connectrpc/connect';
import { afterAll, describe, expect, test } from 'vitest';
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../../gen/grpc/health/v1/health_pb.ts';
import { catchConnectError } from '../../clients/catch-connect-error.ts';
import { binaryWires, createConnectClient } from '../../clients/connect-clients.ts';
import { startTestServer } from '../../support/test-server.ts';

const chatService = 'signalbox.chat.v1.ChatService';
const routerService = 'signalbox.router.v1.RouterService';
const modelService = 'signalbox.model.v1.ModelService';
const server = await startTestServer();
afterAll(() => server.close());

describe.each(binaryWires)('over $protocol on HTTP/$httpVersion, without a key', (wire) => {
  const client = createConnectClient(Health, server, wire, { authorization: null });

  test.each(['', chatService, routerService, modelService])('a check of %j says that it serves', async (service) => {
    expect(await client.check({ service })).toMatchObject({ status: ServingStatus.SERVING });
  });

  test('a check of a service that does not exist is refused', async () => {
    expect((await catchConnectError(client.check({ service: 'no.such.Service' }))).code).toBe(Code.NotFound);
  });

  test('the list has the server and its services', async () => {
    const { statuses } = await client.list({});
    expect(Object.entries(statuses).map(([name, { status }]) => [name, status])).toEqual([
      ['', ServingStatus.SERVING],
      [chatService, ServingStatus.SERVING],
      [routerService, ServingStatus.SERVING],
      [modelService, ServingStatus.SERVING],
    ]);
  });
});

describe.each(binaryWires)('a watch over $protocol on HTTP/$httpVersion', (wire) => {
  test.each([
    ['', [ServingStatus.SERVING, ServingStatus.NOT_SERVING]],
    [chatService, [ServingStatus.SERVING, ServingStatus.NOT_SERVING]],
    ['no.such.Service', [ServingStatus.SERVICE_UNKNOWN]],
  ])('of %j sees the drain, ends with it, and does not hold it up', async (service, expected) => {
    await using draining = await startTestServer();
    const client = createConnectClient(Health, draining, wire, { authorization: null });
    const seen: ServingStatus[] = [];
    let drained: Promise<unknown> | undefined;
    for await (const { status } of client.watch({ service })) {
      seen.push(status);
      drained ??= draining.composition.server.drain();
    }
    expect(seen).toEqual(expected);
    expect(await drained).toEqual({ cutConnections: 0 });
  });
});
