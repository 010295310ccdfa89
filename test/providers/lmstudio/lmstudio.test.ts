import { describe, expect, it } from 'vitest';
import { lmstudio } from '../../../src/providers/lmstudio/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';

providerContract(lmstudio, openAiChatWire);
openAiChatContract(lmstudio);

describe('lmstudio', () => {
  it('is asked in its own words', async () => {
    const { body, warnings } = await sendRequest(lmstudio, { max_completion_tokens: 5, repetition_penalty: 1.1 });
    expect(body).toEqual({ max_tokens: 5, repeat_penalty: 1.1 });
    expect(warnings).toHaveLength(0);
  });

  it.each([[400, { error: 'Trying to keep the first 5000 tokens when context the overflows.' }, 'CONTEXT_TOO_LONG']])(
    'answers HTTP %i and %j, which is %s',
    async (status, body, reason) => {
      expect((await readRefusal(lmstudio, status, body)).reason).toBe(reason);
    },
  );
});
