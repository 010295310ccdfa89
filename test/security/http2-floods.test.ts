import { constants } from 'node:http2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { requestRejected } from '../../src/core/events.ts';
import { findGoaway, preface } from '../wire/one-port-bytes.ts';
import { connectRaw, type RawClient } from '../wire/one-port-harness.ts';
import { runBesideACall } from '../wire/rest/bystander.ts';
import { type ChatRig, startRig } from '../wire/rest/chat-rig.ts';
import {
  flags,
  forStreams,
  frameTypes,
  lastIndexedField,
  makeField,
  makeFrame,
  makeIndexedField,
  makeRequestBlock,
  makeUint32,
  repeat,
  sendAll,
} from './raw-frames.ts';

const emptySettings = makeFrame(frameTypes.settings, 0, 0);
const chatPath = '/v1/chat/completions';
const get = makeRequestBlock('GET', '/healthz');
const post = makeRequestBlock('POST', chatPath);
const maxRejections = 2000;

/** The head of a request whose body is to come, without a key: it reaches the server, and is refused there. */
function beginRequest(streamId: number, ...more: readonly Buffer[]): Buffer {
  return makeFrame(frameTypes.headers, flags.endHeaders, streamId, Buffer.concat([post, ...more]));
}

function requestWhole(streamId: number, block = get): Buffer {
  return makeFrame(frameTypes.headers, flags.endHeaders | flags.endStream, streamId, block);
}

function* continueHeader(count: number, piece: Buffer): Generator<Buffer> {
  yield makeFrame(frameTypes.headers, flags.endStream, 1, get);
  for (let index = 0; index < count; index += 1) yield makeFrame(frameTypes.continuation, 0, 1, piece);
}

/** Opens a connection over HTTP/2, on which the test writes every frame itself. */
async function openFrames({ server }: ChatRig): Promise<RawClient> {
  const client = await connectRaw(server.port);
  client.socket.write(Buffer.concat([Buffer.from(preface, 'latin1'), emptySettings]));
  return client;
}

/** Counts the requests that got as far as being refused for want of a key. */
function countRejections(): { count: number } {
  const counted = { count: 0 };
  onTestFinished(
    requestRejected.subscribe(() => {
      counted.count += 1;
    }),
  );
  return counted;
}

type Flood = readonly [what: string, send: () => Iterable<Buffer>, codes: readonly number[]];

const { NGHTTP2_ENHANCE_YOUR_CALM: calm, NGHTTP2_INTERNAL_ERROR: internal } = constants;
const { NGHTTP2_PROTOCOL_ERROR: protocol, NGHTTP2_FLOW_CONTROL_ERROR: flow } = constants;
const { NGHTTP2_FRAME_SIZE_ERROR: frameSize, NGHTTP2_STREAM_CLOSED: streamClosed } = constants;

