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
  ServerReflectionRequestSchema as AlphaRequestSchema,
  ServerReflectionResponseSchema as AlphaResponseSchema,
  type ServerReflection as ServerReflectionAlpha,
} from '../../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import type { ServerState } from '../server-state.ts';
import { untilDraining } from './until-draining.ts';

type Answer = ServerReflectionResponse['messageResponse'];

/** What can be asked of the services that a server has. */
interface Descriptors {
  readonly serviceNames: readonly string[];
  readonly filesByName: ReadonlyMap<string, DescFile>;
  readonly filesBySymbol: ReadonlyMap<string, DescFile>;
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
  return {
    v1: {
      async *serverReflectionInfo(requests) {
        for await (const request of untilDraining(requests, state)) yield answer(request, descriptors);
      },
    },
    v1alpha: {
      async *serverReflectionInfo(requests) {
        for await (const alpha of untilDraining(requests, state)) {
          const request = fromBinary(ServerReflectionRequestSchema, toBinary(AlphaRequestSchema, alpha));
          const response = answer(request, descriptors);
          yield fromBinary(AlphaResponseSchema, toBinary(ServerReflectionResponseSchema, response));
        }
      },
    },
  };
}

function answer(originalRequest: ServerReflectionRequest, descriptors: Descriptors): ServerReflectionResponse {
  const validHost = originalRequest.host;
  const messageResponse = find(originalRequest.messageRequest, descriptors);
  return create(ServerReflectionResponseSchema, { validHost, originalRequest, messageResponse });
}

function find({ case: kind, value }: ServerReflectionRequest['messageRequest'], descriptors: Descriptors): Answer {
  switch (kind) {
    case 'listServices': {
      const service = descriptors.serviceNames.map((name) => create(ServiceResponseSchema, { name }));
      return { case: 'listServicesResponse', value: create(ListServiceResponseSchema, { service }) };
    }
    case 'fileByFilename':
      return answerFile(descriptors.filesByName.get(value), value);
    case 'fileContainingSymbol':
      return answerFile(descriptors.filesBySymbol.get(value), value);
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = value;
      const file = descriptors.extensions.get(containingType)?.get(extensionNumber);
      return answerFile(file, `extension ${extensionNumber} of ${containingType}`);
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
function answerFile(file: DescFile | undefined, name: string): Answer {
  if (file === undefined) return answerNotFound(name);
  const files = new Set<DescFile>();
  collectFiles(file, files);
  const fileDescriptorProto = [...files].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
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
    extensions,
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
