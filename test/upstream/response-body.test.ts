import { describe, expect, it } from 'vitest';
import { discardBody, readBodyText } from '../../src/upstream/read-body.ts';
import { upstreamOptions } from './upstream-options.ts';
import { takeTurns, useUpstreamRig } from './upstream-rig.ts';

const rig = useUpstreamRig();

async function openBody() {
  return (await rig.post()).body[Symbol.asyncIterator]();
}

function text(result: IteratorResult<Uint8Array, unknown>): string | undefined {
  return result.done === true ? undefined : Buffer.from(result.value).toString();
}

/** Waits until the server can write no more for now. */
async function waitUntilHeldBack(bytesSent: () => number): Promise<number> {
  let before = -1;
  while (before !== bytesSent()) {
    before = bytesSent();
    await takeTurns(100);
  }
  return before;
}

describe('a body', () => {
  it('gives each piece when it comes', async () => {
    const holds = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    rig.fake.respond({ body: ['one', holds[0].promise, 'two', holds[1].promise, 'three'] });
    const body = await openBody();
    expect(text(await body.next())).toBe('one');
    const second = body.next();
    holds[0].resolve();
    expect(text(await second)).toBe('two');
    holds[1].resolve();
    expect(text(await body.next())).toBe('three');
    expect(await body.next()).toEqual({ done: true, value: undefined });
    expect(await body.next()).toEqual({ done: true, value: undefined });
  });

  it('gives what came meanwhile in one piece', async () => {
    const pieces = ['one', 'two', 'three'];
    rig.fake.respond({ body: pieces });
    const body = await openBody();
    await rig.waitUntilReceived();
    expect(text(await body.next())).toBe('onetwothree');
    expect((await body.next()).done).toBe(true);
  });

  it('answers two reads at a time in their order', async () => {
    const hold = Promise.withResolvers<void>();
    rig.fake.respond({ body: [hold.promise, 'one', 'two'] });
    const body = await openBody();
    const reads = [body.next(), body.next(), body.next()];
    hold.resolve();
    const texts = (await Promise.all(reads)).map(text);
    expect(texts.join('')).toBe('onetwo');
    expect((await body.next()).done).toBe(true);
  });

  it('may end with its connection where it has no length', async () => {
    rig.fake.respond({ raw: ['HTTP/1.1 200 OK\r\n\r\none', ' two'], ending: 'close' });
    expect(await readBodyText(await rig.post(), 100)).toBe('one two');
  });

  it('may be empty', async () => {
    rig.fake.respond({ status: 204 });
    expect(await readBodyText(await rig.post(), 100)).toBe('');
  });

  it('holds the server back while its reader is slow', async () => {
    const piece = new Uint8Array(64 * 1024).fill(120);
    const count = 800;
    rig.fake.respond({ body: Array.from({ length: count }, () => piece) });
    const body = await openBody();
    const request = await rig.fake.nextRequest();
    const heldAt = await waitUntilHeldBack(request.bytesSent);
    // What the kernel buffers on both sides, and the one buffer here.
    expect(heldAt).toBeLessThan((count * piece.length) / 2);

    const first = await body.next();
    expect(first.value?.byteLength).toBeLessThanOrEqual(upstreamOptions.maxBufferedBytes + piece.length);
    let bytes = first.value?.byteLength ?? 0;
    for (let read = await body.next(); read.done !== true; read = await body.next()) bytes += read.value.byteLength;
    expect(bytes).toBe(count * piece.length);
  });
});

