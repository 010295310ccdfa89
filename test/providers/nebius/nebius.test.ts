import { describe, expect, it } from 'vitest';
import { nebius } from '../../../src/providers/nebius/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';

providerContract(nebius, openAiChatWire);
openAiChatContract(nebius);

describe('nebius', () => {
  it('is asked in its own words', async () => {
    const { body, warnings } = await sendRequest(nebius, { max_completion_tokens: 5, repetition_penalty: 1.1 });
    expect(body).toEqual({ max_tokens: 5 });
    expect(warnings).toHaveLength(1);
  });
});
