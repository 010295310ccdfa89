import {
  create,
  type DescEnum,
  type DescExtension,
  type DescFile,
  type DescMessage,
  type DescService,
  fromBinary,
  toBinary,
} from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code, type ServiceImpl } from '@connectrpc/connect';
import {
  ErrorResponseSchema,
  ExtensionNumberResponseSchema,
  FileDescriptorResponseSchema,
  ListServiceResponseSchema,
  type ServerReflection,
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
  ServiceResponseSchema,
} from '../../../gen/grpc/reflection/v1/reflection_pb.ts';
import {
  type ServerReflectionRequest as AlphaRequest,
  ServerReflectionRequestSchema as AlphaRequestSchema,
  ServerReflectionResponseSchema as AlphaResponseSchema,
  type ServerReflection as ServerReflectionAlpha,
} from '../../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import type { ServerState } from '../server-state.ts';
import { untilDraining } from './until-draining.ts';

type Answer = ServerReflectionResponse['messageResponse'];

/** The most requests of one stream. A tool asks for some tens; each answer takes up to 100 KiB, and no key is needed. */
const maxStreamRequests = 1000;

const tooManyRequests = `one stream can ask ${maxStreamRequests} times; open another one`;

/** What can be asked of the services that a server has. */
interface Descriptors {
  readonly serviceNames: readonly string[];
  readonly filesByName: ReadonlyMap<string, DescFile>;
  readonly filesBySymbol: ReadonlyMap<string, DescFile>;
  /** The `FileDescriptorProto` of a file, encoded once. */
  readonly encodeFile: (file: DescFile) => Uint8Array;
  /** Message name to extension number to the file that has the extension. */
  readonly extensions: ReadonlyMap<string, ReadonlyMap<number, DescFile>>;
}

/**
 * gRPC server reflection (github.com/grpc/grpc/blob/master/doc/server-reflection.md), by which grpcurl and the like call services
 * that they have no protos of. Both versions, which differ in nothing but the package's name.
 *
 * @param services - what is listed.
 * @param moreFiles - what no service imports and clients ask for all the same: the types of error details.
 */
export function createReflectionServices(
  state: ServerState,
  services: readonly DescService[],
  moreFiles: readonly DescFile[],
): {
  v1: ServiceImpl<typeof ServerReflection>;
  v1alpha: ServiceImpl<typeof ServerReflectionAlpha>;
} {
  const descriptors = describe(services, moreFiles);
  async function* answerAll(
    requests: AsyncIterable<ServerReflectionRequest>,
  ): AsyncGenerator<ServerReflectionResponse> {
    let answeredCount = 0;
    for await (const request of untilDraining(requests, state)) {
      if (answeredCount === maxStreamRequests) {
        yield encodeResponse(request, answerError(Code.ResourceExhausted, tooManyRequests));
        return;
      }
      answeredCount += 1;
      yield encodeResponse(request, find(request.messageRequest, descriptors));
    }
  }
  return {
    v1: { serverReflectionInfo: answerAll },
    v1alpha: {
      async *serverReflectionInfo(requests) {
        for await (const response of answerAll(fromAlpha(requests))) {
          yield fromBinary(AlphaResponseSchema, toBinary(ServerReflectionResponseSchema, response));
        }
      },
    },
  };
}

async function* fromAlpha(requests: AsyncIterable<AlphaRequest>): AsyncGenerator<ServerReflectionRequest> {
  for await (const request of requests) {
    yield fromBinary(ServerReflectionRequestSchema, toBinary(AlphaRequestSchema, request));
  }
}

function encodeResponse(originalRequest: ServerReflectionRequest, messageResponse: Answer): ServerReflectionResponse {
  return create(ServerReflectionResponseSchema, { validHost: originalRequest.host, originalRequest, messageResponse });
}

