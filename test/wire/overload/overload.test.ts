import { Code } from '@connectrpc/connect';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ErrorInfoSchema, RetryInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts';
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../../gen/grpc/health/v1/health_pb.ts';
import { ChatService } from '../../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { ModelService } from '../../../gen/signalbox/model/v1/model_service_pb.ts';
import { RouterService } from '../../../gen/signalbox/router/v1/router_service_pb.ts';
import { queueChanged } from '../../../src/core/events.ts';
import { catchConnectError } from '../../clients/catch-connect-error.ts';
import { binaryWires, type ConnectWire, createConnectClient } from '../../clients/connect-clients.ts';
import { configureFakeProvider } from '../../clients/fake-provider.ts';
import { textCompletion } from '../../clients/upstream-chunks.ts';
import { createFakeUpstream, type FakeUpstream, jsonReply } from '../../support/fake-upstream.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../../support/test-server.ts';
import { parsePrometheusText } from '../../telemetry/prometheus-text.ts';
import { connectRaw, createManualClock } from '../one-port-harness.ts';
import { postChat, readError, readJson } from '../rest/chat-rig.ts';
import { createManualProbe } from './manual-probe.ts';

const messages = [{ role: 'user' as const, content: 'Hello' }];
const grpc: ConnectWire = { protocol: 'gRPC', httpVersion: '2', format: 'binary' };

interface OverloadRig {
  readonly server: TestServer;
  readonly upstream: FakeUpstream;
  /** Lets the next answer of the provider go. */
  answerNext(): void;
  /** Resolves when this many calls wait. */
  waitForQueued(count: number): Promise<void>;
}

/** Starts a server whose provider answers when the test says so. */
async function startRig(overload: string, options: Omit<TestServerOptions, 'config'> = {}): Promise<OverloadRig> {
  let queued = 0;
  let onQueued = (): void => {};
  const unsubscribe = queueChanged.subscribe(({ change }) => {
    queued += change;
    onQueued();
  });
  onTestFinished(unsubscribe);
  const upstream = await createFakeUpstream();
  onTestFinished(() => upstream.close());
  const config = `${configureFakeProvider(upstream)}server: { overload: { ${overload} } }\ncalls: { timeout_ms: 60000 }`;
  const server = await startTestServer({ random: () => 0.5, ...options, config });
  onTestFinished(() => server.close());
  const held: (() => void)[] = [];
  upstream.respondAlways(() => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held.push(resolve);
    return jsonReply(textCompletion('Hello there'), { after: promise });
  });
  return {
    server,
    upstream,
    answerNext: () => held.shift()?.(),
    waitForQueued: (count) =>
      new Promise((resolve) => {
        onQueued = () => {
          if (queued === count) resolve();
        };
        onQueued();
      }),
  };
}

/** Makes a call of the provider's, with a word of its own to be known by. */
function call({ server }: OverloadRig, word = 'Hello', init: Parameters<typeof postChat>[2] = {}): Promise<Response> {
  return postChat(server, { model: 'fake/some-model', messages: [{ role: 'user', content: word }] }, init);
}

