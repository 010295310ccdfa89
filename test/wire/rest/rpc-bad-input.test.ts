import { connect as connectHttp2, constants, type OutgoingHttpHeaders } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { TestServer } from '../../support/test-server.ts';
import { collectReply, connectRaw, openSession } from '../one-port-harness.ts';
import { runBesideACall } from './bystander.ts';
import { chatBody, readJson, startRig } from './chat-rig.ts';

const methodPath = '/signalbox.chat.v1.ChatService/CreateChatCompletion';
const streamPath = '/signalbox.chat.v1.ChatService/StreamChatCompletion';

const validMessage = toBinary(
  ChatCompletionRequestSchema,
  create(ChatCompletionRequestSchema, {
    model: 'sandbox/echo',
    messages: [{ role: 'user', content: 'Hello!' }],
  }),
);

/** A gRPC message: a flag, a length, bytes. With `length` it says another length than it has. */
function frame(message: Uint8Array, length: number = message.length, flag = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

interface GrpcReply {
  readonly httpStatus: number | undefined;
  /** `grpc-status`, wherever it stands. */
  readonly status: number;
  readonly message: string;
}

/** Calls a method with bytes of the test's own. */
async function callGrpc(
  server: TestServer,
  body: Uint8Array,
  path = methodPath,
  headers: OutgoingHttpHeaders = {},
): Promise<GrpcReply> {
  const stream = openSession(server.origin).request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: server.authorization,
    ...headers,
  });
  let head: Readonly<Record<string, unknown>> = {};
  stream.on('response', (received) => {
    head = received;
  });
  stream.end(body);
  const { status: httpStatus, trailers } = await collectReply(stream);
  const all: Readonly<Record<string, unknown>> = { ...head, ...trailers };
  return {
    httpStatus,
    status: Number(all['grpc-status']),
    message: decodeURIComponent(String(all['grpc-message'] ?? '')),
  };
}

const invalidArgument = 3;
const resourceExhausted = 8;
const unimplemented = 12;

