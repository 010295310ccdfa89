import type { Client } from '@connectrpc/connect';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { RouterService, type WatchRoutersResponse } from '../../../gen/signalbox/router/v1/router_service_pb.ts';
import { startTestServer } from '../../support/test-server.ts';
import { createConnectClient } from '../connect-clients.ts';
import { GrpcClient } from '../grpc-client.ts';
import { createRestClient } from './rest-client.ts';
import { createModelRoute } from './router-json.ts';

const server = await startTestServer();
afterAll(() => server.close());
const rest = createRestClient(server);
const defaultRoute = createModelRoute('rest', 'sandbox/echo');

/** A watch that has begun. */
interface Watch {
  /** The next event. */
  next(): Promise<WatchRoutersResponse>;
  /** The events up to `synced`, itself included. */
  untilSynced(): Promise<WatchRoutersResponse[]>;
  /** Ends it, as a client that goes. */
  stop(): void;
}

type WatchCall = (resumeToken: string, signal: AbortSignal) => AsyncIterable<WatchRoutersResponse>;

function startWatch(call: WatchCall, resumeToken = ''): Watch {
  const controller = new AbortController();
  const events = call(resumeToken, controller.signal)[Symbol.asyncIterator]();
  onTestFinished(() => controller.abort());
  const next = async (): Promise<WatchRoutersResponse> => {
    const { value, done } = await events.next();
    if (done === true) throw new Error('the watch is over');
    return value;
  };
  return {
    next,
    async untilSynced() {
      const taken = [await next()];
      while (taken.at(-1)?.event.case !== 'synced') taken.push(await next());
      return taken;
    },
    stop: () => controller.abort(),
  };
}

/** What happened, such as `saved a` and `reset`. */
function show({ event }: WatchRoutersResponse): string {
  switch (event.case) {
    case 'saved':
      return `saved ${event.value.name} ${event.value.displayName}`.trimEnd();
    case 'deleted':
      return `deleted ${event.value}`;
    default:
      return String(event.case);
  }
}

function callWith(client: Client<typeof RouterService>): WatchCall {
  return (resumeToken, signal) => client.watchRouters({ resumeToken }, { signal });
}

const grpcJs = new GrpcClient(server);
afterAll(() => grpcJs[Symbol.dispose]());
const wires: { protocol: string; call: WatchCall }[] = [
  ...(['gRPC', 'Connect', 'gRPC-Web'] as const).map((protocol) => ({
    protocol,
    call: callWith(createConnectClient(RouterService, server, { protocol, httpVersion: '2', format: 'binary' })),
  })),
  {
    protocol: 'gRPC by grpc-js',
    call: (resumeToken, signal) =>
      grpcJs.callServerStreaming(RouterService.method.watchRouters, { resumeToken }, { signal }),
  },
];

describe.each(wires)('a watch over $protocol', ({ call }) => {
  test('gives what is there, then every change, and resumes where it was cut', async () => {
    for (const name of ['a', 'b']) await rest.createRouter({ name, defaultRoute });
    onTestFinished(async () => {
      for (const name of await rest.listRouters()) await rest.deleteRouter(name);
    });

    const watch = startWatch(call);
    const present = await watch.untilSynced();
    expect(present.map(show)).toEqual(['reset', 'saved a', 'saved b', 'synced']);
    await rest.createRouter({ name: 'c', defaultRoute });
    expect(show(await watch.next())).toBe('saved c');
    await rest.updateRouter({ name: 'a', displayName: 'A' });
    expect(show(await watch.next())).toBe('saved a A');
    await rest.deleteRouter('b');
    const last = await watch.next();
    expect(show(last)).toBe('deleted b');
    watch.stop();

    await rest.updateRouter({ name: 'c', displayName: 'C' });
    await rest.deleteRouter('a');
    const resumed = startWatch(call, last.resumeToken);
    expect((await resumed.untilSynced()).map(show)).toEqual(['saved c C', 'deleted a', 'synced']);
    await rest.createRouter({ name: 'd', defaultRoute });
    expect(show(await resumed.next())).toBe('saved d');
    resumed.stop();

    const stranger = startWatch(call, 'of-another-process.1.2');
    expect((await stranger.untilSynced()).map(show)).toEqual(['reset', 'saved c C', 'saved d', 'synced']);
    stranger.stop();
  });
});