function find({ case: kind, value }: ServerReflectionRequest['messageRequest'], descriptors: Descriptors): Answer {
  switch (kind) {
    case 'listServices': {
      const service = descriptors.serviceNames.map((name) => create(ServiceResponseSchema, { name }));
      return { case: 'listServicesResponse', value: create(ListServiceResponseSchema, { service }) };
    }
    case 'fileByFilename':
      return answerFile(descriptors.filesByName.get(value), value, descriptors);
    case 'fileContainingSymbol':
      return answerFile(descriptors.filesBySymbol.get(value), value, descriptors);
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = value;
      const file = descriptors.extensions.get(containingType)?.get(extensionNumber);
      return answerFile(file, `extension ${extensionNumber} of ${containingType}`, descriptors);
    }
    case 'allExtensionNumbersOfType': {
      const numbers = descriptors.extensions.get(value);
      if (numbers === undefined && !descriptors.filesBySymbol.has(value)) return answerNotFound(value);
      const extensionNumber = [...(numbers?.keys() ?? [])];
      const response = create(ExtensionNumberResponseSchema, { baseTypeName: value, extensionNumber });
      return { case: 'allExtensionNumbersResponse', value: response };
    }
    case undefined:
      return answerError(Code.InvalidArgument, 'the request asks for nothing');
  }
}

/** A file with everything that it imports, so that one question is enough. */
function answerFile(file: DescFile | undefined, name: string, { encodeFile }: Descriptors): Answer {
  if (file === undefined) return answerNotFound(name);
  const files = new Set<DescFile>();
  collectFiles(file, files);
  const fileDescriptorProto = [...files].map(encodeFile);
  return { case: 'fileDescriptorResponse', value: create(FileDescriptorResponseSchema, { fileDescriptorProto }) };
}

function answerNotFound(name: string): Answer {
  return answerError(Code.NotFound, `${name} is not known here`);
}

function answerError(errorCode: Code, errorMessage: string): Answer {
  return { case: 'errorResponse', value: create(ErrorResponseSchema, { errorCode, errorMessage }) };
}

function describe(services: readonly DescService[], moreFiles: readonly DescFile[]): Descriptors {
  const files = new Set<DescFile>();
  for (const service of services) collectFiles(service.file, files);
  for (const file of moreFiles) collectFiles(file, files);
  const filesBySymbol = new Map<string, DescFile>();
  const extensions = new Map<string, Map<number, DescFile>>();
  for (const file of files) {
    for (const type of nestedTypes(file)) {
      for (const symbol of listSymbols(type)) filesBySymbol.set(symbol, file);
      if (type.kind !== 'extension') continue;
      const numbers = extensions.get(type.extendee.typeName) ?? new Map<number, DescFile>();
      extensions.set(type.extendee.typeName, numbers.set(type.number, file));
    }
  }
  return {
    serviceNames: services.map(({ typeName }) => typeName).sort(),
    filesByName: new Map(Array.from(files, (file) => [file.proto.name, file])),
    filesBySymbol,
    encodeFile: createFileEncoder(),
    extensions,
  };
}

function createFileEncoder(): (file: DescFile) => Uint8Array {
  const encoded = new Map<DescFile, Uint8Array>();
  return (file) => {
    const bytes = encoded.get(file) ?? toBinary(FileDescriptorProtoSchema, file.proto);
    encoded.set(file, bytes);
    return bytes;
  };
}

/** The full name of a type, and of what is declared in it. */
function listSymbols(type: DescMessage | DescEnum | DescExtension | DescService): string[] {
  const { typeName } = type;
  switch (type.kind) {
    case 'message':
      return [typeName, ...[...type.fields, ...type.oneofs].map(({ name }) => `${typeName}.${name}`)];
    case 'enum': {
      // Values are named in the scope around their enum, as in C++.
      const scope = typeName.slice(0, typeName.lastIndexOf('.') + 1);
      return [typeName, ...type.values.map(({ name }) => scope + name)];
    }
    case 'service':
      return [typeName, ...type.methods.map(({ name }) => `${typeName}.${name}`)];
    case 'extension':
      return [typeName];
  }
}

function collectFiles(file: DescFile, into: Set<DescFile>): void {
  if (into.has(file)) return;
  into.add(file);
  for (const dependency of file.dependencies) collectFiles(dependency, into);
}
