import { once } from 'node:events';
import { constants } from 'node:http2';
import { describe, expect, test } from 'vitest';
import type { RequestListener } from '../../src/wire/one-port-options.ts';
import {
  collectReply,
  connectRaw,
  createManualClock,
  echo,
  endWith,
  openSession,
  startPort,
  writePiece,
} from './one-port-harness.ts';

const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';

/** A listener that begins every answer, and ends it when the test says so. */
function createHeldListener(): { readonly listener: RequestListener; readonly held: (() => void)[] } {
  const held: (() => void)[] = [];
  const listener: RequestListener = (_request, response) => {
    writePiece(response, 'begun, ');
    held.push(() => endWith(response, 'ended'));
  };
  return { listener, held };
}

describe('drain', () => {
  test('streamed answers in flight end whole, in both protocols', async () => {
    const { listener, held } = createHeldListener();
    const { port, portNumber } = await startPort(listener);
    const client = await connectRaw(portNumber);
    client.socket.write(get);
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const goaway = once(session, 'goaway');
    const reply = collectReply(session.request({ ':path': '/' }));
    await client.waitFor(/begun/);
    await expect.poll(() => held).toHaveLength(2);

    const drained = port.drain({ timeoutMs: 60_000 });
    // The last stream that is served is the first one.
    expect(await goaway).toEqual([constants.NGHTTP2_NO_ERROR, 1, undefined]);
    expect(port.connections).toBe(2);

    for (const end of held) end();
    expect(await client.closed).toMatch(/^HTTP\/1.1 200 [\s\S]*begun, [\s\S]*ended\r\n0\r\n\r\n$/);
    expect(await reply).toMatchObject({ status: 200, body: 'begun, ended' });
    expect(await drained).toEqual({ cutConnections: 0 });
    expect(port.connections).toBe(0);
  });

  test('who comes while answers are in flight is answered, and sent away with it', async () => {
    const { listener, held } = createHeldListener();
    const { port, portNumber } = await startPort((request, response) =>
      request.url === '/held' ? listener(request, response) : echo(request, response),
    );
    const client = await connectRaw(portNumber);
    client.socket.write(get.replace('/', '/held'));
    await client.waitFor(/begun/);
    const drained = port.drain({ timeoutMs: 60_000 });

    const late = await connectRaw(portNumber);
    late.socket.write(get);
    expect(await late.closed).toMatch(/^HTTP\/1.1 200 [\s\S]*connection: close[\s\S]*GET \/ $/i);
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const goaway = once(session, 'goaway');
    const closed = once(session, 'close');
    expect(await collectReply(session.request({ ':path': '/' }))).toMatchObject({ status: 200, body: 'GET / ' });
    expect(await goaway).toEqual([constants.NGHTTP2_NO_ERROR, 1, undefined]);
    await closed;

    // What has come and asked for nothing yet does not hold the end up.
    const silent = await connectRaw(portNumber);
    const idle = openSession(`http://127.0.0.1:${portNumber}`);
    const idleClosed = once(idle, 'close');
    await once(idle, 'remoteSettings');
    for (const end of held) end();
    expect(await client.closed).toMatch(/begun, [\s\S]*ended\r\n0\r\n\r\n$/);
    expect(await drained).toEqual({ cutConnections: 0 });
    await Promise.all([silent.closed, idleClosed]);
    expect(await connectRaw(portNumber).catch((error: unknown) => error)).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('who comes again and again does not keep the port open', async () => {
    const { listener, held } = createHeldListener();
    const { port, portNumber } = await startPort(listener);
    const client = await connectRaw(portNumber);
    client.socket.write(get);
    await client.waitFor(/begun/);
    const drained = port.drain({ timeoutMs: 60_000 });
    const late = await connectRaw(portNumber);
    late.socket.write(get);
    await late.waitFor(/begun/);
    held[0]?.();
    await client.closed;
    await expect
      .poll(async () => await connectRaw(portNumber).catch((error: unknown) => error))
      .toMatchObject({ code: 'ECONNREFUSED' });
    held[1]?.();
    expect(await late.closed).toMatch(/ended\r\n0\r\n\r\n$/);
    expect(await drained).toEqual({ cutConnections: 0 });
  });

  test('answers that have not begun announce the end of their connection', async () => {
    const held: (() => void)[] = [];
    const { port, portNumber } = await startPort((_request, response) => {
      held.push(() => endWith(response, 'answer'));
    });
    const client = await connectRaw(portNumber);
    client.socket.write(get + get);
    await expect.poll(() => held).toHaveLength(2);
    const drained = port.drain({ timeoutMs: 60_000 });
    for (const end of held) end();
    const raw = await client.closed;
    // Both are there, and only the last one ends the connection.
    expect(raw).toMatch(
      /^HTTP\/1.1 200 [\s\S]*keep-alive[\s\S]*answerHTTP\/1.1 200 [\s\S]*connection: close[\s\S]*answer$/i,
    );
    expect(await drained).toEqual({ cutConnections: 0 });
  });

  test('idle connections, undecided ones and idle sessions close at once', async () => {
    const { port, portNumber } = await startPort(echo);
    const idle = await connectRaw(portNumber);
    idle.socket.write(get);
    await idle.waitFor(/GET \/ /);
    const silent = await connectRaw(portNumber);
    const undecided = await connectRaw(portNumber);
    undecided.socket.write('PRI * HTTP');
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    await collectReply(session.request({ ':path': '/' }));
    await expect.poll(() => port.connections).toBe(4);
    expect(await port.drain({ timeoutMs: 60_000 })).toEqual({ cutConnections: 0 });
    await Promise.all([idle.closed, silent.closed, undecided.closed]);
  });

  test('a request that is still arriving is served, and ends its connection', async () => {
    const { port, portNumber } = await startPort(echo);
    const client = await connectRaw(portNumber);
    client.socket.write('POST / HTTP/1.1\r\nhost: a\r\n');
    // What was written before is with the parser once a later connection has been served.
    const later = await connectRaw(portNumber);
    later.socket.write(get);
    await later.waitFor(/GET \/ /);
    const drained = port.drain({ timeoutMs: 60_000 });
    await later.closed;
    client.socket.write('content-length: 2\r\n\r\nhi');
    expect(await client.closed).toMatch(/^HTTP\/1.1 200 [\s\S]*connection: close[\s\S]*POST \/ hi$/i);
    expect(await drained).toEqual({ cutConnections: 0 });
  });

  test('a refused upload that goes on does not hold the drain up', async () => {
    const clock = createManualClock();
    const { port, portNumber } = await startPort((_request, response) => endWith(response, 'no'), {
      clock,
      limits: { lingerTimeoutMs: 100 },
    });
    const client = await connectRaw(portNumber, true);
    client.socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\nsome');
    await client.waitFor(/no$/);
    const drained = port.drain({ timeoutMs: 60_000 });
    await once(client.socket, 'end');
    clock.advance(100);
    expect(await drained).toEqual({ cutConnections: 0 });
  });

  test('clients that do not leave after their last answer are not waited for', async () => {
    const clock = createManualClock();
    const { listener, held } = createHeldListener();
    const { port, portNumber } = await startPort(listener, { clock, limits: { lingerTimeoutMs: 100 } });
    const client = await connectRaw(portNumber, true);
    client.socket.write(get);
    await client.waitFor(/begun/);
    const drained = port.drain({ timeoutMs: 60_000 });
    held[0]?.();
    await once(client.socket, 'end');
    clock.advance(100);
    expect(await drained).toEqual({ cutConnections: 0 });
  });

  test('what is left at the end of the time is cut', async () => {
    const clock = createManualClock();
    const { listener, held } = createHeldListener();
    const { port, portNumber } = await startPort(listener, { clock });
    const client = await connectRaw(portNumber);
    client.socket.write(get);
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const reply = collectReply(session.request({ ':path': '/' }));
    reply.catch(() => {});
    await client.waitFor(/begun/);
    await expect.poll(() => held).toHaveLength(2);
    const drained = port.drain({ timeoutMs: 1000 });
    clock.advance(999);
    expect(port.connections).toBe(2);
    clock.advance(1);
    expect(await drained).toEqual({ cutConnections: 2 });
    expect(await client.closed).not.toContain('ended');
    await expect(reply).rejects.toThrow('NGHTTP2_INTERNAL_ERROR');
  });

  test('an answer that ends with its connection is cut by a reset', async () => {
    const clock = createManualClock();
    const { listener } = createHeldListener();
    const { port, portNumber } = await startPort(listener, { clock });
    const client = await connectRaw(portNumber);
    const failed = once(client.socket, 'error');
    client.socket.write('GET / HTTP/1.0\r\n\r\n');
    await client.waitFor(/begun/);
    const drained = port.drain({ timeoutMs: 1000 });
    clock.advance(1000);
    expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
    expect(await drained).toEqual({ cutConnections: 1 });
  });

  test('a second drain is the first one', async () => {
    const { port } = await startPort(echo);
    const first = port.drain({ timeoutMs: 1000 });
    expect(port.drain({ timeoutMs: 1 })).toBe(first);
    expect(await first).toEqual({ cutConnections: 0 });
  });

  test('a port that never listened drains too', async () => {
    const { port } = await startPort(echo);
    port.destroy();
    expect(await port.drain({ timeoutMs: 1000 })).toEqual({ cutConnections: 0 });
  });
});

test('destroy cuts every connection, within a drain too', async () => {
  const { listener } = createHeldListener();
  const { port, portNumber } = await startPort(listener);
  const client = await connectRaw(portNumber);
  client.socket.write(get);
  await client.waitFor(/begun/);
  const drained = port.drain({ timeoutMs: 60_000 });
  port.destroy();
  await client.closed;
  expect(await drained).toEqual({ cutConnections: 0 });
  expect(port.connections).toBe(0);
});
