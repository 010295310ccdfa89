import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createError } from '../../../src/core/errors.ts';
import { type RejectedRequest, requestRejected } from '../../../src/core/events.ts';
import { createIdSource } from '../../../src/core/ids.ts';
import { ProviderDirectory } from '../../../src/providers/provider-directory.ts';
import { ChatGateway } from '../../../src/wire/chat-gateway.ts';
import { LiveCalls } from '../../../src/wire/live-calls.ts';
import { createRestApp } from '../../../src/wire/rest/rest-app.ts';
import { ServerState } from '../../../src/wire/server-state.ts';
import { chatBody, readError } from './chat-rig.ts';

/** Serves the JSON API with an authenticator that throws. */
async function startApp(thrown: Error): Promise<string> {
  const state = new ServerState();
  const gateway = new ChatGateway({
    providers: new ProviderDirectory([]),
    clock: systemClock,
    ids: createIdSource(systemClock),
    limits: { maxAttempts: 1, maxCollectedChars: 1 },
    liveCalls: new LiveCalls(systemClock),
    state,
    maxMessages: 1,
    maxJsonDepth: 10,
    maxCallMs: 1000,
  });
  const app = await createRestApp({
    gateway,
    state,
    clock: systemClock,
    authenticator: {
      authenticate: () => {
        throw thrown;
      },
      unverifiableKeyIds: [],
    },
    keepAliveCommentMs: 1000,
    maxBodyBytes: 1000,
    maxJsonDepth: 10,
    renderMetrics: () => Promise.reject(thrown),
  });
  const server = createServer(app.listener).listen(0, '127.0.0.1');
  onTestFinished(async () => {
    server.close();
    await app.close();
  });
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

function listen(): readonly RejectedRequest[] {
  const rejected: RejectedRequest[] = [];
  onTestFinished(requestRejected.subscribe((request) => rejected.push(request)));
  return rejected;
}

describe('a mistake of ours', () => {
  test.each(['/v1/chat/completions', '/metrics'])(
    'at %s is 500 that says nothing of it, with its cause for the log',
    async (path) => {
      const mistake = new TypeError('the secret is not a function');
      const origin = await startApp(mistake);
      const rejected = listen();
      const isChat = path !== '/metrics';
      const response = await fetch(origin + path, isChat ? { method: 'POST', body: JSON.stringify(chatBody()) } : {});
      expect(response.status).toBe(500);
      const error = await readError(response);
      expect(error).toMatchObject({ type: 'server_error', code: 'internal', param: null });
      expect(error['message']).not.toContain('secret');
      expect(rejected).toEqual([{ protocol: 'rest', path, errorReason: 'INTERNAL', httpStatus: 500, cause: mistake }]);
    },
  );
});

test('a refusal is published with the path but not the query, where some clients put their key', async () => {
  const origin = await startApp(createError('CREDENTIALS_MISSING', {}));
  const rejected = listen();
  await fetch(`${origin}/v1/chat/completions?api_key=secret`, { method: 'POST' });
  await fetch(`${origin}/nothing?api_key=secret`);
  expect(rejected.map(({ path, httpStatus }) => [path, httpStatus])).toEqual([
    ['/v1/chat/completions', 401],
    ['/nothing', 404],
  ]);
});
