import { describe, expect, it } from 'vitest';
import { vllm } from '../../../src/providers/vllm/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';

providerContract(vllm, openAiChatWire);
openAiChatContract(vllm);

describe('vllm', () => {
  it('is asked in its own words', async () => {
    const { body, warnings } = await sendRequest(vllm, {
      max_tokens: 5,
      repetition_penalty: 1.1,
      reasoning_effort: 'xhigh',
    });
    expect(body).toEqual({ max_tokens: 5, repetition_penalty: 1.1, reasoning_effort: 'high' });
    expect(warnings).toHaveLength(1);
  });

  it.each([
    [
      400,
      {
        object: 'error',
        message: "This model's maximum context length is 4096 tokens.",
        type: 'BadRequestError',
        code: 400,
      },
      'CONTEXT_TOO_LONG',
    ],
    [
      404,
      { object: 'error', message: 'The model `x` does not exist.', type: 'NotFoundError', code: 404 },
      'PROVIDER_REFUSED',
    ],
  ])('answers HTTP %i and %j, which is %s', async (status, body, reason) => {
    expect((await readRefusal(vllm, status, body)).reason).toBe(reason);
  });
});
