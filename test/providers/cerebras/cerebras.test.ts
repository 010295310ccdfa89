import { describe, expect, it } from 'vitest';
import { cerebras } from '../../../src/providers/cerebras/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';

providerContract(cerebras, openAiChatWire);
openAiChatContract(cerebras);

describe('cerebras', () => {
  it('is asked in its own words', async () => {
    const { body, warnings } = await sendRequest(cerebras, {
      max_tokens: 5,
      frequency_penalty: 1,
      presence_penalty: 1,
      parallel_tool_calls: false,
      seed: 1,
      reasoning_effort: 'minimal',
    });
    expect(body).toEqual({ max_completion_tokens: 5, seed: 1, reasoning_effort: 'low' });
    expect(warnings).toHaveLength(4);
  });

  it('is given reasoning back under its own name', async () => {
    const messages = [{ role: 'assistant', content: 'Hi', reasoning_content: 'Hm.' }];
    const sent = [{ role: 'assistant', content: 'Hi', reasoning: 'Hm.' }];
    expect((await sendRequest(cerebras, { messages })).body).toEqual({ messages: sent });
  });

  it.each([
    [
      401,
      { message: 'Wrong API Key', type: 'invalid_request_error', param: 'api_key', code: 'wrong_api_key' },
      'PROVIDER_CREDENTIALS',
    ],
    [
      429,
      {
        message: 'Tokens per minute limit exceeded',
        type: 'too_many_tokens_error',
        param: 'quota',
        code: 'token_quota_exceeded',
      },
      'PROVIDER_RATE_LIMITED',
    ],
    [
      400,
      { message: 'Please reduce the length.', type: 'invalid_request_error', code: 'context_length_exceeded' },
      'CONTEXT_TOO_LONG',
    ],
    [
      200,
      { message: 'Too busy.', type: 'too_many_requests_error', code: 'queue_exceeded', status_code: 429 },
      'PROVIDER_RATE_LIMITED',
    ],
  ])('answers HTTP %i and %j, which is %s', async (status, body, reason) => {
    expect((await readRefusal(cerebras, status, body)).reason).toBe(reason);
  });
});
