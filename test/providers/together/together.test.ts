import { describe, expect, it } from 'vitest';
import { together } from '../../../src/providers/together/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';

providerContract(together, openAiChatWire);
openAiChatContract(together);

describe('together', () => {
  it('is asked in its own words', async () => {
    const { body, warnings } = await sendRequest(together, {
      max_completion_tokens: 5,
      repetition_penalty: 1.1,
      seed: 1,
      min_p: 0.1,
    });
    expect(body).toEqual({ max_tokens: 5, repetition_penalty: 1.1, seed: 1, min_p: 0.1 });
    expect(warnings).toHaveLength(0);
  });

  it.each([
    [
      422,
      { error: { message: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097.' } },
      'CONTEXT_TOO_LONG',
    ],
    [402, { error: { message: 'Credit limit exceeded' } }, 'PROVIDER_FAILED'],
  ])('answers HTTP %i and %j, which is %s', async (status, body, reason) => {
    expect((await readRefusal(together, status, body)).reason).toBe(reason);
  });
});
