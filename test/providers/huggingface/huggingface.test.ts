import { describe, expect, it } from 'vitest';
import { huggingface } from '../../../src/providers/huggingface/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';

providerContract(huggingface, openAiChatWire);
openAiChatContract(huggingface);

describe('huggingface', () => {
  it('is asked in its own words', async () => {
    const { body, warnings } = await sendRequest(huggingface, { max_completion_tokens: 5, repetition_penalty: 1.1 });
    expect(body).toEqual({ max_tokens: 5 });
    expect(warnings).toHaveLength(1);
  });
});
