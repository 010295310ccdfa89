import { describe, expect, it } from 'vitest';
import { fireworks } from '../../../src/providers/fireworks/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';

providerContract(fireworks, openAiChatWire);
openAiChatContract(fireworks);

describe('fireworks', () => {
  it('is asked in its own words', async () => {
    const { body, warnings } = await sendRequest(fireworks, {
      max_completion_tokens: 5,
      repetition_penalty: 1.1,
      reasoning_effort: 'low',
    });
    expect(body).toEqual({ max_tokens: 5, repetition_penalty: 1.1, reasoning_effort: 'low' });
    expect(warnings).toHaveLength(0);
  });

  it.each([
    [
      400,
      { error: { message: 'The prompt is too long: 200000, model maximum context length: 131071' } },
      'CONTEXT_TOO_LONG',
    ],
    [412, { error: { message: 'The account is suspended.' } }, 'PROVIDER_FAILED'],
  ])('answers HTTP %i and %j, which is %s', async (status, body, reason) => {
    expect((await readRefusal(fireworks, status, body)).reason).toBe(reason);
  });
});
