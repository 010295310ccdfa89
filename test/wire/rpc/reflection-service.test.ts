import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { afterAll, describe, expect, test } from 'vitest';
import { ServerReflection, type ServerReflectionResponse } from '../../../gen/grpc/reflection/v1/reflection_pb.ts';
import {
  ServerReflection as ServerReflectionAlpha,
  type ServerReflectionResponse as ServerReflectionResponseAlpha,
} from '../../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { collect } from '../../clients/collect.ts';
import { type ConnectWire, createConnectClient } from '../../clients/connect-clients.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const server = await startTestServer();
afterAll(() => server.close());

const grpc: ConnectWire = { protocol: 'gRPC', httpVersion: '2', format: 'binary' };
const anonymous = { authorization: null };

/** What a request of either version may ask. */
type Question =
  | { case: 'listServices' | 'fileContainingSymbol' | 'fileByFilename' | 'allExtensionNumbersOfType'; value: string }
  | { case: 'fileContainingExtension'; value: { containingType: string; extensionNumber: number } }
  | { case: undefined };
interface Request {
  readonly host?: string;
  readonly messageRequest: Question;
}
type Answer = (ServerReflectionResponse | ServerReflectionResponseAlpha)['messageResponse'];

async function* sendAll(requests: Iterable<Request>): AsyncGenerator<Request> {
  yield* requests;
}

const versions = [
  {
    version: 'v1',
    call: (to: TestServer, requests: AsyncIterable<Request>): AsyncIterable<{ readonly messageResponse: Answer }> =>
      createConnectClient(ServerReflection, to, grpc, anonymous).serverReflectionInfo(requests),
  },
  {
    version: 'v1alpha',
    call: (to: TestServer, requests: AsyncIterable<Request>): AsyncIterable<{ readonly messageResponse: Answer }> =>
      createConnectClient(ServerReflectionAlpha, to, grpc, anonymous).serverReflectionInfo(requests),
  },
];

/** The names of the files of an answer, the one that was asked for first. */
function fileNamesOf(answer: Answer | undefined): string[] {
  if (answer?.case !== 'fileDescriptorResponse') throw new Error(`the answer is ${answer?.case}`);
  return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
}

