/**
 * A server for the Connect conformance suite, which starts it: `connectconformance --mode server … -- node server.ts`.
 *
 * It reads how to serve from stdin and tells on stdout where it serves, both as a message behind its length, and serves until
 * SIGTERM. SIGNALBOX_CONFORMANCE_IMAGE is the path of the suite's protos, compiled; scripts/conformance.ts makes it.
 */
import { readFileSync } from 'node:fs';
import { create, createFileRegistry, type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { createConnectRouter } from '@connectrpc/connect';
import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node';
import { z } from 'zod';
import { systemClock } from '../../src/core/clock.ts';
import { createOnePort } from '../../src/wire/one-port.ts';
import { createConnectListener } from '../../src/wire/rpc/connect-listener.ts';
import { addConformanceService } from './conformance-service.ts';

const protoPackage = 'connectrpc.conformance.v1';
const lengthBytes = 4;
const drainTimeoutMs = 5000;

const bytes = z.instanceof(Uint8Array);
const compatRequest = z.object({
  useTls: z.boolean(),
  clientTlsCert: bytes,
  messageReceiveLimit: z.number(),
  serverCreds: z.object({ cert: bytes, key: bytes }).optional(),
});

const imagePath = z
  .string({ error: 'SIGNALBOX_CONFORMANCE_IMAGE is not set' })
  .parse(process.env['SIGNALBOX_CONFORMANCE_IMAGE']);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(imagePath)));

function getMessage(name: string): DescMessage {
  const message = registry.getMessage(`${protoPackage}.${name}`);
  if (message === undefined) throw new Error(`${imagePath} has no message ${name}`);
  return message;
}

/** Reads one message from stdin, which may stay open. */
async function readRequest(): Promise<z.infer<typeof compatRequest>> {
  let received = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    received = Buffer.concat([received, chunk]);
    if (received.length < lengthBytes) continue;
    const end = lengthBytes + received.readUInt32BE();
    if (received.length < end) continue;
    return compatRequest.parse(fromBinary(getMessage('ServerCompatRequest'), received.subarray(lengthBytes, end)));
  }
  throw new Error('stdin ended before the request was complete');
}

function writeResponse(response: Readonly<Record<string, unknown>>): void {
  const schema = getMessage('ServerCompatResponse');
  const message = toBinary(schema, create(schema, response));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(message.length);
  process.stdout.write(Buffer.concat([length, message]));
}

const service = registry.getService(`${protoPackage}.ConformanceService`);
if (service === undefined) throw new Error(`${imagePath} has no ConformanceService`);

const request = await readRequest();
if (request.useTls && request.serverCreds === undefined) throw new Error('the suite sent no certificate to use');
const credentials = request.useTls ? request.serverCreds : undefined;
const hasClientCertificate = request.clientTlsCert.length > 0;

const router = createConnectRouter({
  jsonOptions: { registry },
  acceptCompression: [compressionGzip, compressionBrotli],
  ...(request.messageReceiveLimit > 0 ? { readMaxBytes: request.messageReceiveLimit } : {}),
});
addConformanceService(router, service, getMessage('ConformancePayload.RequestInfo'));

const port = createOnePort({
  listener: createConnectListener(router, (_request, response) => {
    response.statusCode = 404;
    response.end();
  }),
  tls: credentials && {
    cert: Buffer.from(credentials.cert),
    key: Buffer.from(credentials.key),
    ...(hasClientCertificate ? { requestCert: true, ca: Buffer.from(request.clientTlsCert) } : {}),
  },
  limits: {
    maxConnections: 1000,
    prefaceTimeoutMs: 10_000,
    headersTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    keepAliveTimeoutMs: 30_000,
    http2IdleTimeoutMs: 30_000,
    lingerTimeoutMs: 1000,
    maxHeaderBytes: 65_536,
    maxHeaderCount: 200,
    maxConcurrentStreams: 250,
    streamResetBurst: 1000,
    streamResetsPerSecond: 33,
    // Larger than any request of the suite. Its client breaks off a request that has to wait for the window as soon as it has seen
    // the error, short of its own content-length, for which the stream is reset: sometimes before the trailers are out.
    streamWindowBytes: 1_048_576,
    sessionWindowBytes: 4_194_304,
    maxSessionMemoryBytes: 10_000_000,
  },
  clock: systemClock,
  onServerError: (error) => process.stderr.write(`${error}\n`),
});

process.once('SIGTERM', async () => {
  await port.drain({ timeoutMs: drainTimeoutMs });
  process.exit();
});

const address = await port.listen(0, '127.0.0.1');
writeResponse({ host: address.address, port: address.port, ...(credentials && { pemCert: credentials.cert }) });
