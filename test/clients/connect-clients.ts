import type { DescService } from '@bufbuild/protobuf';
import { type Client, createClient, type Interceptor, type Transport } from '@connectrpc/connect';
import {
  type ConnectTransportOptions,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import type { TestServer } from '../support/test-server.ts';

/** One of the ways in which a Connect client can put a call on the wire. */
export interface ConnectWire {
  readonly protocol: 'gRPC' | 'gRPC-Web' | 'Connect';
  readonly httpVersion: '1.1' | '2';
  readonly format: 'binary' | 'JSON';
}

/** What a client of a test differs in from one with the server's own key. */
export interface ConnectClientOptions
  extends Pick<ConnectTransportOptions, 'acceptCompression' | 'sendCompression' | 'compressMinBytes'> {
  /** `undefined`: that of the key with all scopes. `null`: none is sent. */
  readonly authorization?: string | null;
}

/** Every protocol over every version of HTTP that it can use, in both formats. gRPC needs HTTP/2. */
export const connectWires: readonly ConnectWire[] = (['binary', 'JSON'] as const).flatMap((format) => [
  { protocol: 'gRPC', httpVersion: '2', format },
  { protocol: 'gRPC-Web', httpVersion: '1.1', format },
  { protocol: 'gRPC-Web', httpVersion: '2', format },
  { protocol: 'Connect', httpVersion: '1.1', format },
  { protocol: 'Connect', httpVersion: '2', format },
]);

/** The same in binary alone, where the format makes no difference. */
export const binaryWires: readonly ConnectWire[] = connectWires.filter(({ format }) => format === 'binary');

/** What of a server a client needs. */
type Called = Pick<TestServer, 'origin' | 'authorization'>;

/** Makes a client. Its HTTP/2 connection is closed by the server's end. */
export function createConnectClient<Service extends DescService>(
  service: Service,
  server: Called,
  wire: ConnectWire,
  options: ConnectClientOptions = {},
): Client<Service> {
  return createClient(service, createTransport(server, wire, options));
}

function createTransport(
  server: Called,
  { protocol, httpVersion, format }: ConnectWire,
  { authorization = server.authorization, ...options }: ConnectClientOptions,
): Transport {
  const authorize: Interceptor = (next) => (request) => {
    if (authorization !== null) request.header.set('authorization', authorization);
    return next(request);
  };
  const common = {
    ...options,
    baseUrl: server.origin,
    useBinaryFormat: format === 'binary',
    interceptors: [authorize],
  };
  switch (protocol) {
    case 'gRPC':
      return createGrpcTransport(common);
    case 'gRPC-Web':
      return createGrpcWebTransport({ ...common, httpVersion });
    case 'Connect':
      return createConnectTransport({ ...common, httpVersion });
  }
}
