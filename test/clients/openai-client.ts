import OpenAI, { type ClientOptions } from 'openai';
import type { TestServer } from '../support/test-server.ts';

/** OpenAI's own client, pointed at a test server the way its users do it: another base URL and another key. No retries. */
export function createOpenAiClient(server: Pick<TestServer, 'origin' | 'apiKey'>, options: ClientOptions = {}): OpenAI {
  return new OpenAI({ baseURL: `${server.origin}/v1`, apiKey: server.apiKey, maxRetries: 0, ...options });
}
