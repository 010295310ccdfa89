import { once } from 'node:events';
import { connect } from 'node:http2';
import { type Client, Code, ConnectError, createClient, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts';
import { RouterService, type WatchRoutersResponse } from '../../../gen/signalbox/router/v1/router_service_pb.ts';
import type { RouterBook } from '../../../src/routers/router-book.ts';
import { catchConnectError } from '../../clients/catch-connect-error.ts';
import { binaryWires, type ConnectWire, connectWires } from '../../clients/connect-clients.ts';
import { createManualClock } from '../one-port-harness.ts';
import { maxExpressionChars, type RigKey, type RouterRig, startRouterRig } from '../router-rig.ts';

const grpc: ConnectWire = { protocol: 'gRPC', httpVersion: '2', format: 'binary' };

function createRouterClient(
  rig: RouterRig,
  { protocol, httpVersion, format }: ConnectWire = grpc,
  key: RigKey | null = 'all',
): Client<typeof RouterService> {
  const authorize: Interceptor = (next) => (request) => {
    if (key !== null) request.header.set('authorization', rig.authorize(key));
    return next(request);
  };
  const common = { baseUrl: rig.origin, useBinaryFormat: format === 'binary', interceptors: [authorize] };
  switch (protocol) {
    case 'gRPC':
      return createClient(RouterService, createGrpcTransport(common));
    case 'gRPC-Web':
      return createClient(RouterService, createGrpcWebTransport({ ...common, httpVersion }));
    case 'Connect':
      return createClient(RouterService, createConnectTransport({ ...common, httpVersion }));
  }
}

const route = (routeId: string) => ({
  routeId,
  variants: [{ variant: { variantId: 'only', modelId: 'sandbox/echo' }, weight: 100 }],
});
const conditional = (celExpression: string) => ({ route: route('premium'), condition: { celExpression } });
const support = {
  name: 'support',
  displayName: 'Support',
  routes: [conditional('tier == "premium"')],
  defaultRoute: route('rest'),
};

function reasonOf(error: ConnectError): string | undefined {
  return error.findDetails(ErrorInfoSchema)[0]?.reason;
}

function fieldsOf(error: ConnectError): string[] {
  return error
    .findDetails(BadRequestSchema)
    .flatMap(({ fieldViolations }) => fieldViolations.map(({ field }) => field));
}

describe.each(connectWires)('over $protocol on HTTP/$httpVersion in $format', (wire) => {
  test('a router is saved, read, listed, changed and deleted, and a request is explained', async () => {
    const rig = await startRouterRig({ describeModelProblems: ({ name }) => [`${name}: nobody has this model.`] });
    const client = createRouterClient(rig, wire);
    const created = await client.createRouter({ router: support });
    expect(created).toMatchObject({ ...support, warnings: ['support: nobody has this model.'] });
    const read = await client.getRouter({ name: 'routers/support' });
    expect(read).toEqual({ ...created, warnings: [] });
    expect(await client.listRouters({})).toMatchObject({ routers: [read], nextPageToken: '' });

    const router = { name: 'support', displayName: 'New', etag: read.etag };
    const changed = await client.updateRouter({ router, updateMask: { paths: ['display_name'] } });
    expect(changed).toMatchObject({ ...support, displayName: 'New', warnings: ['support: nobody has this model.'] });
    expect((await catchConnectError(client.updateRouter({ router }))).code).toBe(Code.Aborted);
    expect((await catchConnectError(client.deleteRouter({ name: 'support', etag: read.etag }))).code).toBe(
      Code.Aborted,
    );

    const messages = [{ role: 'user', content: 'Hi' }];
    expect(await client.explainRouting({ model: 'router/support', messages })).toMatchObject({
      reasoning: 'So it is.',
    });
    expect(rig.explained).toMatchObject([{ workspace: 'default', request: { model: 'router/support' } }]);

    await client.deleteRouter({ name: 'support', etag: changed.etag });
    expect(reasonOf(await catchConnectError(client.getRouter({ name: 'support' })))).toBe('ROUTER_UNKNOWN');
  });

  test('a watch has what is there, then changes, and ends when its client leaves', async () => {
    const ended = Promise.withResolvers<void>();
    const rig = await startRouterRig({ wrapBook: (book) => observeWatch(book, ended.resolve) });
    const client = createRouterClient(rig, wire);
    await client.createRouter({ router: support });
    const leave = new AbortController();
    const watch = client.watchRouters({}, { signal: leave.signal })[Symbol.asyncIterator]();
    expect(await take(watch, 3)).toMatchObject([
      { case: 'reset' },
      { case: 'saved', value: { name: 'support', displayName: 'Support' } },
      { case: 'synced' },
    ]);
    await client.updateRouter({ router: { name: 'support', displayName: 'New' } });
    expect(await take(watch, 1)).toMatchObject([{ case: 'saved', value: { displayName: 'New' } }]);
    await client.deleteRouter({ name: 'support' });
    expect(await take(watch, 1)).toEqual([{ case: 'deleted', value: 'support' }]);
    leave.abort();
    expect((await catchConnectError(watch.next())).code).toBe(Code.Canceled);
    await ended.promise;
  });
});

/** The next events of a watch. */
async function take(
  watch: AsyncIterator<WatchRoutersResponse>,
  count: number,
): Promise<WatchRoutersResponse['event'][]> {
  return (await takeResponses(watch, count)).map(({ event }) => event);
}

async function takeResponses(
  watch: AsyncIterator<WatchRoutersResponse>,
  count: number,
): Promise<WatchRoutersResponse[]> {
  const responses: WatchRoutersResponse[] = [];
  while (responses.length < count) {
    const next = await watch.next();
    if (next.done === true) throw new Error('the watch ended');
    responses.push(next.value);
  }
  return responses;
}

/** A book that tells when a watch of it is over. */
function observeWatch(book: RouterBook, onEnd: () => void): RouterBook {
  return {
    ...book,
    files: book.files,
    async *watch(...parameters) {
      try {
        yield* book.watch(...parameters);
      } finally {
        onEnd();
      }
    },
  };
}

describe('a watch', () => {
  test('resumes after the last event that was heard', async () => {
    const rig = await startRouterRig();
    const client = createRouterClient(rig);
    await client.createRouter({ router: support });
    const leave = new AbortController();
    const first = client.watchRouters({}, { signal: leave.signal })[Symbol.asyncIterator]();
    const resumeToken = (await takeResponses(first, 3)).at(-1)?.resumeToken ?? '';
    leave.abort();
    await client.createRouter({ router: { ...support, name: 'other' } });
    const second = client.watchRouters({ resumeToken })[Symbol.asyncIterator]();
    expect(await take(second, 2)).toMatchObject([{ case: 'saved', value: { name: 'other' } }, { case: 'synced' }]);
  });

  test('has the routers of its own workspace only', async () => {
    const rig = await startRouterRig();
    await createRouterClient(rig).createRouter({ router: support });
    const watch = createRouterClient(rig, grpc, 'stranger').watchRouters({})[Symbol.asyncIterator]();
    expect(await take(watch, 2)).toMatchObject([{ case: 'reset' }, { case: 'synced' }]);
  });

  test.each(binaryWires)(
    'ends at a drain with a status to try again, over $protocol on HTTP/$httpVersion',
    async (wire) => {
      const rig = await startRouterRig();
      const watch = createRouterClient(rig, wire).watchRouters({})[Symbol.asyncIterator]();
      await take(watch, 2);
      rig.state.startDraining();
      const error = await catchConnectError(watch.next());
      expect([error.code, reasonOf(error)]).toEqual([Code.Unavailable, 'SERVER_DRAINING']);
      expect(error.findDetails(RetryInfoSchema)).toHaveLength(1);
    },
  );

  test('ends at its deadline', async () => {
    const rig = await startRouterRig();
    const watch = createRouterClient(rig).watchRouters({}, { timeoutMs: 100 })[Symbol.asyncIterator]();
    await take(watch, 2);
    expect((await catchConnectError(watch.next())).code).toBe(Code.DeadlineExceeded);
  });

  test('waits for a client that does not read, and cuts it off after a drain', async () => {
    const clock = createManualClock();
    let takenCount = 0;
    const rig = await startRouterRig({
      clock,
      wrapBook: (book) => ({
        ...book,
        files: book.files,
        async *watch(_workspace, _token, signal) {
          const saved = book.get('default', 'support');
          if (saved === undefined) throw new Error('there is no router');
          while (!signal.aborted) {
            takenCount += 1;
            yield { kind: 'saved', router: saved, resumeToken: '' };
          }
        },
      }),
    });
    await createRouterClient(rig).createRouter({ router: { ...support, displayName: 'a'.repeat(500) } });
    const session = connect(rig.origin);
    onTestFinished(() => session.destroy());
    const stream = session.request({
      ':method': 'POST',
      ':path': '/signalbox.router.v1.RouterService/WatchRouters',
      'content-type': 'application/grpc',
      te: 'trailers',
      authorization: rig.authorize('all'),
    });
    stream.on('error', () => {});
    stream.end(Buffer.alloc(5));
    await once(stream, 'response');
    // Whoever is asked next is answered, which an endless loop would keep from happening.
    await createRouterClient(rig).getRouter({ name: 'support' });
    expect(takenCount).toBeLessThan(5000);
    const closed = once(stream, 'close');
    rig.state.startDraining();
    clock.advance(1000);
    await closed;
  });
});

describe('a request', () => {
  test.each<[what: string, call: (client: Client<typeof RouterService>) => Promise<unknown>, field: string]>([
    ['creation without a router', (client) => client.createRouter({}), 'router'],
    [
      'creation with a name with slashes',
      (client) => client.createRouter({ router: { ...support, name: 'a/b' } }),
      'name',
    ],
    [
      'creation with weights of 90',
      (client) =>
        client.createRouter({
          router: {
            ...support,
            defaultRoute: { variants: [{ variant: { variantId: 'a', modelId: 'a/b' }, weight: 90 }] },
          },
        }),
      'default_route.variants',
    ],
    [
      'creation with a condition that is too long',
      (client) =>
        client.createRouter({
          router: { ...support, routes: [conditional(`"${'a'.repeat(maxExpressionChars)}" == ""`)] },
        }),
      'routes[0].condition.cel_expression',
    ],
    ['update without a router', (client) => client.updateRouter({}), 'router'],
    ['update without a name', (client) => client.updateRouter({ router: { displayName: 'New' } }), 'name'],
    [
      'update of a field that is not there',
      (client) => client.updateRouter({ router: { name: 'support' }, updateMask: { paths: ['display_nam'] } }),
      'update_mask',
    ],
    ['read without a name', (client) => client.getRouter({}), 'name'],
    ['read of a name in capitals', (client) => client.getRouter({ name: 'UPPER' }), 'name'],
    ['deletion without a name', (client) => client.deleteRouter({}), 'name'],
    ['list of a negative size', (client) => client.listRouters({ pageSize: -1 }), 'page_size'],
    ['list after a made-up token', (client) => client.listRouters({ pageToken: 'abc' }), 'page_token'],
    [
      'explanation without a model',
      (client) => client.explainRouting({ messages: [{ role: 'user', content: 'Hi' }] }),
      'model',
    ],
    [
      'explanation of a value out of its range',
      (client) => client.explainRouting({ model: 'a/b', messages: [{ role: 'user', content: 'Hi' }], temperature: 3 }),
      'temperature',
    ],
  ])('for a %s is refused with its field', async (_what, call, field) => {
    const rig = await startRouterRig();
    const client = createRouterClient(rig);
    await client.createRouter({ router: support });
    const { etag } = await client.getRouter({ name: 'support' });
    const error = await catchConnectError(call(client));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(fieldsOf(error).join(' ')).toContain(field);
    expect((await client.listRouters({})).routers).toMatchObject([{ name: 'support', etag }]);
  });

  test('that only checks saves nothing', async () => {
    const rig = await startRouterRig();
    const client = createRouterClient(rig);
    expect(await client.createRouter({ router: support, validateOnly: true })).toMatchObject(support);
    expect((await client.listRouters({})).routers).toEqual([]);
  });

  test('of another workspace finds nothing', async () => {
    const rig = await startRouterRig();
    await createRouterClient(rig).createRouter({ router: support });
    const stranger = createRouterClient(rig, grpc, 'stranger');
    const { name } = support;
    for (const call of [
      stranger.getRouter({ name }),
      stranger.updateRouter({ router: { name, displayName: 'Mine' } }),
      stranger.deleteRouter({ name }),
    ]) {
      expect(reasonOf(await catchConnectError(call))).toBe('ROUTER_UNKNOWN');
    }
    expect((await stranger.listRouters({})).routers).toEqual([]);
  });

  test.each<[key: RigKey | null, reads: string | undefined, writes: string | undefined]>([
    ['all', undefined, undefined],
    ['reader', undefined, 'SCOPE_MISSING'],
    ['writer', 'SCOPE_MISSING', undefined],
    ['chatter', undefined, 'SCOPE_MISSING'],
    [null, 'CREDENTIALS_MISSING', 'CREDENTIALS_MISSING'],
  ])('with the key %s may do what its scopes say', async (key, reads, writes) => {
    const rig = await startRouterRig();
    await createRouterClient(rig).createRouter({ router: support });
    const client = createRouterClient(rig, grpc, key);
    const { name } = support;
    const outcome = (call: Promise<unknown>): Promise<string | undefined> =>
      call.then(
        () => undefined,
        (thrown: unknown) => reasonOf(ConnectError.from(thrown)),
      );
    const watch = client.watchRouters({})[Symbol.asyncIterator]();
    const messages = [{ role: 'user', content: 'Hi' }];
    expect(await outcome(client.getRouter({ name }))).toBe(reads);
    expect(await outcome(client.listRouters({}))).toBe(reads);
    expect(await outcome(client.explainRouting({ model: 'a/b', messages }))).toBe(reads);
    expect(await outcome(watch.next())).toBe(reads);
    expect(await outcome(client.createRouter({ router: { ...support, name: 'other' } }))).toBe(writes);
    expect(await outcome(client.updateRouter({ router: { name, displayName: 'New' } }))).toBe(writes);
    expect(await outcome(client.deleteRouter({ name }))).toBe(writes);
  });

  test('in camelCase in the mask is understood', async () => {
    const rig = await startRouterRig();
    const client = createRouterClient(rig);
    await client.createRouter({ router: support });
    const router = { name: 'support', displayName: 'New' };
    const changed = await client.updateRouter({ router, updateMask: { paths: ['displayName', 'default_route'] } });
    expect(changed).toMatchObject({ displayName: 'New', routes: support.routes });
    expect(changed.defaultRoute).toBeUndefined();
  });
});
