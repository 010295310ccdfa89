import type { DescMethodServerStreaming, DescMethodUnary } from '@bufbuild/protobuf';
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type CallOptions,
  Client,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { type Status, StatusSchema } from '../../gen/google/rpc/status_pb.ts';
import type { TestServer } from '../support/test-server.ts';

/** One answer, with the metadata that came before it. */
export interface GrpcAnswer<Message> {
  readonly message: Message;
  readonly header: Metadata;
}

/** What a call differs in from one with the server's own key and no deadline. */
export interface GrpcCallOptions extends Pick<CallOptions, 'deadline'> {
  /** `undefined`: that of the key with all scopes. `null`: none is sent. */
  readonly authorization?: string | null;
  /** Cancels the call. */
  readonly signal?: AbortSignal;
}

/** gRPC's own client for Node.js, with protobuf-es in the place of generated stubs. */
export class GrpcClient implements Disposable {
  readonly #client: Client;
  readonly #server: Pick<TestServer, 'authorization'>;

  constructor(server: Pick<TestServer, 'port' | 'authorization'>) {
    this.#server = server;
    this.#client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
  }

  /** Makes a unary call. Rejects with the ServiceError of grpc-js. */
  callUnary<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethodUnary<Input, Output>,
    request: MessageInitShape<Input>,
    options: GrpcCallOptions = {},
  ): Promise<GrpcAnswer<MessageShape<Output>>> {
    return new Promise((resolve, reject) => {
      let header = new Metadata();
      const call = this.#client.makeUnaryRequest(
        pathOf(method),
        (message: MessageShape<Input>) => Buffer.from(toBinary(method.input, message)),
        (bytes) => fromBinary(method.output, bytes),
        create(method.input, request),
        this.#createMetadata(options),
        callOptionsOf(options),
        (error, message) => {
          if (error !== null) reject(error);
          else if (message === undefined) reject(new Error('there is neither an answer nor an error'));
          else resolve({ message, header });
        },
      );
      call.on('metadata', (received) => {
        header = received;
      });
      options.signal?.addEventListener('abort', () => call.cancel(), { once: true });
    });
  }

  /** Makes a server-streaming call. */
  callServerStreaming<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethodServerStreaming<Input, Output>,
    request: MessageInitShape<Input>,
    options: GrpcCallOptions = {},
  ): ClientReadableStream<MessageShape<Output>> {
    const call = this.#client.makeServerStreamRequest(
      pathOf(method),
      (message: MessageShape<Input>) => Buffer.from(toBinary(method.input, message)),
      (bytes) => fromBinary(method.output, bytes),
      create(method.input, request),
      this.#createMetadata(options),
      callOptionsOf(options),
    );
    options.signal?.addEventListener('abort', () => call.cancel(), { once: true });
    return call;
  }

  /** Calls a path with an empty message. Rejects with the ServiceError of grpc-js. */
  callPath(path: string): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
      const pass = (bytes: Buffer): Buffer => bytes;
      this.#client.makeUnaryRequest(path, pass, pass, Buffer.alloc(0), this.#createMetadata({}), (error, bytes) =>
        error === null ? resolve(bytes) : reject(error),
      );
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #createMetadata({ authorization = this.#server.authorization }: GrpcCallOptions): Metadata {
    const metadata = new Metadata();
    if (authorization !== null) metadata.set('authorization', authorization);
    return metadata;
  }
}

/** The status with its details, as it came in the trailers. */
export function readStatusDetails(error: ServiceError): Status | undefined {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  return bytes instanceof Buffer ? fromBinary(StatusSchema, bytes) : undefined;
}

function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

function callOptionsOf({ deadline }: GrpcCallOptions): CallOptions {
  return deadline === undefined ? {} : { deadline };
}