describe('a body that breaks', () => {
  it.each([
    ['ends short of its length', { headers: { 'content-length': '100' }, ending: 'close' }, 'cut'],
    ['is reset short of its length', { headers: { 'content-length': '100' }, ending: 'reset' }, 'cut'],
    ['ends without its last chunk', { ending: 'close' }, 'cut'],
    ['is reset between chunks', { ending: 'reset' }, 'cut'],
    ['ends without its last chunk on a last answer', { headers: { connection: 'close' }, ending: 'close' }, 'cut'],
    ['is reset on a last answer', { headers: { connection: 'close' }, ending: 'reset' }, 'cut'],
  ] as const)('gives what came and then fails: %s', async (_name, reply, kind) => {
    const hold = Promise.withResolvers<void>();
    rig.fake.respond({ ...reply, body: ['part', hold.promise] });
    const body = await openBody();
    expect(text(await body.next())).toBe('part');
    const rest = body.next();
    hold.resolve();
    await expect(rest).rejects.toMatchObject({ kind });
    await expect(body.next()).rejects.toMatchObject({ kind });
  });

  it('gives what nobody had read yet before it fails', async () => {
    rig.fake.respond({ body: ['one', 'two'], ending: 'close' });
    const body = await openBody();
    await rig.waitUntilReceived();
    expect(text(await body.next())).toBe('onetwo');
    await expect(body.next()).rejects.toMatchObject({ kind: 'cut' });
  });

  it('fails on chunks that are none', async () => {
    rig.fake.respond({
      raw: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nnonsense\r\n',
      ending: 'hang',
    });
    await expect(readBodyText(await rig.post(), 100)).rejects.toMatchObject({ kind: 'protocol' });
    await rig.fake.requests[0]?.closed;
  });

  it('fails when it is silent for too long', async () => {
    await rig.useClient({ idleTimeoutMs: 50 });
    rig.fake.respond({ body: ['part'], ending: 'hang' });
    const body = await openBody();
    expect(text(await body.next())).toBe('part');
    await expect(body.next()).rejects.toMatchObject({
      kind: 'idle-timeout',
      message: 'the answer fell silent for 50 ms',
    });
    await rig.fake.requests[0]?.closed;
  });

  it('does not count as silence that its reader is slow', async () => {
    await rig.useClient({ idleTimeoutMs: 50, headersTimeoutMs: 400, maxBufferedBytes: 1 });
    rig.fake.respond({ body: ['one', 'two', 'three'] }, { drop: 'hang' });
    const response = await rig.post();
    // The time of the reader: several times the longest silence.
    await expect(rig.post()).rejects.toMatchObject({ kind: 'headers-timeout' });
    expect(await readBodyText(response, 100)).toBe('onetwothree');
  });
});

describe('a body that is given up', () => {
  it('closes the connection when its reader leaves the loop', async () => {
    rig.fake.respond({ body: ['part'], ending: 'hang' });
    for await (const chunk of (await rig.post()).body) {
      expect(Buffer.from(chunk).toString()).toBe('part');
      break;
    }
    expect(await rig.fake.requests[0]?.closed).toEqual({ replied: false });
  });

  it('closes the connection when its reader fails', async () => {
    rig.fake.respond({ body: ['part'], ending: 'hang' });
    const { body } = await rig.post();
    const failed = (async () => {
      for await (const chunk of body) throw new Error(`cannot use ${chunk.byteLength} bytes`);
    })();
    await expect(failed).rejects.toThrow('cannot use 4 bytes');
    await rig.fake.requests[0]?.closed;
  });

  it('closes the connection when nobody ever reads it', async () => {
    rig.fake.respond({ body: ['part'], ending: 'hang' });
    await discardBody(await rig.post());
    await rig.fake.requests[0]?.closed;
  });

  it('ends a read that waits', async () => {
    rig.fake.respond({ ending: 'hang' });
    const body = await openBody();
    const read = body.next();
    await body.return?.();
    expect(await read).toEqual({ done: true, value: undefined });
    expect((await body.next()).done).toBe(true);
    await rig.fake.requests[0]?.closed;
  });

  it('leaves the connection to others when it was complete', async () => {
    rig.fake.respond({ body: 'one' }, { body: 'two' });
    const first = await openBody();
    expect(text(await first.next())).toBe('one');
    await rig.waitUntilReceived();
    await first.return?.();
    await takeTurns(2);
    expect(await readBodyText(await rig.post(), 100)).toBe('two');
    expect(rig.fake.requests.map((request) => request.connection)).toEqual([1, 1]);
  });

  it('fails at once and closes the connection when the signal aborts', async () => {
    rig.fake.respond({ body: ['part'], ending: 'hang' });
    const body = await openBody();
    await body.next();
    const read = body.next();
    rig.controller.abort();
    await expect(read).rejects.toMatchObject({ kind: 'aborted' });
    await expect(body.next()).rejects.toMatchObject({ kind: 'aborted' });
    await rig.fake.requests[0]?.closed;
  });

  it('throws away what waits when the signal aborts', async () => {
    const hold = Promise.withResolvers<void>();
    rig.fake.respond({ body: ['one', hold.promise, 'two'], ending: 'hang' });
    const body = await openBody();
    await body.next();
    hold.resolve();
    const request = await rig.fake.nextRequest();
    await waitUntilHeldBack(request.bytesSent);
    rig.controller.abort();
    await expect(body.next()).rejects.toMatchObject({ kind: 'aborted' });
    await request.closed;
  });

  it('can still be read when it was complete before the signal aborted', async () => {
    rig.fake.respond({ body: 'whole' });
    const response = await rig.post();
    await rig.waitUntilReceived();
    rig.controller.abort();
    expect(await readBodyText(response, 100)).toBe('whole');
  });
});
