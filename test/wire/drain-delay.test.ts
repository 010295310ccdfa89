import { expect, test } from 'vitest';
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/grpc/health/v1/health_pb.ts';
import { createConnectClient } from '../clients/connect-clients.ts';
import { jsonReply } from '../support/fake-upstream.ts';
import { createManualClock } from './one-port-harness.ts';
import { postChat, readError, readJson, startRig, upstreamReply } from './rest/chat-rig.ts';

test('a server that stops takes calls for drain_delay_ms, while it says that it is not ready', async () => {
  const clock = createManualClock();
  const { server, first } = await startRig({ clock, config: 'server: { drain_delay_ms: 5000 }' });
  const hold = Promise.withResolvers<void>();
  first.respond(jsonReply(upstreamReply(), { after: hold.promise }));
  const early = postChat(server);
  await first.nextRequest();
  const drained = server.composition.server.drain();

  const readiness = await fetch(`${server.origin}/readyz`);
  expect([readiness.status, await readJson(readiness)]).toEqual([503, { status: 'draining' }]);
  const client = createConnectClient(Health, server, { protocol: 'gRPC', httpVersion: '2', format: 'binary' });
  expect(await client.check({})).toMatchObject({ status: ServingStatus.NOT_SERVING });
  first.respond(jsonReply(upstreamReply()));
  const late = await postChat(server);
  expect(late.status).toBe(200);
  // The next connection may lead the client elsewhere.
  expect(late.headers.get('connection')).toBe('close');

  clock.advance(5000);
  // The drain goes on once the timer has run, which takes a turn.
  await expect.poll(async () => (await postChat(server)).status).toBe(503);
  expect(await readError(await postChat(server))).toMatchObject({ code: 'server_draining' });
  hold.resolve();
  expect((await early).status).toBe(200);
  expect(await drained).toEqual({ cutConnections: 0 });
  expect(await server.composition.server.drain()).toEqual({ cutConnections: 0 });
});
