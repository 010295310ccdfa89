import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { tell } from '../../contract/anthropic-wire.ts';
import { createFakeUpstream } from '../../support/fake-upstream.ts';
import { startTestServer } from '../../support/test-server.ts';

const thinking = { type: 'thinking', thinking: 'I need the time. ⏰', signature: 'EqUDCkYIC+/=' };
const call = { type: 'tool_use', id: 'toolu_1', name: 'now', input: { zone: 'UTC' } };

/** A whole answer of the fake upstream. */
const answer = JSON.stringify({
  type: 'message',
  role: 'assistant',
  content: [thinking, call],
  stop_reason: 'tool_use',
});

/** The same as a stream. */
const frames = [
  tell('message_start', { message: { type: 'message', role: 'assistant', content: [] } }),
  tell('content_block_start', { index: 0, content_block: thinking }),
  tell('content_block_stop', { index: 0 }),
  tell('content_block_start', { index: 1, content_block: call }),
  tell('content_block_stop', { index: 1 }),
  tell('message_delta', { delta: { stop_reason: 'tool_use' } }),
  tell('message_stop', {}),
];

function parse(text: string): JsonObject {
  const json: JsonValue = JSON.parse(text);
  return isJsonObject(json) ? json : {};
}

/** The parts of the message that every client of OpenAI's format keeps. */
function pickMessage(text: string, stream: boolean): JsonValue {
  const chunks = stream ? [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, json = '']) => parse(json)) : [parse(text)];
  const calls: JsonObject[] = [];
  for (const { choices } of chunks) {
    const [choice] = Array.isArray(choices) ? choices : [];
    const said = isJsonObject(choice) ? (choice[stream ? 'delta' : 'message'] ?? null) : null;
    const pieces =
      isJsonObject(said) && Array.isArray(said['tool_calls']) ? said['tool_calls'].filter(isJsonObject) : [];
    for (const piece of pieces) {
      const known = calls[0];
      const fn = isJsonObject(piece['function']) ? piece['function'] : {};
      if (known === undefined) calls.push({ ...piece, function: { ...fn } });
      else if (isJsonObject(known['function']))
        known['function']['arguments'] = `${known['function']['arguments']}${fn['arguments']}`;
    }
  }
  return { role: 'assistant', content: null, tool_calls: calls };
}

describe('a client that keeps nothing but what OpenAI’s API has', () => {
  it.each([true, false])('gives Anthropic its thinking back with the result (stream: %s)', async (stream) => {
    await using upstream = await createFakeUpstream();
    await using server = await startTestServer({
      config: `providers: { anthropic: { base_url: "${upstream.origin}/v1" } }`,
      env: { ANTHROPIC_API_KEY: 'sk-ant-test-key' },
    });
    const headers = { 'content-type': stream ? 'text/event-stream' : 'application/json' };
    upstream.respond({ headers, body: stream ? frames : answer });
    upstream.respond({ headers, body: stream ? frames : answer });
    const send = (messages: JsonValue[]) =>
      fetch(`${server.origin}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: server.authorization, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'anthropic/claude-sonnet-4-5',
          messages,
          stream,
          reasoning_effort: 'low',
          tools: [{ type: 'function', function: { name: 'now', parameters: { type: 'object' } } }],
        }),
      });

    const question = { role: 'user', content: 'What time is it?' };
    const first = await send([question]);
    expect(first.status).toBe(200);
    const message = pickMessage(await first.text(), stream);
    const [made] = isJsonObject(message) && Array.isArray(message['tool_calls']) ? message['tool_calls'] : [];
    const id = isJsonObject(made) ? (made['id'] ?? '') : '';
    const second = await send([question, message, { role: 'tool', tool_call_id: id, content: '12:00' }]);
    expect(second.status).toBe(200);
    await second.text();

    await upstream.nextRequest();
    expect((await upstream.nextRequest()).json()).toMatchObject({
      thinking: { type: 'enabled', budget_tokens: 2048 },
      messages: [
        { role: 'user' },
        { role: 'assistant', content: [thinking, call] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: '12:00' }] },
      ],
    });
  });
});
