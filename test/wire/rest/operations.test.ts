import { describe, expect, test } from 'vitest';
import { sseReply } from '../../support/fake-upstream.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { parsePrometheusText } from '../../telemetry/prometheus-text.ts';
import { collectReply, connectRaw, createManualClock, openSession } from '../one-port-harness.ts';
import { postChat, readJson, startRig, upstreamChunk } from './chat-rig.ts';
import { readEvents } from './event-stream.ts';

describe('probes', () => {
  test('need no key and answer in JSON', async () => {
    await using server = await startTestServer();
    for (const [path, status] of [
      ['/healthz', 'ok'],
      ['/readyz', 'ready'],
    ]) {
      const response = await fetch(server.origin + path);
      expect(response.status).toBe(200);
      expect(await readJson(response)).toEqual({ status });
    }
  });

  test('while the server drains: it lives, and is not ready', async () => {
    const clock = createManualClock();
    const { server, first } = await startRig({ clock });
    const hold = Promise.withResolvers<void>();
    first.respond(sseReply([upstreamChunk({ content: 'one' }), hold.promise, upstreamChunk({}, 'stop'), '[DONE]']));
    const events = readEvents(await postChat(server, { stream: true }));
    await events.next();

    const probes = await Promise.all(
      ['/readyz', '/healthz'].map(async (path) => {
        const client = await connectRaw(server.port);
        // The answer to the first request shows that the head of the second one has come, up to where it is cut.
        client.socket.write(`GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET ${path} HTTP/1.1\r\nhost: x\r\n`);
        await client.waitFor(/\{"status":"ok"\}/);
        return client;
      }),
    );
    const drained = server.composition.server.drain();
    for (const probe of probes) probe.socket.write('\r\n');
    const [readiness = '', liveness = ''] = await Promise.all(probes.map((probe) => probe.closed));
    expect(readiness).toMatch(/HTTP\/1\.1 503 [\s\S]*retry-after: 1\r\n[\s\S]*\{"status":"draining"\}$/);
    expect(readiness.slice(1)).toMatch(/HTTP\/1\.1 503 [\s\S]*connection: close\r\n/i);
    expect(liveness).toMatch(/(HTTP\/1\.1 200 [\s\S]*\{"status":"ok"\}){2}$/);

    hold.resolve();
    expect((await events.rest()).at(-1)).toBe('[DONE]');
    expect(await drained).toEqual({ cutConnections: 0 });
  });

  test('a call that comes while the server drains is 503 with the time to wait', async () => {
    const { server } = await startRig();
    const client = await connectRaw(server.port);
    const body = JSON.stringify({ model: 'sandbox/echo', messages: [{ role: 'user', content: 'x' }] });
    client.socket.write(
      [
        'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nPOST /v1/chat/completions HTTP/1.1',
        'host: x',
        `authorization: ${server.authorization}`,
        'content-type: application/json',
        `content-length: ${body.length}`,
        '',
      ].join('\r\n'),
    );
    await client.waitFor(/\{"status":"ok"\}/);
    const drained = server.composition.server.drain();
    client.socket.write(`\r\n${body}`);
    expect(await client.closed).toMatch(/HTTP\/1\.1 503 [\s\S]*retry-after: 1\r\n[\s\S]*"code":"server_draining"/);
    await drained;
  });

  test('a stream that does not end in time ends with an error that says why', async () => {
    const clock = createManualClock();
    const { server, first } = await startRig({ clock, config: 'server: { drain_timeout_ms: 5000 }' });
    first.respond(sseReply([upstreamChunk({ content: 'one' })], { ending: 'hang' }));
    const events = readEvents(await postChat(server, { stream: true }));
    await events.next();
    await events.next();
    const request = await first.nextRequest();
    const drained = server.composition.server.drain();
    clock.advance(5000);
    await request.closed;
    expect(await events.rest()).toEqual([expect.stringContaining('"code":"server_draining"')]);
    expect(await drained).toEqual({ cutConnections: 0 });
  });
});

/** The value of one series, with its labels as they are written in Prometheus' text. */
async function readMetric(server: TestServer, name: string, labels: Readonly<Record<string, string>>): Promise<number> {
  const response = await fetch(`${server.origin}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const samples = parsePrometheusText(await response.text()).flatMap((family) => family.samples);
  const found = samples.find(
    (sample) =>
      sample.name === name && Object.keys(labels).every((label) => (sample.labels[label] ?? '') === labels[label]),
  );
  return found?.value ?? 0;
}

test('metrics count calls, attempts, refusals and streams in flight', async () => {
  const { server, first, second } = await startRig();
  first.respond({ status: 500, body: '{}' });
  second.respond(sseReply([upstreamChunk({ content: 'x' }, 'stop'), '[DONE]']));
  await readEvents(await postChat(server, { stream: true, models: ['second/x'] })).rest();
  await postChat(server, { model: '' });

  expect(await readMetric(server, 'signalbox_calls_total', { signalbox_protocol: 'rest', error_type: '' })).toBe(1);
  const failed = { gen_ai_provider_name: 'first', error_type: 'PROVIDER_FAILED' };
  expect(await readMetric(server, 'signalbox_attempts_total', failed)).toBe(1);
  expect(await readMetric(server, 'signalbox_attempts_total', { gen_ai_provider_name: 'second', error_type: '' })).toBe(
    1,
  );
  expect(await readMetric(server, 'signalbox_requests_rejected_total', { error_type: 'INVALID_FIELD' })).toBe(1);

  first.respond(sseReply([upstreamChunk({ content: 'one' })], { ending: 'hang' }));
  const client = new AbortController();
  const events = readEvents(await postChat(server, { stream: true }, { signal: client.signal }));
  await events.next();
  expect(await readMetric(server, 'signalbox_streams_in_flight', { signalbox_protocol: 'rest' })).toBe(1);
  client.abort();
  await server.nextLogLine('call failed');
  expect(await readMetric(server, 'signalbox_streams_in_flight', { signalbox_protocol: 'rest' })).toBe(0);
  expect(await readMetric(server, 'signalbox_calls_total', { error_type: 'CALL_CANCELLED' })).toBe(1);
});

test('the description of the API is there for everybody, over HTTP/2 as well', async () => {
  await using server = await startTestServer();
  const response = await fetch(`${server.origin}/openapi.json`);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  const description = await readJson(response);
  expect(description).toMatchObject({ openapi: expect.stringMatching(/^3\./) });
  const { status, body } = await collectReply(openSession(server.origin).request({ ':path': '/openapi.json' }));
  expect([status, JSON.parse(body)]).toEqual([200, description]);
});
