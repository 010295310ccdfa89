import { describe, expect, it } from 'vitest';
import { deepseek } from '../../../src/providers/deepseek/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';

providerContract(deepseek, openAiChatWire);
openAiChatContract(deepseek);

describe('deepseek', () => {
  const call = { id: 'call_1', type: 'function', function: { name: 'now', arguments: '{}' } };

  it('is given reasoning back with tool calls, and only there', async () => {
    const messages = [
      { role: 'developer', content: 'Be brief.' },
      { role: 'assistant', content: 'Hi', reasoning_content: 'A greeting.' },
      { role: 'assistant', content: null, reasoning_content: 'Hm.', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: '12:00' },
      { role: 'assistant', content: null, tool_calls: [call] },
    ];
    expect((await sendRequest(deepseek, { messages })).body).toEqual({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'assistant', content: 'Hi' },
        messages[2],
        messages[3],
        { role: 'assistant', content: null, reasoning_content: '', tool_calls: [call] },
      ],
    });
  });

  it.each([
    ['none', { thinking: { type: 'disabled' } }],
    ['minimal', { thinking: { type: 'enabled' }, reasoning_effort: 'low' }],
    ['high', { thinking: { type: 'enabled' }, reasoning_effort: 'high' }],
  ])('is asked for the effort %s as %j', async (reasoning_effort, sent) => {
    expect((await sendRequest(deepseek, { reasoning_effort })).body).toEqual(sent);
  });

  it('keeps what the client itself says of thinking', async () => {
    expect((await sendRequest(deepseek, { thinking: { type: 'enabled' } })).body).toEqual({
      thinking: { type: 'enabled' },
    });
  });

  it('is told a schema as text', async () => {
    const response_format = { type: 'json_schema', json_schema: { name: 'out', schema: { type: 'object' } } };
    const messages = [{ role: 'user', content: 'Hello' }];
    const { body, warnings } = await sendRequest(deepseek, { response_format, messages });
    expect(body).toEqual({
      messages: [{ role: 'system', content: expect.stringContaining('{"type":"object"}') }, ...messages],
      response_format: { type: 'json_object' },
    });
    expect(warnings).toEqual([expect.stringContaining('json_schema')]);
  });

  it('gives the operator’s empty account to the next candidate', async () => {
    const error = await readRefusal(deepseek, 402, {
      error: { message: 'Insufficient Balance', type: 'unknown_error' },
    });
    expect(error).toMatchObject({
      reason: 'PROVIDER_FAILED',
      message: expect.stringContaining('Insufficient Balance'),
    });
  });
});
