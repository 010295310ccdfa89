import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { classifyStart, sniffProtocol, type WireProtocol } from '../../src/wire/preface-sniffer.ts';
import { createManualClock } from './one-port-harness.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

describe('classifyStart', () => {
  test('the preface and whatever follows it is HTTP/2', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (rest) => {
        expect(classifyStart(Buffer.concat([preface, rest]))).toBe('http2');
      }),
    );
  });

  test('a beginning of the preface decides nothing', () => {
    for (let length = 0; length < preface.length; length += 1) {
      expect(classifyStart(preface.subarray(0, length))).toBeUndefined();
    }
  });

  test('the first byte that departs from the preface makes it HTTP/1', () => {
    fc.assert(
      fc.property(fc.nat(preface.length - 1), fc.nat(254), fc.uint8Array(), (index, shift, rest) => {
        const departed = Buffer.from(preface.subarray(0, index + 1));
        departed[index] = ((preface[index] ?? 0) + 1 + shift) % 256;
        expect(classifyStart(departed)).toBe('http1');
        expect(classifyStart(Buffer.concat([departed, rest]))).toBe('http1');
      }),
    );
  });

  test('more bytes never change a decision', () => {
    const start = fc.oneof(
      fc.uint8Array(),
      fc.tuple(fc.nat(preface.length), fc.uint8Array()).map(([cut, rest]) => {
        return Buffer.concat([preface.subarray(0, cut), rest]);
      }),
    );
    fc.assert(
      fc.property(start, (bytes) => {
        const decisions = Array.from({ length: bytes.length + 1 }, (_, length) =>
          classifyStart(bytes.subarray(0, length)),
        );
        const first = decisions.findIndex((decision) => decision !== undefined);
        if (first === -1) return;
        expect(new Set(decisions.slice(first)).size).toBe(1);
      }),
    );
  });
});

/** Two ends of a connection. */
async function connectPair(): Promise<{ readonly client: Socket; readonly accepted: Socket }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('not a TCP server');
  const acceptance = once(server, 'connection');
  const client = connect({ port: address.port, host: '127.0.0.1' }).setNoDelay();
  const [accepted]: Socket[] = await acceptance;
  if (accepted === undefined) throw new TypeError('no socket');
  client.on('error', () => {});
  accepted.on('error', () => {});
  onTestFinished(() => {
    client.destroy();
    accepted.destroy();
    server.close();
  });
  return { client, accepted };
}

/** Splits bytes at the given places. */
function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

describe('sniffProtocol', () => {
  test('hands on every byte, once and in order, however they come', async () => {
    const start = fc.oneof(
      fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes)),
      fc.uint8Array().map((rest) => Buffer.concat([preface, rest])),
    );
    await fc.assert(
      fc.asyncProperty(start, fc.array(fc.nat(), { maxLength: 5 }), async (bytes, cuts) => {
        const expected = classifyStart(bytes);
        fc.pre(expected !== undefined);
        const { client, accepted } = await connectPair();
        const decided = new Promise<WireProtocol>((resolve) => {
          sniffProtocol(accepted, { clock: createManualClock(), timeoutMs: 1 }, resolve);
        });
        const send = async (): Promise<void> => {
          for (const piece of split(bytes, cuts)) await new Promise((sent) => client.write(piece, sent));
          client.end();
        };
        const [protocol] = await Promise.all([decided, send()]);
        expect(protocol).toBe(expected);
        expect(Buffer.concat(await accepted.toArray())).toEqual(bytes);
      }),
      { numRuns: 50 },
    );
  });

  test('a client that stays undecided is cut off when its time is over', async () => {
    const { client, accepted } = await connectPair();
    const clock = createManualClock();
    sniffProtocol(accepted, { clock, timeoutMs: 500 }, () => expect.unreachable());
    client.write(preface.subarray(0, 10));
    await once(accepted, 'readable');
    clock.advance(499);
    expect(accepted.destroyed).toBe(false);
    clock.advance(1);
    expect(accepted.destroyed).toBe(true);
  });

  test('a client that ends before it is decided is cut off', async () => {
    const { client, accepted } = await connectPair();
    sniffProtocol(accepted, { clock: createManualClock(), timeoutMs: 1 }, () => expect.unreachable());
    client.end('PRI * HT');
    await once(accepted, 'close');
    expect(accepted.destroyed).toBe(true);
  });

  test('the time limit is over with the decision', async () => {
    const { client, accepted } = await connectPair();
    const clock = createManualClock();
    const decided = new Promise((resolve) => sniffProtocol(accepted, { clock, timeoutMs: 500 }, resolve));
    client.write('GET');
    await decided;
    clock.advance(10_000);
    expect(accepted.destroyed).toBe(false);
  });
});
