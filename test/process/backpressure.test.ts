import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { create, toBinary } from '@bufbuild/protobuf';
import { encodeEnvelope } from '@connectrpc/connect/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { textChunk } from '../clients/upstream-chunks.ts';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { createFakeUpstream, type RecordedRequest } from '../support/fake-upstream.ts';
import { parsePrometheusText } from '../telemetry/prometheus-text.ts';
import { readUrl, startProgram } from './program.ts';

/** Of each protocol. */
const clientCount = 5;
/** What each client's answer has: some 50 MB. */
const pieceBytes = 65_536;
const pieceCount = 800;
/**
 * What one provider may get rid of: what the kernel buffers for two connections on the loopback interface, which is up to it, and what the server
 * itself holds. Seen were 4 to 10 MB.
 */
const maxSentBytes = 20_000_000;
/** The heap of the process, so that garbage does not pile up in it as it may where there is room. */
const maxHeapMegabytes = 192;
/** What the process may grow by for fifteen clients that read next to nothing, of whom each could make it hold 50 MB. */
const maxGrowthBytes = 150_000_000;

const authorization = `Bearer ${btoa('a:b')}`;
const request = { model: 'fake/some-model', messages: [{ role: 'user', content: 'Hello' }] };

/** A client whose answer has begun. It reads what it is told to. */
interface SlowClient {
  readonly answer: Readable;
  leave(): void;
}

async function openHttp1(url: string): Promise<SlowClient> {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({ ...request, stream: true });
  const socket = connect(Number(port), hostname);
  onTestFinished(() => {
    socket.destroy();
  });
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n`;
  socket.write(`${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  await once(socket, 'readable');
  return { answer: socket, leave: () => socket.destroy() };
}

/** Clients that share no connection: one that is not read would hold up the others as well. */
async function openHttp2(url: string, path: string, type: string, body: string | Uint8Array): Promise<SlowClient> {
  const session = connectHttp2(url);
  onTestFinished(() => session.destroy());
  const headers = { ':method': 'POST', ':path': path, authorization, 'content-type': type, te: 'trailers' };
  const stream = session.request(headers);
  stream.end(body);
  await once(stream, 'response');
  return { answer: stream, leave: () => stream.close(constants.NGHTTP2_CANCEL) };
}

const openers: Readonly<Record<string, (url: string) => Promise<SlowClient>>> = {
  'REST over HTTP/1.1': openHttp1,
  'REST over HTTP/2': (url) =>
    openHttp2(url, '/v1/chat/completions', 'application/json', JSON.stringify({ ...request, stream: true })),
  gRPC: (url) =>
    openHttp2(
      url,
      '/signalbox.chat.v1.ChatService/StreamChatCompletion',
      'application/grpc',
      encodeEnvelope(0, toBinary(ChatCompletionRequestSchema, create(ChatCompletionRequestSchema, request))),
    ),
};

test('clients that read next to nothing hold their providers back, cost next to no memory, and leave nothing behind', {
  timeout: 60_000,
}, async () => {
  const upstream = await createFakeUpstream();
  onTestFinished(() => upstream.close());
  const piece = `data: ${JSON.stringify(textChunk('x'.repeat(pieceBytes)))}\n\n`;
  upstream.respondAlways(() => ({
    headers: { 'content-type': 'text/event-stream' },
    body: (function* () {
      for (let index = 0; index < pieceCount; index += 1) yield piece;
    })(),
  }));
  const cwd = await createTemporaryFolder();
  const provider = `{ kind: openai-compatible, base_url: "${upstream.origin}/v1" }`;
  await writeFile(join(cwd, 'signalbox.yaml'), `providers: { fake: ${provider} }`);
  const env = { SIGNALBOX_API_KEY: 'a:b', NODE_OPTIONS: `--max-old-space-size=${maxHeapMegabytes}` };
  const program = startProgram(['--port', '0'], { cwd, env });
  const url = await readUrl(program);

  const readMetric = async (name: string): Promise<number> => {
    const page = await fetch(`${url}/metrics`);
    const samples = parsePrometheusText(await page.text()).flatMap((family) => family.samples);
    return samples.filter((sample) => sample.name === name).reduce((sum, { value }) => sum + value, 0);
  };
  /** Resolves when no provider gets rid of anything more, though the server has turns enough to take it: it answers other calls. */
  const waitUntilStuck = async (requests: readonly RecordedRequest[]): Promise<void> => {
    const sum = (): number => requests.reduce((total, one) => total + one.bytesSent(), 0);
    let sentBefore: number;
    do {
      sentBefore = sum();
      for (let round = 0; round < 20; round += 1) {
        const body = JSON.stringify({ ...request, model: 'sandbox/echo' });
        const headers = { authorization, 'content-type': 'application/json' };
        await (await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body })).text();
      }
    } while (sum() > sentBefore);
  };

  const kinds = Object.values(openers).flatMap((open) => Array.from({ length: clientCount }, () => open));
  /** Lets clients come, read next to nothing, and leave. */
  const runWave = async (): Promise<void> => {
    const clients = await Promise.all(kinds.map((open) => open(url)));
    const requests = upstream.requests.slice(-kinds.length);
    await waitUntilStuck(requests);
    for (let read = 0; read < 4; read += 1) for (const { answer } of clients) answer.read(1024);
    await waitUntilStuck(requests);
    for (const one of requests) expect(one.bytesSent()).toBeLessThan(maxSentBytes);
    expect(await readMetric('signalbox_streams_in_flight')).toBe(kinds.length);
    for (const { leave } of clients) leave();
    for (const one of requests) expect(await one.closed).toEqual({ replied: false });
    await expect.poll(() => readMetric('signalbox_calls_in_flight')).toBe(0);
  };

  // What passed before they stuck has been read and parsed, for which a process takes its memory once.
  await runWave();
  const rssBefore = await readMetric('process_memory_usage_bytes');
  await runWave();
  expect((await readMetric('process_memory_usage_bytes')) - rssBefore).toBeLessThan(maxGrowthBytes);
  expect(upstream.requests).toHaveLength(2 * kinds.length);
});
