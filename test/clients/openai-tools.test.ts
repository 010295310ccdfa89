import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions';
import { afterAll, expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';
import { createOpenAiClient } from './openai-client.ts';

const server = await startTestServer();
afterAll(() => server.close());
const { completions } = createOpenAiClient(server).chat;

const model = 'sandbox/tools';
const question: ChatCompletionMessageParam = { role: 'user', content: 'What is the weather?' };
const parameters = {
  type: 'object' as const,
  properties: { city: { enum: ['Oslo'] }, days: { type: 'integer' as const, minimum: 3 } },
  required: ['city', 'days'],
};
const weather: ChatCompletionTool = { type: 'function', function: { name: 'get_weather', parameters } };
const time: ChatCompletionTool = { type: 'function', function: { name: 'get_time' } };
const args = { city: 'Oslo', days: 3 };

test('a call goes out, its result goes in, and the answer has it', async () => {
  const asked = await completions.create({ model, messages: [question], tools: [weather] });
  const [choice] = asked.choices;
  expect(choice).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      content: null,
      tool_calls: [{ id: expect.stringMatching(/./), type: 'function', function: { name: 'get_weather' } }],
    },
  });
  const [call] = choice?.message.tool_calls ?? [];
  if (choice === undefined || call?.type !== 'function') throw new Error('no function was called');
  expect(JSON.parse(call.function.arguments)).toEqual(args);

  const answered = await completions.create({
    model,
    messages: [question, choice.message, { role: 'tool', tool_call_id: call.id, content: 'Rain.' }],
    tools: [weather],
  });
  expect(answered.choices).toMatchObject([
    { finish_reason: 'stop', message: { content: expect.stringContaining('Rain.') } },
  ]);
});

test('several calls of one answer are told apart', async () => {
  const { choices } = await completions.create({
    model,
    messages: [question],
    tools: [weather, time],
    parallel_tool_calls: true,
  });
  const calls = choices[0]?.message.tool_calls ?? [];
  expect(calls).toMatchObject([{ function: { name: 'get_weather' } }, { function: { name: 'get_time' } }]);
  expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
});

test('tool_choice names the function', async () => {
  const { choices } = await completions.create({
    model,
    messages: [question],
    tools: [weather, time],
    tool_choice: { type: 'function', function: { name: 'get_time' } },
  });
  expect(choices[0]?.message.tool_calls).toMatchObject([{ function: { name: 'get_time', arguments: '{}' } }]);
});

const runnable = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'The weather of the next days.',
    parameters,
    parse: (text: string): object => JSON.parse(text),
    function: (given: object) => `It rains (${JSON.stringify(given)}).`,
  },
};
const result = `It rains (${JSON.stringify(args)}).`;

test('runTools goes the whole round', async () => {
  const runner = completions.runTools({ model, messages: [question], tools: [runnable] });
  expect(await runner.finalContent()).toContain(result);
  expect(runner.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
});

test('runTools goes the whole round streamed, with arguments in fragments', async () => {
  const runner = completions.runTools({ model, messages: [question], tools: [runnable], stream: true });
  const fragments: string[] = [];
  runner.on('tool_calls.function.arguments.delta', ({ arguments_delta: delta }) => fragments.push(delta));
  expect(await runner.finalContent()).toContain(result);
  expect(fragments.length).toBeGreaterThan(1);
  expect(JSON.parse(fragments.join(''))).toEqual(args);
});
