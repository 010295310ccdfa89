import { describe, expect, it } from 'vitest';
import { deepinfra } from '../../../src/providers/deepinfra/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';

providerContract(deepinfra, openAiChatWire);
openAiChatContract(deepinfra);

describe('deepinfra', () => {
  it('is asked in its own words', async () => {
    const { body, warnings } = await sendRequest(deepinfra, { max_completion_tokens: 5, repetition_penalty: 1.1 });
    expect(body).toEqual({ max_tokens: 5, repetition_penalty: 1.1 });
    expect(warnings).toHaveLength(0);
  });
});
