import assert from 'node:assert/strict';
import { connect } from 'node:net';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { ConfigError } from '../../src/config/config-error.ts';
import { describeConfig } from '../../src/config/describe-config.ts';
import { createFileSchema } from '../../src/config/file-schema.ts';
import { listKeys } from '../../src/config/list-keys.ts';
import { load } from '../config/load-fixture.ts';
import { cutBytes } from '../support/fake-upstream.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { createFuzzTarget, type FuzzTarget } from './fuzz-target.ts';
import { anyBytes, type CutBytes, cuts, damaged } from './odd-bytes.ts';

/** Such that whoever breaks off, or says nothing, is let go within the time of one input. */
const config = `
server:
  limits: { linger_timeout_ms: 50, preface_timeout_ms: 200, headers_timeout_ms: 200, request_timeout_ms: 200, keep_alive_timeout_ms: 1000 }
  max_body_bytes: 1024
log: { level: error }
`;
const chat = '{"model":"sandbox/echo","messages":[{"role":"user","content":"hi"}]}';

const http1Requests = [
  'GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n',
  'GET /v1/models HTTP/1.0\r\n\r\n',
  `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${chat.length}\r\n\r\n${chat}`,
  `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${chat.length.toString(16)}\r\n${chat}\r\n0\r\n\r\n`,
  'POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /y HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\r\nhost: a\r\nupgrade: h2c\r\nconnection: upgrade, http2-settings\r\nhttp2-settings: AAA\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n\r\n',
  'CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n',
];
/** Frames: SETTINGS, HEADERS (GET / of HPACK's static table), PING, RST_STREAM, WINDOW_UPDATE, CONTINUATION without a beginning, DATA. */
const http2Frames = [
  '\0\0\0\x04\0\0\0\0\0',
  '\0\0\x06\x01\x05\0\0\0\x01\x82\x84\x86\x41\x01a',
  '\0\0\x08\x06\0\0\0\0\0abcdefgh',
  '\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08',
  '\0\0\x04\x08\0\0\0\0\0\x7f\xff\xff\xff',
  '\0\0\x01\x09\x04\0\0\0\x01\x82',
  '\0\0\x03\0\x01\0\0\0\x01abc',
];
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

function joined(parts: readonly string[]): fc.Arbitrary<Uint8Array> {
  return fc.array(fc.constantFrom(...parts), { maxLength: 6 }).map((list) => Buffer.from(list.join(''), 'latin1'));
}

const connectionBytes = fc.oneof(
  damaged(joined(http1Requests)),
  damaged(joined(http2Frames)).map((frames) => Buffer.concat([Buffer.from(preface), frames])),
  damaged(joined([preface, ...http1Requests, ...http2Frames])),
  anyBytes,
);

/** A server for all inputs, started with the first one. */
let server: Promise<TestServer> | undefined;

/** Longer than all of the server's own bounds together. */
const maxConnectionMs = 10_000;

/** Sends bytes over a connection, and waits until the server has closed it. */
async function send(port: number, { bytes, cuts: sizes }: CutBytes): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let received = '';
  socket.setEncoding('latin1').on('data', (piece: string) => {
    received += piece;
  });
  // A reset is an answer too.
  socket.on('error', () => undefined);
  // Unlike events.once, it does not take the error for its own.
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  const timer = setTimeout(() => {
    received = 'it stays open';
    socket.destroy();
  }, maxConnectionMs);
  for (const piece of cutBytes(bytes, sizes)) {
    if (!socket.writable) break;
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.end();
  await closed;
  clearTimeout(timer);
  return received;
}

async function checkConnection(input: CutBytes): Promise<void> {
  server ??= startTestServer({ config });
  const { port, origin, log } = await server;
  const received = await send(port, input);
  assert.notEqual(received, 'it stays open');
  assert.doesNotMatch(received, /^HTTP\/1\.1 500/);
  assert.doesNotMatch(received, /\.ts:\d|node:internal/, 'the inside shows');
  assert.deepEqual(log, []);
  assert.equal((await fetch(`${origin}/healthz`)).status, 200);
}

const names = [
  ...new Set(
    listKeys(createFileSchema({ env: {}, knownKinds: [], baseFolder: '/', readFile: () => new Uint8Array() })).flatMap(
      ({ path }) => path,
    ),
  ),
  'openai',
  '__proto__',
  'constructor',
];
const scalar = fc.oneof(
  fc.constantFrom('env:A', 'env:B', 'https://a.example', '', 'sqlite:a', '*x', '&x', '# c', null, true, 0),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary' }),
);
const { node: configData } = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), tie('node'), { maxKeys: 6 }),
  ),
}));
const yamlText = configData.map((data) => stringify(data) ?? '');

/** What comes before anything is known of it: connections, and the file that the program starts with. */
export const edgeTargets: readonly FuzzTarget[] = [
  createFuzzTarget({
    name: 'port',
    inputs: fc.record({ bytes: connectionBytes, cuts }),
    run: checkConnection,
    shortRuns: 15,
    async close() {
      const started = server;
      server = undefined;
      await (await started)?.close();
    },
  }),
  createFuzzTarget({
    name: 'config',
    inputs: fc.oneof(
      yamlText.map((text) => Buffer.from(text)),
      damaged(yamlText.map((text) => Buffer.from(text))),
      anyBytes,
    ),
    shortRuns: 20,
    run(file) {
      try {
        describeConfig(load({ files: { '/srv/app/signalbox.yaml': file }, env: { A: 'a' } }));
      } catch (thrown) {
        if (!(thrown instanceof ConfigError)) throw thrown;
        assert.ok(thrown.problems.length > 0);
        for (const problem of thrown.problems) {
          assert.doesNotMatch(problem, /[\p{Cc}\u2028\u2029\u202e]/u);
          assert.match(problem, /[.?]$/);
        }
      }
    },
  }),
];
