import { afterAll, expect, test } from 'vitest';
import { startTestServer } from '../../support/test-server.ts';

const server = await startTestServer();
afterAll(() => server.close());

test.each(['GET', 'PUT', 'DELETE'])('%s of a procedure is refused, and what is allowed named', async (method) => {
  for (const procedure of ['CreateChatCompletion', 'StreamChatCompletion']) {
    const response = await fetch(`${server.origin}/signalbox.chat.v1.ChatService/${procedure}`, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  }
});
