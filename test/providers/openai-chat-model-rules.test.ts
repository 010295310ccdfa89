import { describe, expect, it } from 'vitest';
import { azure } from '../../src/providers/azure/index.ts';
import { openai } from '../../src/providers/openai/index.ts';
import { sendRequest } from '../contract/openai-chat-request.ts';

const sampling = {
  ...{ temperature: 0.5, top_p: 0.9, presence_penalty: 1, frequency_penalty: 1 },
  ...{ logprobs: true, top_logprobs: 2, logit_bias: { '5': 1 } },
};
const ofReasoning = [
  'temperature',
  'top_p',
  'logprobs',
  'top_logprobs',
  'presence_penalty',
  'frequency_penalty',
  'logit_bias',
];
const ofAll = [...ofReasoning, 'stop'];
const penalties = ['presence_penalty', 'frequency_penalty', 'logit_bias'];

describe.each([openai, azure])('reasoning models of $kind', (kind) => {
  it.each([
    ['o1', ofReasoning],
    ['o3-mini-2025-01-31', ofReasoning],
    ['o3', ofAll],
    ['o4-mini', ofAll],
    ['ft:o4-mini:org', ofAll],
    ['gpt-5', ofAll],
    ['gpt-5-nano-2025-08-07', ofAll],
    ['gpt-5.2', penalties],
    ['gpt-5-chat-latest', []],
    ['gpt-4o', []],
    ['my-o1', []],
  ])('%s is not sent %j', async (model, refused) => {
    const fields = { ...sampling, stop: ['a'], seed: 1 };
    const { body, warnings } = await sendRequest(kind, fields, { model });
    expect(body).toEqual(Object.fromEntries(Object.entries(fields).filter(([name]) => !refused.includes(name))));
    expect(warnings).toEqual(refused.map((field) => `${field} was left out: the model does not take it.`));
  });

  it.each([
    ['none', { temperature: 0.5, top_p: 0.9, stop: ['a'] }],
    ['high', {}],
  ])('gpt-5.1 takes fewer fields while it reasons: effort %s', async (reasoning_effort, sent) => {
    const fields = { temperature: 0.5, top_p: 0.9, stop: ['a'], reasoning_effort };
    expect((await sendRequest(kind, fields, { model: 'gpt-5.1' })).body).toEqual({ ...sent, reasoning_effort });
  });

  it('are sent the one temperature that they take', async () => {
    const { body, warnings } = await sendRequest(kind, { temperature: 1 }, { model: 'gpt-5-nano' });
    expect([body, warnings]).toEqual([{ temperature: 1 }, []]);
  });

  it.each([
    ['o1-mini', 'user', 'user', 1],
    ['o1-preview-2024-09-12', 'user', 'user', 1],
    ['o1', 'system', 'developer', 0],
  ])('%s gets instructions as %s and %s', async (model, first, second, warned) => {
    const messages = ['system', 'developer', 'user'].map((role) => ({ role, content: 'Hello' }));
    const { body, warnings } = await sendRequest(kind, { messages }, { model });
    expect(body).toEqual({ messages: [first, second, 'user'].map((role) => ({ role, content: 'Hello' })) });
    expect(warnings).toHaveLength(warned);
  });
});
