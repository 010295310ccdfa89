import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, isStepCount, jsonSchema, Output, streamText, tool } from 'ai';
import { afterAll, describe, expect, test } from 'vitest';
import { createFakeUpstream, sseReply } from '../support/fake-upstream.ts';
import { startTestServer } from '../support/test-server.ts';
import { configureFakeProvider } from './fake-provider.ts';
import { textChunk } from './upstream-chunks.ts';

const upstream = await createFakeUpstream();
const server = await startTestServer({ config: configureFakeProvider(upstream) });
afterAll(async () => {
  await server.close();
  await upstream.close();
});

const { chatModel } = createOpenAICompatible({
  name: 'signalbox',
  baseURL: `${server.origin}/v1`,
  apiKey: server.apiKey,
  includeUsage: true,
  supportsStructuredOutputs: true,
});
const maxRetries = 0;
const prompt = 'Hello there, you';
const usage = { inputTokens: 7, outputTokens: 4, totalTokens: 11 };
const trip = jsonSchema<{ city: string; days: number }>({
  type: 'object',
  properties: { city: { enum: ['Oslo'] }, days: { type: 'integer', minimum: 3 } },
  required: ['city', 'days'],
  additionalProperties: false,
});
const tools = {
  getWeather: tool({
    description: 'The weather of the next days.',
    inputSchema: trip,
    execute: ({ city, days }) => `Rain in ${city} for ${days} days.`,
  }),
};

describe('generateText', () => {
  test('gives text, usage and the model that answered', async () => {
    const result = await generateText({ model: chatModel('sandbox/echo'), prompt, maxRetries });
    expect(result).toMatchObject({ text: prompt, finishReason: 'stop', usage, warnings: [] });
    expect(result.response.modelId).toBe('sandbox/echo');
  });

  test('runs tools until there is an answer', async () => {
    const result = await generateText({
      model: chatModel('sandbox/tools'),
      prompt,
      tools,
      stopWhen: isStepCount(3),
      maxRetries,
    });
    expect(result.steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
    expect(result.text).toContain('Rain in Oslo for 3 days.');
  });

  test('gives structured output', async () => {
    const model = chatModel('sandbox/json');
    const { output } = await generateText({ model, prompt, output: Output.object({ schema: trip }), maxRetries });
    expect(output).toEqual({ city: 'Oslo', days: 3 });
  });

  test('gives the reasoning beside the text', async () => {
    const result = await generateText({ model: chatModel('sandbox/reasoner'), prompt, maxRetries });
    expect(result.reasoningText).toMatch(/\w/);
    expect(result.usage.outputTokenDetails.reasoningTokens).toBeGreaterThan(0);
  });

  test.each([
    ['a bad request', 'nobody/some-model', 400, false],
    ['a rate limit', 'sandbox/error-429', 429, true],
    ['a failure', 'sandbox/error-500', 502, true],
  ])('throws for %s, with the status and whether a retry helps', async (_what, id, statusCode, isRetryable) => {
    const failing = generateText({ model: chatModel(id), prompt, maxRetries });
    const error = await failing.catch((thrown: unknown) => thrown);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode, isRetryable, message: expect.stringMatching(/\w+ \w+/) });
  });

  test('aborts upstream', async () => {
    upstream.respond({ drop: 'hang' });
    const controller = new AbortController();
    const call = generateText({
      model: chatModel('fake/some-model'),
      prompt,
      maxRetries,
      abortSignal: controller.signal,
    });
    const aborted = expect(call).rejects.toMatchObject({ name: 'AbortError' });
    const request = await upstream.nextRequest();
    controller.abort();
    await aborted;
    expect(await request.closed).toEqual({ replied: false });
  });
});

describe('streamText', () => {
  test('gives pieces, then usage and finish', async () => {
    const result = streamText({ model: chatModel('sandbox/echo'), prompt, maxRetries });
    const pieces: string[] = [];
    for await (const piece of result.textStream) pieces.push(piece);
    expect(pieces).toEqual(['Hello', ' there', ',', ' you']);
    expect(await result.finishReason).toBe('stop');
    expect(await result.usage).toMatchObject(usage);
  });

  test('runs tools until there is an answer', async () => {
    const model = chatModel('sandbox/tools');
    const result = streamText({ model, prompt, tools, stopWhen: isStepCount(3), maxRetries });
    expect(await result.text).toContain('Rain in Oslo for 3 days.');
    expect((await result.steps).flatMap(({ toolCalls }) => toolCalls.map(({ input }) => input))).toEqual([
      { city: 'Oslo', days: 3 },
    ]);
  });

  test('tells that a stream broke off', async () => {
    const errors: unknown[] = [];
    const result = streamText({
      model: chatModel('sandbox/cut'),
      prompt,
      maxRetries,
      onError: ({ error }) => {
        errors.push(error);
      },
    });
    const pieces: string[] = [];
    for await (const part of result.fullStream) if (part.type === 'text-delta') pieces.push(part.text);
    expect(pieces.join('')).toBe('This answer breaks off before it is complete');
    expect(errors).toHaveLength(1);
    expect(await result.finishReason).toBe('error');
  });

  test('aborts upstream', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    upstream.respond(sseReply([textChunk('Hello'), held]));
    const controller = new AbortController();
    const model = chatModel('fake/some-model');
    const result = streamText({ model, prompt, maxRetries, abortSignal: controller.signal });
    for await (const piece of result.textStream) if (piece === 'Hello') controller.abort();
    const request = await upstream.nextRequest();
    expect(await request.closed).toEqual({ replied: false });
    release();
  });
});