describe('when as many calls run as may, and as many wait', () => {
  async function startFull(): Promise<OverloadRig> {
    const rig = await startRig('max_calls: 1, max_queued_calls: 1');
    const running = call(rig);
    await rig.upstream.nextRequest();
    const waiting = call(rig);
    await rig.waitForQueued(1);
    onTestFinished(async () => {
      rig.answerNext();
      expect((await running).status).toBe(200);
      await rig.upstream.nextRequest();
      rig.answerNext();
      expect((await waiting).status).toBe(200);
    });
    return rig;
  }

  test('REST has 503 with the time to wait', async () => {
    const rig = await startFull();
    const response = await call(rig);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('3');
    expect(await readError(response)).toMatchObject({
      type: 'server_error',
      code: 'server_overloaded',
      message: expect.stringContaining('1 calls run and 1 wait'),
    });
    expect(rig.upstream.requests).toHaveLength(1);
  });

  test.each(binaryWires)('$protocol over HTTP/$httpVersion has UNAVAILABLE with RetryInfo', async (wire) => {
    const rig = await startFull();
    const client = createConnectClient(ChatService, rig.server, wire);
    const request = { model: 'fake/some-model', messages };
    const refusals = [
      () => client.createChatCompletion(request),
      () => client.streamChatCompletion(request)[Symbol.asyncIterator]().next(),
    ];
    for (const refuse of refusals) {
      const error = await catchConnectError(refuse());
      expect(error.code).toBe(Code.Unavailable);
      expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'SERVER_OVERLOADED' }]);
      expect(error.findDetails(RetryInfoSchema)).toMatchObject([{ retryDelay: { seconds: 3n } }]);
    }
  });

  test('nobody sends a body for nothing, and who has no key hears of that alone', async () => {
    const rig = await startFull();
    const ask = async (authorization: string): Promise<string> => {
      const client = await connectRaw(rig.server.port);
      const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`;
      client.socket.write(`${head}content-length: 1000000\r\n${authorization}\r\n`);
      await client.waitFor(/\r\n\r\n\{.*\}$/s);
      client.socket.destroy();
      return client.received();
    };
    expect(await ask(`authorization: ${rig.server.authorization}\r\n`)).toMatch(/^HTTP\/1.1 503 /);
    expect(await ask('')).toMatch(/^HTTP\/1.1 401 /);
    expect(await ask('authorization: Bearer bm86Ym9keQ==\r\n')).toMatch(/^HTTP\/1.1 401 /);
  });

  test('the server is not ready, and says why; management and probes go on', async () => {
    const { server } = await startFull();
    const readiness = await fetch(`${server.origin}/readyz`);
    expect([readiness.status, await readJson(readiness)]).toEqual([503, { status: 'overloaded', cause: 'calls' }]);
    const headers = { authorization: server.authorization };
    for (const path of ['/healthz', '/metrics', '/openapi.json', '/v1/models', '/router/v1/routers']) {
      expect((await fetch(server.origin + path, { headers })).status, path).toBe(200);
    }
    await createConnectClient(RouterService, server, grpc).listRouters({});
    await createConnectClient(ModelService, server, grpc).listModels({});
    const { status } = await createConnectClient(Health, server, grpc).check({});
    expect(status).toBe(ServingStatus.NOT_SERVING);
  });
});

describe('a call that waits for a place', () => {
  test('goes before those that came later', async () => {
    const rig = await startRig('max_calls: 1, max_queued_calls: 10');
    const answers = [call(rig, 'first')];
    await rig.upstream.nextRequest();
    for (const [index, word] of ['second', 'third', 'fourth'].entries()) {
      answers.push(call(rig, word));
      await rig.waitForQueued(index + 1);
    }
    for (const word of ['second', 'third', 'fourth']) {
      rig.answerNext();
      expect((await rig.upstream.nextRequest()).body).toContain(word);
    }
    rig.answerNext();
    for (const answer of answers) expect((await answer).status).toBe(200);
    expect(await readJson(await fetch(`${rig.server.origin}/readyz`))).toEqual({ status: 'ready' });
  });

  test('makes room when its client leaves, and never reaches a provider', async () => {
    const rig = await startRig('max_calls: 1, max_queued_calls: 1');
    const running = call(rig, 'first');
    await rig.upstream.nextRequest();
    const client = new AbortController();
    const left = call(rig, 'second', { signal: client.signal });
    await rig.waitForQueued(1);
    client.abort();
    await expect(left).rejects.toThrow();
    await rig.waitForQueued(0);
    const waiting = call(rig, 'third');
    await rig.waitForQueued(1);
    rig.answerNext();
    expect((await rig.upstream.nextRequest()).body).toContain('third');
    rig.answerNext();
    expect([(await running).status, (await waiting).status]).toEqual([200, 200]);
    expect(rig.upstream.requests).toHaveLength(2);
  });

  test('waits no longer than queue_timeout_ms', async () => {
    const clock = createManualClock();
    const rig = await startRig('max_calls: 1, queue_timeout_ms: 3000', { clock });
    const running = call(rig);
    await rig.upstream.nextRequest();
    const waiting = call(rig);
    await rig.waitForQueued(1);
    clock.advance(3000);
    const response = await waiting;
    expect(response.status).toBe(503);
    expect(await readError(response)).toMatchObject({
      code: 'server_overloaded',
      message: expect.stringContaining('within 3000 ms'),
    });
    rig.answerNext();
    expect((await running).status).toBe(200);
  });

  test('waits no longer than its deadline', async () => {
    const clock = createManualClock();
    const rig = await startRig('max_calls: 1, queue_timeout_ms: 3600000', { clock });
    const running = call(rig);
    await rig.upstream.nextRequest();
    const waiting = call(rig);
    const client = createConnectClient(ChatService, rig.server, grpc);
    const short = catchConnectError(
      client.createChatCompletion({ model: 'fake/some-model', messages }, { timeoutMs: 300 }),
    );
    await rig.waitForQueued(2);
    expect((await short).code).toBe(Code.DeadlineExceeded);
    await rig.waitForQueued(1);
    clock.advance(60_000);
    expect(await readError(await waiting)).toMatchObject({ code: 'call_deadline' });
    expect((await running).status).toBe(504);
  });

  test('is served while the server drains, and told when there is no more time for that', async () => {
    const clock = createManualClock();
    const rig = await startRig('max_calls: 1, queue_timeout_ms: 3600000', { clock });
    const answers = [call(rig, 'first')];
    await rig.upstream.nextRequest();
    for (const count of [1, 2]) {
      answers.push(call(rig, String(count)));
      await rig.waitForQueued(count);
    }
    const drained = rig.server.composition.server.drain();
    rig.answerNext();
    await rig.upstream.nextRequest();
    clock.advance(30_000);
    const statuses = await Promise.all(answers.map(async (answer) => (await answer).status));
    expect(statuses).toEqual([200, 503, 503]);
    expect(await drained).toEqual({ cutConnections: 0 });
    expect(rig.upstream.requests).toHaveLength(2);
  });

  test('shows in the metrics, as do those that are turned away', async () => {
    const rig = await startRig('max_calls: 1, max_queued_calls: 1');
    const answers = [call(rig)];
    await rig.upstream.nextRequest();
    answers.push(call(rig));
    await rig.waitForQueued(1);
    await (await call(rig)).text();
    const page = await fetch(`${rig.server.origin}/metrics`);
    const samples = parsePrometheusText(await page.text()).flatMap((family) => family.samples);
    const read = (name: string, labels: object = {}): number | undefined =>
      samples.find(
        (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
      )?.value;
    expect(read('signalbox_calls_queued')).toBe(1);
    expect(read('signalbox_calls_shed_total', { signalbox_shed_cause: 'calls' })).toBe(1);
    expect(read('signalbox_calls_shed_total', { signalbox_shed_cause: 'memory' })).toBe(0);
    expect(read('signalbox_requests_rejected_total', { error_type: 'SERVER_OVERLOADED' })).toBe(1);
    rig.answerNext();
    await rig.upstream.nextRequest();
    rig.answerNext();
    for (const answer of answers) expect((await answer).status).toBe(200);
    expect(await rig.server.nextLogLine('overloaded')).toMatchObject({ level: 'warn', cause: 'calls' });
    await rig.server.nextLogLine('overload over');
  });
});

describe('a process that is short of something', () => {
  test.each([
    ['memory', { memoryShare: 0.95 }, 'short of memory'],
    ['event_loop', { eventLoopDelayMs: 1500 }, 'does not keep up'],
  ] as const)('takes no new calls until it has enough of it: %s', async (cause, load, words) => {
    const clock = createManualClock();
    const probe = createManualProbe();
    const rig = await startRig('max_calls: 10', { clock, loadProbe: probe });
    const { server } = rig;
    const statuses: ServingStatus[] = [];
    const watched = (async () => {
      const client = createConnectClient(Health, server, grpc);
      for await (const { status } of client.watch({})) {
        statuses.push(status);
        if (statuses.length === 3) return;
      }
    })();
    const running = call(rig);
    await rig.upstream.nextRequest();
    await expect.poll(() => statuses).toEqual([ServingStatus.SERVING]);

    probe.set(load);
    clock.advance(250);
    const refused = await call(rig);
    expect(refused.status).toBe(503);
    expect(await readError(refused)).toMatchObject({ message: expect.stringContaining(words) });
    const client = createConnectClient(ChatService, server, grpc);
    const error = await catchConnectError(client.createChatCompletion({ model: 'fake/some-model', messages }));
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'SERVER_OVERLOADED' }]);
    const readiness = await fetch(`${server.origin}/readyz`);
    expect([readiness.status, await readJson(readiness)]).toEqual([503, { status: 'overloaded', cause }]);
    expect(await readJson(await fetch(`${server.origin}/healthz`))).toEqual({ status: 'ok' });
    // What was there before goes on.
    rig.answerNext();
    expect((await running).status).toBe(200);

    probe.set({});
    clock.advance(250);
    const answered = call(rig);
    await rig.upstream.nextRequest();
    rig.answerNext();
    expect((await answered).status).toBe(200);
    expect(await readJson(await fetch(`${server.origin}/readyz`))).toEqual({ status: 'ready' });
    await watched;
    expect(statuses).toEqual([ServingStatus.SERVING, ServingStatus.NOT_SERVING, ServingStatus.SERVING]);
  });
});

test('a server without places to wait turns the next call away at once', async () => {
  const rig = await startRig('max_calls: 1, max_queued_calls: 0');
  const running = call(rig);
  await rig.upstream.nextRequest();
  expect((await call(rig)).status).toBe(503);
  rig.answerNext();
  expect((await running).status).toBe(200);
  expect((await fetch(`${rig.server.origin}/readyz`)).status).toBe(200);
});
