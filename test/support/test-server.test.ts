import { expect, test } from 'vitest';
import { startTestServer } from './test-server.ts';

test('a test server answers, and its log can be awaited', async () => {
  await using server = await startTestServer();
  const response = await fetch(`${server.origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: server.authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sandbox/echo', messages: [{ role: 'user', content: 'Hello there' }] }),
  });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'Hello there' } }] });
  expect(await server.nextLogLine('call answered')).toMatchObject({ served_model: 'sandbox/echo' });
});
