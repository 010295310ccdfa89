import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { CompletionTokensDetailsSchema, UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { createSandbox, sandbox } from '../../../src/providers/sandbox/index.ts';
import { sandboxModels } from '../../../src/providers/sandbox/sandbox-models.ts';
import { defaultSchemaLimits } from '../../../src/providers/sandbox/schema/schema-limits.ts';
import { ask, collectChoice, readEvents } from './collect-reply.ts';

const user = (content: string) => ({ messages: [{ role: 'user', content }] });

/** Models that answer at once. */
const quickModels = Array.from(sandboxModels).flatMap(([name, model]) =>
  name.startsWith('error-') || model.breaksOff || model.firstTokenDelayMs || model.tokenIntervalMs ? [] : [name],
);

async function readUsage(...parameters: Parameters<typeof ask>) {
  const events = await readEvents(await ask(...parameters));
  const usages = events.flatMap((event) => (event.kind === 'usage' ? [event.usage] : []));
  expect(usages).toHaveLength(1);
  return usages[0];
}

describe('every model', () => {
  it.each(quickModels)('%s gives the same events each time, streamed or not', async (model) => {
    const init = { ...user('Again'), tools: [{ function: { name: 'tool' } }] };
    const first = await readEvents(await ask(model, init, { stream: true }));
    const second = await readEvents(await ask(model, { ...init, temperature: 2, seed: 7n }, { stream: false }));
    expect(second).toEqual(first);
  });

  it.each(quickModels)('%s ends with how each choice ended and the usage', async (model) => {
    const events = await readEvents(await ask(model, { n: 2 }));
    expect(events.slice(-3).map(({ kind }) => kind)).toEqual(['finish', 'finish', 'usage']);
    expect(events.filter(({ kind }) => kind === 'finish' || kind === 'usage')).toHaveLength(3);
  });
});

describe('max_tokens', () => {
  it.each([
    ['max_tokens', { maxTokens: 2 }],
    ['max_completion_tokens, which wins', { maxTokens: 9, maxCompletionTokens: 2 }],
  ])('ends the answer by %s', async (_, limit) => {
    const events = await readEvents(await ask('echo', { ...user('one two three'), ...limit }));
    expect(collectChoice(events)).toMatchObject({ content: 'one two', finishReason: 'length' });
  });

  it('does not end an answer that just fits', async () => {
    const events = await readEvents(await ask('echo', { ...user('one two'), maxTokens: 2 }));
    expect(collectChoice(events)).toMatchObject({ content: 'one two', finishReason: 'stop' });
  });

  it('counts reasoning, arguments and images', async () => {
    const reasoner = collectChoice(await readEvents(await ask('reasoner', { maxTokens: 3 })));
    expect(reasoner).toMatchObject({ reasoning: 'The question has', content: undefined, finishReason: 'length' });
    const tools = [{ function: { name: 'tool', parameters: { required: ['a', 'b'] } } }];
    const caller = collectChoice(await readEvents(await ask('tools', { tools, maxTokens: 3 })));
    expect(caller).toMatchObject({ calls: [{ name: 'tool', arguments: '{"' }], finishReason: 'length' });
    const nameless = collectChoice(
      await readEvents(await ask('tools', { tools: [{ function: { name: 'a_b' } }], maxTokens: 2 })),
    );
    expect(nameless).toMatchObject({ calls: [], finishReason: 'length' });
    const image = collectChoice(await readEvents(await ask('image', { maxTokens: 50 })));
    expect(image).toMatchObject({ images: [], finishReason: 'length' });
    const refusal = collectChoice(await readEvents(await ask('refusal', { maxTokens: 2 })));
    expect(refusal).toMatchObject({ refusal: 'I cannot', finishReason: 'length' });
  });

  it('has a bound of its own', async () => {
    const limits = { maxAnswerTokens: 3, schema: defaultSchemaLimits };
    const events = await readEvents(await ask('echo', { ...user('a b c d e'), maxTokens: 100 }, { limits }));
    expect(collectChoice(events)).toMatchObject({ content: 'a b c', finishReason: 'length' });
  });
});

describe('stop', () => {
  it.each([
    ['one sequence', ['two'], 'one '],
    ['the first of several', ['three', 'two'], 'one '],
    ['at the beginning', ['one'], ''],
    ['none that comes', ['four', ''], 'one two three'],
  ])('ends the text at %s', async (_, stop, content) => {
    const events = await readEvents(await ask('echo', { ...user('one two three'), stop }));
    expect(collectChoice(events)).toMatchObject({ content, finishReason: 'stop' });
  });
});

describe('n', () => {
  it('gives choices in turn, all the same', async () => {
    const events = await readEvents(await ask('echo', { ...user('a b'), n: 3 }));
    const order = events.flatMap((event) => (event.kind === 'delta' ? [[event.delta.index, event.delta.content]] : []));
    expect(order).toEqual([
      [0, 'a'],
      [1, 'a'],
      [2, 'a'],
      [0, ' b'],
      [1, ' b'],
      [2, ' b'],
    ]);
    for (const index of [0, 1, 2]) {
      expect(collectChoice(events, index)).toMatchObject({ content: 'a b', finishReason: 'stop' });
    }
  });

  it('gives the calls of each choice other ids', async () => {
    const events = await readEvents(await ask('tools', { tools: [{ function: { name: 'tool' } }], n: 2 }));
    expect(collectChoice(events, 0).calls[0]?.id).not.toBe(collectChoice(events, 1).calls[0]?.id);
  });
});

describe('usage', () => {
  it('counts the prompt by message, text and media', async () => {
    const messages = [
      { role: 'system', content: 'Be kind.', name: 'operator' }, // 3 + 3 + 1
      {
        role: 'assistant',
        reasoningContent: 'Hm',
        refusal: 'No',
        toolCalls: [{ function: { name: 'f', arguments: '{}' } }],
      }, // 3 + 1 + 1 + 3
      {
        role: 'user',
        contentParts: [
          { part: { case: 'text' as const, value: 'Look' } },
          { part: { case: 'imageUrl' as const, value: { url: 'https://sandbox.example' } } },
        ],
      }, // 3 + 1 + 64
    ];
    expect(await readUsage('refusal', { messages })).toMatchObject({ promptTokens: 7 + 8 + 68 });
  });

  it('counts the answer, all choices together', async () => {
    expect(await readUsage('echo', user('Hello, world!'))).toEqual(
      create(UsageSchema, { promptTokens: 7, completionTokens: 4, totalTokens: 11 }),
    );
    expect(await readUsage('echo', { ...user('Hello, world!'), n: 3 })).toMatchObject({
      completionTokens: 12,
      totalTokens: 19,
    });
  });

  it('counts what is left of a cut answer', async () => {
    expect(await readUsage('echo', { ...user('one two three'), maxTokens: 2 })).toMatchObject({ completionTokens: 2 });
    expect(await readUsage('echo', { ...user('one two three'), stop: [' two'] })).toMatchObject({
      completionTokens: 1,
    });
  });

  it('counts tool calls', async () => {
    const tools = [{ function: { name: 'tool' } }];
    expect(await readUsage('tools', { tools })).toEqual(
      create(UsageSchema, { promptTokens: 7, completionTokens: 3, totalTokens: 10 }),
    );
  });

  it('counts reasoning, shown or not', async () => {
    const shown = await readUsage('reasoner');
    const hidden = await readUsage('reasoner', { extraBody: { reasoning: { exclude: true } } });
    const none = await readUsage('reasoner', { reasoningEffort: 'none' });
    expect(shown?.completionTokensDetails?.reasoningTokens).toBeGreaterThan(0);
    expect(hidden).toEqual(shown);
    expect(none?.completionTokensDetails?.reasoningTokens).toBe(0);
    expect(shown?.completionTokens).toBe(
      (none?.completionTokens ?? 0) + (shown?.completionTokensDetails?.reasoningTokens ?? 0),
    );
  });

  it('counts images', async () => {
    const usage = await readUsage('image', { n: 2 });
    expect(usage?.completionTokensDetails).toEqual(create(CompletionTokensDetailsSchema, { imageTokens: 128 }));
    expect(usage?.completionTokens).toBeGreaterThan(128);
  });
});

describe('warnings', () => {
  it('has none for what a model keeps to, and for sampling settings', async () => {
    const tools = [{ function: { name: 'tool' } }];
    const responseFormat = { type: 'json_object' };
    expect(
      (await ask('echo', { temperature: 1, seed: 1n, topP: 0.5, responseFormat: { type: 'text' } })).warnings,
    ).toEqual([]);
    expect((await ask('tools', { tools })).warnings).toEqual([]);
    expect((await ask('json', { responseFormat })).warnings).toEqual([]);
  });

  it.each([
    ['echo', { tools: [{ function: { name: 'tool' } }] }, /^tools is left out/],
    ['echo', { responseFormat: { type: 'json_object' } }, /^response_format is left out/],
    ['echo', { logprobs: true }, /^logprobs is left out/],
    ['echo', { modalities: ['text', 'audio'] }, /audio is left out/],
    ['echo', { webSearchOptions: {} }, /^web_search_options is left out/],
    ['echo', { extraBody: { webSearchOptions: {} } }, /^web_search_options is left out/],
    ['echo', { extraFields: { top_k: 3 } }, /^top_k is left out/],
    ['tools', { tools: [{ type: 'custom', other: { type: 'custom' } }] }, /^A tool in tools is left out/],
    [
      'tools',
      { toolChoice: { choice: { case: 'other' as const, value: { type: 'allowed_tools' } } } },
      /^tool_choice is left out/,
    ],
  ])('%s names what it leaves out of %j', async (model, init, warning) => {
    expect((await ask(model, init)).warnings).toEqual([expect.stringMatching(warning)]);
  });

  it('names only so many unknown fields', async () => {
    const extraFields = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`field_${n}`, n]));
    const { warnings } = await ask('echo', { extraFields });
    expect(warnings).toHaveLength(17);
    expect(warnings.at(-1)).toBe('4 more unknown fields are left out.');
  });
});

describe('the provider', () => {
  it('needs no configuration', () => {
    expect(sandbox).toMatchObject({ kind: 'sandbox', builtIn: true, baseUrl: '', apiKeyVariable: undefined });
  });

  it('names itself as it is configured, and has no upstream whose errors to read', () => {
    const provider = createSandbox('playground', systemClock);
    expect(provider).toMatchObject({ id: 'playground', dialect: 'none' });
    expect(provider.classifyError(503, {}, '')).toMatchObject({ reason: 'PROVIDER_FAILED' });
  });
});
