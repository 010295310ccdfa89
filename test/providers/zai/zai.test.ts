import { describe, expect, it } from 'vitest';
import { zai } from '../../../src/providers/zai/index.ts';
import { openAiChatContract } from '../../contract/openai-chat.contract.ts';
import { readRefusal, sendRequest } from '../../contract/openai-chat-request.ts';
import { openAiChatWire } from '../../contract/openai-chat-wire.ts';
import { providerContract } from '../../contract/provider.contract.ts';

providerContract(zai, openAiChatWire);
openAiChatContract(zai);

describe('zai', () => {
  const tools = [{ type: 'function', function: { name: 'now' } }];

  it.each([
    [{ max_completion_tokens: 5 }, { max_tokens: 5 }, 0],
    [{ tools, tool_choice: 'auto' }, { tools, tool_choice: 'auto' }, 0],
    [{ tools, tool_choice: 'none' }, {}, 0],
    [{ reasoning_effort: 'none' }, { thinking: { type: 'disabled' } }, 0],
    [{ reasoning_effort: 'xhigh' }, { thinking: { type: 'enabled' }, reasoning_effort: 'max' }, 1],
  ])('is asked %j as %j', async (fields, sent, warned) => {
    const { body, warnings } = await sendRequest(zai, fields);
    expect(body).toEqual(sent);
    expect(warnings).toHaveLength(warned);
  });

  it.each(['required', { type: 'function', function: { name: 'now' } }])(
    'is not asked for the forced call %j',
    async (tool_choice) => {
      await expect(sendRequest(zai, { tools, tool_choice })).rejects.toMatchObject({
        reason: 'REQUEST_UNSUPPORTED',
        details: { param: 'tool_choice' },
      });
    },
  );

  it.each([
    [400, '1301', 'CONTENT_REFUSED'],
    [400, '1261', 'CONTEXT_TOO_LONG'],
    [200, '1302', 'PROVIDER_RATE_LIMITED'],
    [400, '1113', 'PROVIDER_FAILED'],
    [400, '1214', 'PROVIDER_REFUSED'],
  ])('answers HTTP %i and the code %s, which is %s', async (status, code, reason) => {
    expect((await readRefusal(zai, status, { error: { code, message: 'No.' } })).reason).toBe(reason);
  });
});
