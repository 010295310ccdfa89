import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { singleTries } from '../support/single-tries.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { callers } from './gateway-callers.ts';

/**
 * A whole server in front of an independent mock of its providers: what two implementations agree on is more likely the provider's format
 * than what one of them believes.
 */

/** A provider as the mock has it. */
interface MockedProvider {
  readonly provider: string;
  /** What stands behind the mock's address. */
  readonly path: string;
  readonly options?: string;
  readonly model: string;
  /** Whether the mock tells reasoning as the provider does. Default true; it makes Cohere's a part of the text. */
  readonly tellsReasoning?: false;
  /** Whether the mock tells errors as the provider does. Default true; it tells Amazon's in OpenAI's form. */
  readonly tellsErrors?: false;
}

const providers: readonly MockedProvider[] = [
  { provider: 'openai', path: '/v1', model: 'gpt-4o' },
  { provider: 'anthropic', path: '/v1', model: 'claude-sonnet-4-5' },
  { provider: 'google-ai-studio', path: '/v1beta', model: 'gemini-2.5-pro' },
  {
    provider: 'google-vertex',
    path: '/v1',
    options: 'options: { project: p, location: us-central1 }',
    model: 'gemini-2.5-pro',
  },
  {
    provider: 'bedrock',
    path: '',
    options: 'options: { region: us-east-1 }',
    model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    tellsErrors: false,
  },
  { provider: 'cohere', path: '/v2', model: 'command-a-03-2025', tellsReasoning: false },
];

/** The same counts in the words of every provider. */
const usage = {
  prompt_tokens: 11,
  completion_tokens: 7,
  input_tokens: 11,
  output_tokens: 7,
  promptTokenCount: 11,
  candidatesTokenCount: 7,
};

const said = 'Grüße! ⏰ This answer is long enough for some chunks.';
const tools = [
  {
    type: 'function',
    function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  },
];
const question = { role: 'user', content: 'the weather' };

function configure(url: string): string {
  const entries = providers.map(
    ({ provider, path, options }) =>
      `  ${provider}: { base_url: "${url}${path}", api_key: mock-key${options === undefined ? '' : `, ${options}`} }`,
  );
  return `providers:\n${entries.join('\n')}\n${singleTries}\n`;
}

function teach(mock: LLMock): void {
  const toolCalls = [
    { id: 'call_rome', name: 'get_weather', arguments: '{"city":"Rome"}' },
    { id: 'call_koln', name: 'get_weather', arguments: '{"city":"Köln"}' },
  ];
  mock.on({ userMessage: 'a greeting' }, { content: said, usage });
  mock.on({ userMessage: 'a thought' }, { content: said, reasoning: 'They want a greeting.', usage });
  mock.on({ userMessage: 'the weather', hasToolResult: false }, { toolCalls, usage });
  mock.on({ userMessage: 'the weather', toolResultContains: 'Rain.' }, { content: 'It rains.', usage });
  mock.on(
    { userMessage: 'too much' },
    { error: { message: 'Slow down.', type: 'rate_limit_error' }, status: 429, retryAfter: 7 },
  );
  mock.on({ userMessage: 'a failure' }, { error: { message: 'It broke.', type: 'server_error' }, status: 500 });
}

describe.each(providers)('$provider, mocked', ({ provider, model, tellsReasoning = true, tellsErrors = true }) => {
  let mock: LLMock;
  let server: TestServer;
  beforeAll(async () => {
    mock = await LLMock.create({ host: '127.0.0.1', port: 0, chunkSize: 5 });
    teach(mock);
    server = await startTestServer({ config: configure(mock.url) });
  });
  afterAll(async () => {
    await server.close();
    await mock.stop();
  });

  describe.each(callers)('over $name', ({ name, ask }) => {
    const askOf = (content: string, fields: JsonObject = {}) =>
      ask(server, { model: `${provider}/${model}`, messages: [{ role: 'user', content }], ...fields });

    it('says a text', async () => {
      expect(await askOf('a greeting')).toEqual({
        content: said,
        reasoning: '',
        toolCalls: [],
        finishReason: 'stop',
        promptTokens: 11,
        completionTokens: 7,
      });
    });

    if (tellsReasoning) {
      it('tells its reasoning', async () => {
        const answer = await askOf('a thought', { reasoning_effort: 'low' });
        expect(answer).toMatchObject({ content: said, reasoning: 'They want a greeting.' });
      });
    }

    it('calls tools, and takes their results', async () => {
      const request = { model: `${provider}/${model}`, tools };
      const asked = await ask(server, { ...request, messages: [question] });
      expect(asked).toMatchObject({ content: '', finishReason: 'tool_calls' });
      expect(asked.toolCalls.map((call) => [call.name, JSON.parse(call.arguments)])).toEqual([
        ['get_weather', { city: 'Rome' }],
        ['get_weather', { city: 'Köln' }],
      ]);
      const calling = {
        role: 'assistant',
        tool_calls: asked.toolCalls.map(({ id, ...fn }) => ({ id, type: 'function', function: fn })),
      };
      const results = asked.toolCalls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'Rain.' }));
      const answered = await ask(server, { ...request, messages: [question, calling, ...results] });
      expect(answered).toMatchObject({ content: 'It rains.', toolCalls: [], finishReason: 'stop' });
    });

    it('is held back by a limit', async () => {
      await expect(askOf('too much')).rejects.toThrow(/limits the rate of calls/);
      if (tellsErrors) await expect(askOf('too much')).rejects.toThrow(/Slow down\./);
      if (name.startsWith('REST')) await expect(askOf('too much')).rejects.toThrow(/HTTP 429, .* after 7 seconds/);
    });

    it('fails', async () => {
      await expect(askOf('a failure')).rejects.toThrow(/failed with HTTP 500/);
      if (tellsErrors) await expect(askOf('a failure')).rejects.toThrow(/It broke\./);
    });
  });
});
