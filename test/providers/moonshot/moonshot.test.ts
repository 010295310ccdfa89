import { describe, expect, it } from 'vitest';
import { moonshot } from '../../../src/providers/moonshot/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';

providerContract(moonshot, openAiChatWire);
openAiChatContract(moonshot);

describe('moonshot', () => {
  const tools = [{ type: 'function', function: { name: 'now' } }];

  it.each([
    [{ max_tokens: 5 }, { max_completion_tokens: 5 }, 0],
    [{ tools, tool_choice: 'required' }, { tools }, 1],
    [{ tools, tool_choice: 'none' }, { tools, tool_choice: 'none' }, 0],
    [{ reasoning_effort: 'none' }, { thinking: { type: 'disabled' } }, 0],
    [{ reasoning_effort: 'medium' }, { thinking: { type: 'enabled' }, reasoning_effort: 'high' }, 1],
  ])('is asked %j as %j', async (fields, sent, warned) => {
    const { body, warnings } = await sendRequest(moonshot, fields);
    expect(body).toEqual(sent);
    expect(warnings).toHaveLength(warned);
  });

  it.each([
    ['Invalid request: Your request exceeded model token limit: 8192', 'invalid_request_error', 'CONTEXT_TOO_LONG'],
    ['The request was considered high risk', 'content_filter', 'CONTENT_REFUSED'],
  ])('says %s, which is of type %s and %s', async (message, type, reason) => {
    expect((await readRefusal(moonshot, 400, { error: { message, type } })).reason).toBe(reason);
  });
});