describe.each(versions)('reflection $version, without a key', ({ call }) => {
  async function ask(messageRequest: Question): Promise<Answer | undefined> {
    const [response] = await collect(call(server, sendAll([{ host: 'here', messageRequest }])));
    expect(response).toMatchObject({ validHost: 'here', originalRequest: { host: 'here', messageRequest } });
    return response?.messageResponse;
  }

  test('lists every service', async () => {
    expect(await ask({ case: 'listServices', value: '' })).toMatchObject({
      case: 'listServicesResponse',
      value: {
        service: [
          { name: 'grpc.health.v1.Health' },
          { name: 'grpc.reflection.v1.ServerReflection' },
          { name: 'grpc.reflection.v1alpha.ServerReflection' },
          { name: 'signalbox.chat.v1.ChatService' },
          { name: 'signalbox.model.v1.ModelService' },
          { name: 'signalbox.router.v1.RouterService' },
        ],
      },
    });
  });

  test.each([
    ['a service', 'signalbox.chat.v1.ChatService', 'signalbox/chat/v1/chat_service.proto'],
    ['another service', 'signalbox.router.v1.RouterService', 'signalbox/router/v1/router_service.proto'],
    ['a third service', 'signalbox.model.v1.ModelService', 'signalbox/model/v1/model_service.proto'],
    ['a method', 'signalbox.chat.v1.ChatService.StreamChatCompletion', 'signalbox/chat/v1/chat_service.proto'],
    ['a message', 'signalbox.chat.v1.ToolChoice', 'signalbox/chat/v1/tool.proto'],
    ['a field', 'signalbox.chat.v1.ToolChoice.mode', 'signalbox/chat/v1/tool.proto'],
    ['a oneof', 'signalbox.chat.v1.ToolChoice.choice', 'signalbox/chat/v1/tool.proto'],
    ['an enum', 'grpc.health.v1.HealthCheckResponse.ServingStatus', 'grpc/health/v1/health.proto'],
    ["an enum's value", 'grpc.health.v1.HealthCheckResponse.SERVING', 'grpc/health/v1/health.proto'],
    ['an extension', 'google.api.field_behavior', 'google/api/field_behavior.proto'],
    ['an imported message', 'google.protobuf.Struct', 'google/protobuf/struct.proto'],
    ['an error detail', 'google.rpc.ErrorInfo', 'google/rpc/error_details.proto'],
  ])('finds the file of %s', async (_what, symbol, file) => {
    expect(fileNamesOf(await ask({ case: 'fileContainingSymbol', value: symbol }))[0]).toBe(file);
  });

  test('gives a file with everything that it imports, once', async () => {
    const names = fileNamesOf(await ask({ case: 'fileByFilename', value: 'signalbox/chat/v1/chat_service.proto' }));
    expect(names[0]).toBe('signalbox/chat/v1/chat_service.proto');
    expect(names).toEqual(
      expect.arrayContaining([
        'signalbox/chat/v1/message.proto',
        'google/protobuf/struct.proto',
        'google/protobuf/descriptor.proto',
        'google/api/field_behavior.proto',
        'buf/validate/validate.proto',
      ]),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  test('finds the file of an extension by its number, and all numbers of a message', async () => {
    const containingType = 'google.protobuf.FieldOptions';
    const request = { containingType, extensionNumber: 1052 };
    expect(fileNamesOf(await ask({ case: 'fileContainingExtension', value: request }))[0]).toBe(
      'google/api/field_behavior.proto',
    );
    // google.api.field_behavior and buf.validate.field.
    expect(await ask({ case: 'allExtensionNumbersOfType', value: containingType })).toMatchObject({
      case: 'allExtensionNumbersResponse',
      value: { baseTypeName: containingType, extensionNumber: expect.arrayContaining([1052, 1159]) },
    });
  });

  test('has no extension numbers of a message that is not extended', async () => {
    expect(await ask({ case: 'allExtensionNumbersOfType', value: 'signalbox.chat.v1.Message' })).toMatchObject({
      case: 'allExtensionNumbersResponse',
      value: { extensionNumber: [] },
    });
  });

  test.each<[string, Question]>([
    ['symbol', { case: 'fileContainingSymbol', value: 'no.such.Symbol' }],
    ['file', { case: 'fileByFilename', value: 'no/such/file.proto' }],
    ['extended message', { case: 'allExtensionNumbersOfType', value: 'no.such.Message' }],
    [
      'extension',
      {
        case: 'fileContainingExtension',
        value: { containingType: 'google.protobuf.FieldOptions', extensionNumber: 99_999 },
      },
    ],
  ])('answers to an unknown %s with an error', async (_what, question) => {
    expect(await ask(question)).toMatchObject({
      case: 'errorResponse',
      value: { errorCode: Code.NotFound, errorMessage: expect.stringContaining('is not known here') },
    });
  });

  test('answers to a request that asks for nothing with an error', async () => {
    expect(await ask({ case: undefined })).toMatchObject({
      case: 'errorResponse',
      value: { errorCode: Code.InvalidArgument },
    });
  });

  test('answers several questions on one stream, in order, errors among them', async () => {
    const responses = await collect(
      call(
        server,
        sendAll([
          { messageRequest: { case: 'fileContainingSymbol', value: 'no.such.Symbol' } },
          { messageRequest: { case: 'listServices', value: '' } },
        ]),
      ),
    );
    expect(responses.map(({ messageResponse }) => messageResponse.case)).toEqual([
      'errorResponse',
      'listServicesResponse',
    ]);
  });

  test('answers a thousand questions on one stream, and the next with an error, which is the last', async () => {
    const questions = Array.from({ length: 1010 }, () => ({
      messageRequest: { case: 'listServices', value: '' } as const,
    }));
    const kinds = (await collect(call(server, sendAll(questions)))).map(({ messageResponse }) => messageResponse);
    expect(kinds.slice(0, 1000).every((answer) => answer.case === 'listServicesResponse')).toBe(true);
    expect(kinds.slice(1000)).toMatchObject([
      { case: 'errorResponse', value: { errorCode: Code.ResourceExhausted, errorMessage: expect.any(String) } },
    ]);
  });

  test('does not hold up a drain when a client keeps its stream open', async () => {
    // The request's half of the stream stays open, and is closed only after this time.
    await using draining = await startTestServer({ config: 'server: { limits: { linger_timeout_ms: 10 } }' });
    const { promise: forEver } = Promise.withResolvers<void>();
    async function* askOnce(): AsyncGenerator<Request> {
      yield { messageRequest: { case: 'listServices', value: '' } };
      await forEver;
    }
    let drained: Promise<unknown> | undefined;
    for await (const _response of call(draining, askOnce())) drained = draining.composition.server.drain();
    expect(await drained).toEqual({ cutConnections: 0 });
  });
});
