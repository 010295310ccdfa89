import { describe, expect, onTestFinished, test } from 'vitest';
import { createError } from '../../../src/core/errors.ts';
import { type RejectedRequest, requestRejected } from '../../../src/core/events.ts';
import { startRouterRig } from '../router-rig.ts';
import { chatBody, readError } from './chat-rig.ts';

/** Serves the JSON API with an authenticator that throws. */
async function startApp(thrown: Error): Promise<string> {
  const { origin } = await startRouterRig({
    authenticator: {
      authenticate: () => {
        throw thrown;
      },
      unverifiableKeyIds: [],
    },
    renderMetrics: () => Promise.reject(thrown),
  });
  return origin;
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