/** Each is far more than anybody has reason to send. Node's own bounds say INTERNAL_ERROR where others say ENHANCE_YOUR_CALM. */
const floods: readonly Flood[] = [
  [
    'requests that are reset at once (CVE-2023-44487)',
    () =>
      forStreams(20_000, (id) =>
        Buffer.concat([beginRequest(id), makeFrame(frameTypes.rstStream, 0, id, makeUint32(constants.NGHTTP2_CANCEL))]),
      ),
    [internal, calm],
  ],
  [
    'requests whose body makes the server reset them (CVE-2025-8671)',
    () =>
      forStreams(20_000, (id) =>
        Buffer.concat([
          beginRequest(id, makeField('content-length', '5')),
          makeFrame(frameTypes.data, flags.endStream, id, Buffer.from('a')),
        ]),
      ),
    [internal, calm],
  ],
  [
    'requests whose trailers make the server reset them',
    () => forStreams(20_000, (id) => Buffer.concat([beginRequest(id), requestWhole(id, makeField('Not A Name', 'x'))])),
    [internal, calm],
  ],
  [
    'requests whose window is opened by nothing',
    () =>
      forStreams(20_000, (id) =>
        Buffer.concat([beginRequest(id), makeFrame(frameTypes.windowUpdate, 0, id, makeUint32(0))]),
      ),
    [protocol],
  ],
  [
    'requests whose window is opened too far',
    () =>
      forStreams(20_000, (id) =>
        Buffer.concat([beginRequest(id), makeFrame(frameTypes.windowUpdate, 0, id, makeUint32(0x7fffffff))]),
      ),
    [flow],
  ],
  [
    'requests that go on after their end',
    () =>
      forStreams(20_000, (id) =>
        Buffer.concat([requestWhole(id), makeFrame(frameTypes.data, flags.endStream, id, Buffer.from('a'))]),
      ),
    [streamClosed],
  ],
  [
    'requests with a header that HTTP/2 does not allow',
    () => forStreams(20_000, (id) => requestWhole(id, Buffer.concat([get, makeField('Upper', 'x')]))),
    [internal, calm],
  ],
  ['streams beyond the most that are allowed', () => forStreams(20_000, (id) => beginRequest(id)), [internal, calm]],
  ['a header that never ends (CVE-2024-28182)', () => continueHeader(50_000, makeField('x-a', 'b')), [internal, calm]],
  ['a header that goes on with nothing', () => continueHeader(50_000, Buffer.alloc(0)), [internal, calm]],
  ['pings', () => repeat(makeFrame(frameTypes.ping, 0, 0, Buffer.alloc(8)), 500), [internal, calm]],
  ['settings', () => repeat(emptySettings, 500), [internal, calm]],
  ['one frame of a thousand settings', () => [makeFrame(frameTypes.settings, 0, 0, Buffer.alloc(6000))], [calm]],
  [
    'frames of a body without a body',
    function* () {
      yield beginRequest(1);
      yield* repeat(makeFrame(frameTypes.data, 0, 1), 500);
    },
    [internal, calm],
  ],
  [
    'priorities',
    () => forStreams(200_000, (id) => makeFrame(frameTypes.priority, 0, id, Buffer.from([0, 0, 0, 0, 16]))),
    [calm],
  ],
  ['frames of no known type', () => repeat(makeFrame(frameTypes.unknown, 0, 0, Buffer.alloc(8)), 500), [calm]],
  [
    'a promise',
    () => [makeFrame(frameTypes.pushPromise, flags.endHeaders, 1, Buffer.concat([makeUint32(2), get]))],
    [protocol],
  ],
  ['a stream with the number of a server', () => [requestWhole(2)], [protocol]],
  ['a frame that is larger than allowed', () => [makeFrame(frameTypes.data, 0, 1, Buffer.alloc(20_000))], [frameSize]],
];

describe('a connection is ended, and no other, that sends', () => {
  test.each(floods)('%s', async (_what, send, codes) => {
    const rig = await startRig();
    const rejections = countRejections();
    await runBesideACall(rig, async () => {
      const client = await openFrames(rig);
      await sendAll(client, send());
      // With bytes of the client's unread the connection ends by a reset, which can overtake what says why.
      expect([...codes, undefined]).toContain(findGoaway(await client.closed));
    });
    expect(rejections.count).toBeLessThan(maxRejections);
    expect(rig.server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  const unread: readonly Flood[] = [
    ['pings', () => repeat(makeFrame(frameTypes.ping, 0, 0, Buffer.alloc(8)), 5000), []],
    ['settings', () => repeat(emptySettings, 5000), []],
  ];

  test.each(unread)('%s, and reads none of the answers', async (_what, send) => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const client = await openFrames(rig);
      client.socket.pause();
      const sent = await sendAll(client, send());
      expect(sent).toBeLessThan(5000);
    });
  });
});

describe('a connection goes on, and so does the server, that sends', () => {
  test('a hundred thousand small windows', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const client = await openFrames(rig);
      await sendAll(client, repeat(makeFrame(frameTypes.windowUpdate, 0, 0, makeUint32(1)), 100));
      client.socket.write(requestWhole(1));
      await client.waitFor(/\{"status":"ok"\}/);
    });
  });

  test('small headers that stand for large ones', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const client = await openFrames(rig);
      const large = makeIndexedField('x-large', 'x'.repeat(4000));
      client.socket.write(requestWhole(1, Buffer.concat([get, large])));
      // Eight thousand bytes that stand for 32 million.
      const bomb = Buffer.concat([get, Buffer.alloc(8000, lastIndexedField)]);
      client.socket.write(requestWhole(3, bomb));
      const reset = makeFrame(frameTypes.rstStream, 0, 3, makeUint32(calm)).toString('hex');
      await client.waitFor(new RegExp(reset.replace(/../g, String.raw`\x$&`)));
      client.socket.write(requestWhole(5));
      await client.waitFor(/(?:\{"status":"ok"\}[\s\S]*){2}/);
    });
  });
});
