import { describe, expect, it } from 'vitest';
import { llamacpp } from '../../../src/providers/llamacpp/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';

providerContract(llamacpp, openAiChatWire);
openAiChatContract(llamacpp);

describe('llamacpp', () => {
  it('is asked in its own words', async () => {
    const { body, warnings } = await sendRequest(llamacpp, { max_completion_tokens: 5, repetition_penalty: 1.1 });
    expect(body).toEqual({ max_tokens: 5, repeat_penalty: 1.1 });
    expect(warnings).toHaveLength(0);
  });

  it.each([
    [
      400,
      {
        error: {
          code: 400,
          message: 'the request exceeds the available context size',
          type: 'exceed_context_size_error',
        },
      },
      'CONTEXT_TOO_LONG',
    ],
  ])('answers HTTP %i and %j, which is %s', async (status, body, reason) => {
    expect((await readRefusal(llamacpp, status, body)).reason).toBe(reason);
  });
});