describe.each([methodPath, streamPath])('%s over gRPC', (path) => {
  test('answers a good frame', async () => {
    const { server } = await startRig();
    expect(await callGrpc(server, frame(validMessage), path)).toEqual({ httpStatus: 200, status: 0, message: '' });
  });

  const frames: [what: string, body: Uint8Array, statuses: number[]][] = [
    ['nothing', Buffer.alloc(0), [invalidArgument, unimplemented]],
    ['a head that is cut short', Buffer.from([0, 0, 0]), [invalidArgument]],
    ['a length above what follows', frame(validMessage, validMessage.length + 1), [invalidArgument]],
    ['a length far above', frame(validMessage, 1_000_000), [invalidArgument]],
    ['a length over the limit', frame(validMessage, 0xffffffff), [resourceExhausted]],
    ['a length below what follows', frame(validMessage, validMessage.length - 1), [invalidArgument]],
    ['two messages', Buffer.concat([frame(validMessage), frame(validMessage)]), [invalidArgument, unimplemented]],
    ['a message that is no protobuf', frame(Buffer.from('hello, who is there?')), [invalidArgument]],
    ['a field longer than the message', frame(Buffer.from([0x0a, 0xff, 0x01, 0x41])), [invalidArgument]],
    ['a string that is not UTF-8', frame(Buffer.from([0x0a, 0x02, 0xc3, 0x28])), [invalidArgument]],
    ['a group that is never closed', frame(Buffer.alloc(1000, 0x0b)), [invalidArgument]],
    [
      'a message that claims to be compressed, by nothing',
      frame(validMessage, validMessage.length, 1),
      [invalidArgument],
    ],
  ];

  test('refuses whatever is wrong with a frame, and goes on', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      for (const [what, body, statuses] of frames) {
        const reply = await callGrpc(rig.server, body, path);
        expect(reply.httpStatus, what).toBe(200);
        expect(statuses, `${what}: ${JSON.stringify(reply)}`).toContain(reply.status);
        expect(reply.message, what).not.toMatch(/^$|mistake/);
      }
    });
    expect(rig.server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('refuses compression that it does not know, and compressed bytes that are none', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const unknown = await callGrpc(rig.server, frame(validMessage, validMessage.length, 1), path, {
        'grpc-encoding': 'lzw',
      });
      expect(unknown.status).toBe(unimplemented);
      const bogus = await callGrpc(rig.server, frame(validMessage, validMessage.length, 1), path, {
        'grpc-encoding': 'gzip',
      });
      expect(bogus.status).toBe(invalidArgument);
    });
  });

  test('lets go of a client that breaks off within a frame', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const session = connectHttp2(rig.server.origin);
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        authorization: rig.server.authorization,
      });
      stream.on('error', () => {});
      await new Promise((resolve) => stream.write(frame(validMessage, validMessage.length + 10), resolve));
      stream.close(constants.NGHTTP2_CANCEL);
      await new Promise((resolve) => session.close(() => resolve(undefined)));
    });
    expect(rig.server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

/** JSON of a value that is nested so deep. */
function nest(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

/** The bytes of a google.protobuf.Struct that is nested so deep: made by hand, since what would make it has limits too. */
function nestStruct(depth: number): Buffer {
  const heads: Buffer[] = [];
  let bytesWithin = 0;
  for (let level = 0; level < depth; level += 1) {
    // From within: Value.struct_value, the entry's value, the entry's key before it, Struct.fields.
    for (const [field, before] of [
      [5, ''],
      [2, 'a'],
      [1, ''],
    ] as const) {
      const key = before === '' ? Buffer.alloc(0) : lengthDelimited(1, Buffer.from(before));
      const head = Buffer.concat([key, encodeVarint((field << 3) | 2), encodeVarint(bytesWithin)]);
      heads.push(head);
      bytesWithin += head.length;
    }
  }
  return Buffer.concat(heads.reverse());
}

function lengthDelimited(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([encodeVarint((field << 3) | 2), encodeVarint(bytes.length), bytes]);
}

function encodeVarint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

describe('values that are nested too deep', () => {
  const metadataField = ChatCompletionRequestSchema.field.metadata.number;

  test.each([100, 1000, 10_000])('over gRPC, %i levels', async (depth) => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const message = Buffer.concat([validMessage, lengthDelimited(metadataField, nestStruct(depth))]);
      const { status, message: text } = await callGrpc(rig.server, frame(message), streamPath);
      expect([status, text]).toEqual([invalidArgument, expect.not.stringContaining('mistake')]);
    });
    expect(rig.server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test.each([100, 1000, 100_000])('over Connect in JSON, %i levels', async (depth) => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const response = await fetch(rig.server.origin + methodPath, {
        method: 'POST',
        headers: { authorization: rig.server.authorization, 'content-type': 'application/json' },
        body: `{"model":"sandbox/echo","messages":[{"role":"user","content":"x"}],"metadata":${nest(depth)}}`,
      });
      expect([response.status, await readJson(response)]).toEqual([
        400,
        expect.objectContaining({ code: 'invalid_argument', message: expect.any(String) }),
      ]);
    });
    expect(rig.server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('Connect in JSON', () => {
  const bodies: [what: string, body: string][] = [
    ['nothing', ''],
    ['no JSON', '{'],
    ['an unknown field', '{"modle":"x"}'],
    ['a wrong type', '{"model":1}'],
    ['a value out of its range', JSON.stringify({ ...chatBody({ model: 'sandbox/echo' }), temperature: 3 })],
    ['an unknown role', '{"model":"sandbox/echo","messages":[{"role":"wizard","content":"x"}]}'],
    ['no messages', '{"model":"sandbox/echo"}'],
    ['half a surrogate pair', String.raw`{"model":"sandbox/\ud800","messages":[{"role":"user","content":"x"}]}`],
  ];

  test('refuses bad input as INVALID_ARGUMENT, and goes on', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      for (const [what, body] of bodies) {
        const response = await fetch(rig.server.origin + methodPath, {
          method: 'POST',
          headers: { authorization: rig.server.authorization, 'content-type': 'application/json' },
          body,
        });
        expect([response.status, await readJson(response)], what).toEqual([
          expect.toSatisfy((status) => status === 400 || status === 404),
          expect.objectContaining({ code: 'invalid_argument' }),
        ]);
      }
    });
    expect(rig.server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('refuses a body that is cut short', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const client = await connectRaw(rig.server.port, true);
      client.socket.end(
        [
          `POST ${methodPath} HTTP/1.1`,
          'host: x',
          `authorization: ${rig.server.authorization}`,
          'content-type: application/json',
          'content-length: 100',
          '',
          '{"model"',
        ].join('\r\n'),
      );
      expect(await client.closed).toMatch(/^HTTP\/1\.1 4\d\d /);
    });
    expect(rig.server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
