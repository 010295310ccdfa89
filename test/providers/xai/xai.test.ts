import { describe, expect, it } from 'vitest';
import { xai } from '../../../src/providers/xai/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';

providerContract(xai, openAiChatWire);
openAiChatContract(xai);

describe('xai', () => {
  const fields = { presence_penalty: 1, frequency_penalty: 1, stop: ['a'], reasoning_effort: 'high', max_tokens: 5 };
  const penalties = { presence_penalty: 1, frequency_penalty: 1, stop: ['a'] };

  it.each([
    ['grok-3', { ...penalties }],
    ['grok-3-mini', { reasoning_effort: 'high' }],
    ['grok-4-0709', {}],
    ['grok-4-1-fast-non-reasoning', { ...penalties }],
    ['grok-4.20-reasoning', {}],
    ['grok-4.3', { reasoning_effort: 'high' }],
    ['grok-code-fast-1', {}],
  ])('is asked for what %s takes', async (model, taken) => {
    const { body, warnings } = await sendRequest(xai, fields, { model });
    expect(body).toEqual({ max_completion_tokens: 5, ...taken });
    expect(warnings).toHaveLength(4 - Object.keys(taken).length);
  });

  it('is given reasoning back', async () => {
    const messages = [{ role: 'assistant', content: 'Hi', reasoning_content: 'Hm.' }];
    expect((await sendRequest(xai, { messages })).body).toEqual({ messages });
  });

  it.each([
    [
      400,
      { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: xx***xx.' },
      'PROVIDER_CREDENTIALS',
    ],
    [
      400,
      { error: "This model's maximum prompt length is 131072 but the request contains 200000 tokens." },
      'CONTEXT_TOO_LONG',
    ],
    [403, { code: 'permission-denied', error: 'Content violates usage guidelines.' }, 'CONTENT_REFUSED'],
    [403, { code: 'permission-denied', error: 'Your team has no credits.' }, 'PROVIDER_CREDENTIALS'],
    [422, { error: 'Failed to deserialize the JSON body.' }, 'PROVIDER_REFUSED'],
  ])('answers HTTP %i and %j, which is %s', async (status, body, reason) => {
    expect((await readRefusal(xai, status, body)).reason).toBe(reason);
  });
});
