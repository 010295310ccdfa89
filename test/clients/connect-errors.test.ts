import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { Code, type ConnectError } from '@connectrpc/connect';
import { afterAll, describe, expect, test } from 'vitest';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from '../../gen/google/rpc/error_details_pb.ts';
import type { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { formatCredential } from '../../src/auth/credential.ts';
import { singleTries } from '../support/single-tries.ts';
import { startTestServer } from '../support/test-server.ts';
import { catchConnectError } from './catch-connect-error.ts';
import { collect } from './collect.ts';
import { binaryWires, type ConnectClientOptions, createConnectClient } from './connect-clients.ts';

const server = await startTestServer({
  config: `keys: [ { id: reader, secret: of the reader, scopes: [router.read] } ]\n${singleTries}`,
});
afterAll(() => server.close());

const messages = [{ role: 'user', content: 'Hello' }];
type Request = MessageInitShape<typeof ChatCompletionRequestSchema>;

describe.each(binaryWires)('$protocol over HTTP/$httpVersion', (wire) => {
  test('a key is taken in HTTP Basic as well', async () => {
    const client = createConnectClient(ChatService, server, wire, { authorization: `basic ${server.apiKey}` });
    const completion = await client.createChatCompletion({ model: 'sandbox/echo', messages });
    expect(completion.model).toBe('sandbox/echo');
  });

  describe.each(['whole', 'streamed'] as const)('a %s answer', (kind) => {
    async function fail(request: Request, options: ConnectClientOptions = {}): Promise<ConnectError> {
      const client = createConnectClient(ChatService, server, wire, options);
      return await catchConnectError(
        kind === 'whole' ? client.createChatCompletion(request) : collect(client.streamChatCompletion(request)),
      );
    }

    test('without a key is unauthenticated', async () => {
      const error = await fail({ model: 'sandbox/echo', messages }, { authorization: null });
      expect(error.code).toBe(Code.Unauthenticated);
      expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
        { reason: 'CREDENTIALS_MISSING', domain: 'signalbox' },
      ]);
    });

    test('with a wrong key is unauthenticated', async () => {
      const authorization = `Bearer ${formatCredential('test', 'not the secret')}`;
      const error = await fail({ model: 'sandbox/echo', messages }, { authorization });
      expect(error.code).toBe(Code.Unauthenticated);
      expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'CREDENTIALS_INVALID' }]);
    });

    test('without the scope is denied, and the scope named', async () => {
      const authorization = `Bearer ${formatCredential('reader', 'of the reader')}`;
      const error = await fail({ model: 'sandbox/echo', messages }, { authorization });
      expect(error.code).toBe(Code.PermissionDenied);
      expect(error.rawMessage).toContain('inference');
    });

    test('to a faulty request names every fault', async () => {
      const error = await fail({ model: 'sandbox/echo', messages, temperature: 3, topP: 0 });
      expect(error.code).toBe(Code.InvalidArgument);
      expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'INVALID_FIELD' }]);
      const [badRequest] = error.findDetails(BadRequestSchema);
      expect(badRequest?.fieldViolations.map(({ field }) => field).sort()).toEqual(['temperature', 'top_p']);
    });

    test('of a provider that limits the rate says how long to wait, and what was tried', async () => {
      const error = await fail({ model: 'sandbox/error-429', messages });
      expect(error.code).toBe(Code.ResourceExhausted);
      expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
        {
          reason: 'ATTEMPTS_RATE_LIMITED',
          domain: 'signalbox',
          metadata: { attempts: 'sandbox/error-429 PROVIDER_RATE_LIMITED' },
        },
      ]);
      const [retryInfo] = error.findDetails(RetryInfoSchema);
      expect(retryInfo?.retryDelay && durationMs(retryInfo.retryDelay)).toBe(1000);
      const [requestInfo] = error.findDetails(RequestInfoSchema);
      expect(requestInfo?.requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(error.metadata.get('x-generation-id')).toBe(requestInfo?.requestId);
    });

    test('of providers that all fail is unavailable', async () => {
      const error = await fail({
        model: 'sandbox/error-500',
        messages,
        extraBody: { models: ['sandbox/error-429'] },
      });
      expect(error.code).toBe(Code.Unavailable);
      expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
        {
          reason: 'ATTEMPTS_FAILED',
          metadata: { attempts: 'sandbox/error-500 PROVIDER_FAILED, sandbox/error-429 PROVIDER_RATE_LIMITED' },
        },
      ]);
    });

    test('that breaks off has the generation id in its metadata, once', async () => {
      const error = await fail({ model: 'sandbox/cut', messages });
      expect(error.code).toBe(Code.Unavailable);
      const [requestInfo] = error.findDetails(RequestInfoSchema);
      expect(requestInfo?.requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(error.metadata.get('x-generation-id')).toBe(requestInfo?.requestId);
    });

    test('of a router that does not exist is not found', async () => {
      const error = await fail({ model: 'inworld/no-such-router', messages });
      expect(error.code).toBe(Code.NotFound);
      expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'ROUTER_UNKNOWN' }]);
    });
  });
});
