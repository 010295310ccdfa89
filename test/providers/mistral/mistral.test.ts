import { describe, expect, it } from 'vitest';
import { mistral } from '../../../src/providers/mistral/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';

providerContract(mistral, openAiChatWire);
openAiChatContract(mistral);

describe('mistral', () => {
  const fn = { name: 'now', arguments: '{}' };

  it('is asked in its own words, and for nothing that it does not know', async () => {
    const fields = {
      ...{ max_completion_tokens: 5, seed: 7, user: 'u', logit_bias: { '1': 1 }, logprobs: true, store: false },
      ...{ safe_prompt: true, some_new_field: 1, repetition_penalty: 1.1 },
    };
    const { body, warnings } = await sendRequest(mistral, fields);
    expect(body).toEqual({ max_tokens: 5, random_seed: 7, safe_prompt: true });
    expect(warnings).toEqual([
      'repetition_penalty was left out: the provider does not have it.',
      'logit_bias was left out: the provider does not take it.',
      'logprobs was left out: the provider does not take it.',
      'user was left out: the provider does not take it.',
      'store was left out: the provider does not take it.',
      'some_new_field was left out: the provider does not take it.',
    ]);
  });

  it('is given messages of its roles and fields, and ids of nine characters', async () => {
    const messages = [
      { role: 'developer', content: 'Be brief.', name: 'rules' },
      { role: 'user', content: 'When?', some_new_field: 1 },
      {
        role: 'assistant',
        content: 'I look.',
        reasoning_content: 'Hm.',
        tool_calls: [
          { id: 'call_1', type: 'function', function: fn },
          { id: 'D681PevKs', type: 'function', function: fn },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: '12:00' },
      { role: 'tool', tool_call_id: 'D681PevKs', content: '12:01' },
      { role: 'assistant', content: 'It is', prefix: true },
    ];
    const { body, warnings } = await sendRequest(mistral, { messages });
    const id = expect.stringMatching(/^[A-Za-z0-9]{9}$/);
    expect(body).toEqual({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'When?' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
            { type: 'text', text: 'I look.' },
          ],
          tool_calls: [
            { id, type: 'function', function: fn },
            { id: 'D681PevKs', type: 'function', function: fn },
          ],
        },
        { role: 'tool', tool_call_id: id, content: '12:00' },
        { role: 'tool', tool_call_id: 'D681PevKs', content: '12:01' },
        { role: 'assistant', content: 'It is', prefix: true },
      ],
    });
    expect(warnings).toEqual([
      'messages.name was left out: the provider does not take it.',
      'messages.some_new_field was left out: the provider does not take it.',
    ]);
  });

  it.each([
    ['none', 'none', 0],
    ['low', 'high', 1],
    ['high', 'high', 0],
  ])('is asked for the effort %s as %s', async (reasoning_effort, sent, warned) => {
    const { body, warnings } = await sendRequest(mistral, { reasoning_effort });
    expect(body).toEqual({ reasoning_effort: sent });
    expect(warnings).toHaveLength(warned);
  });

  it.each([
    [{ detail: 'Invalid.' }, 'Invalid.'],
    [{ object: 'error', message: { detail: [{ loc: ['body', 'n'], msg: 'Extra inputs.' }] } }, 'body.n: Extra inputs.'],
    [{ object: 'Error', message: [{ loc: ['body', 'tools'], msg: 'Extra inputs.' }], code: 3001 }, 'Extra inputs.'],
    [{ detail: [{ type: 'missing', loc: ['body', 'model'], msg: 'Field required' }] }, 'body.model: Field required'],
    [
      { object: 'error', message: 'Tool call id was x.', type: 'invalid_function_call', code: '3280' },
      'Tool call id was x.',
    ],
  ])('says in %j what it refuses', async (body, message) => {
    expect(await readRefusal(mistral, 422, body)).toMatchObject({
      reason: 'PROVIDER_REFUSED',
      httpStatus: 422,
      message: expect.stringContaining(message),
    });
  });

  it('says so when a prompt is too long', async () => {
    const message = 'Prompt contains 65673 tokens, too large for model with 32768 maximum context length';
    expect((await readRefusal(mistral, 400, { object: 'error', message })).reason).toBe('CONTEXT_TOO_LONG');
  });
});
