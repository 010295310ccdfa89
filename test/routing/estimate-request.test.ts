import { create, type MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { assumedCompletionTokens, estimateRequest } from '../../src/routing/estimate-request.ts';

type RequestInit = MessageInitShape<typeof ChatCompletionRequestSchema>;
type MessageInit = NonNullable<RequestInit['messages']>[number];

const hello: MessageInit = { role: 'user', content: 'Hello there, how are you?' };
const words = 'many words that say a lot '.repeat(40);
const base64 = 'QUJD'.repeat(100_000);

function promptTokens(init: RequestInit): number {
  return estimateRequest(create(ChatCompletionRequestSchema, { messages: [hello], ...init })).promptTokens;
}

/** What a message adds to the prompt. */
function tokensOf(message: MessageInit): number {
  return promptTokens({ messages: [hello, message] }) - promptTokens({});
}

/** What a part adds to a message. */
function tokensOfPart(part: NonNullable<NonNullable<MessageInit['contentParts']>[number]['part']>): number {
  const text = { part: { case: 'text', value: 'See:' } } as const;
  const without = tokensOf({ role: 'user', contentParts: [text] });
  return tokensOf({ role: 'user', contentParts: [text, { part }] }) - without;
}

describe('estimateRequest', () => {
  test('counts a short prompt as providers do, a little more at most', () => {
    // OpenAI counts 7 tokens of text and 7 around it.
    expect(promptTokens({})).toBeGreaterThanOrEqual(14);
    expect(promptTokens({})).toBeLessThanOrEqual(17);
  });

  test.each<[string, MessageInit]>([
    ['text', { role: 'user', content: words }],
    ['text parts', { role: 'user', contentParts: [{ part: { case: 'text', value: words } }] }],
    ['refusals', { role: 'assistant', refusal: words }],
    ['refusal parts', { role: 'assistant', contentParts: [{ part: { case: 'refusal', value: words } }] }],
    ['names', { role: 'user', content: 'a', name: words }],
    ['arguments', { role: 'assistant', toolCalls: [{ id: 'a', function: { name: 'f', arguments: words } }] }],
    ['inputs of custom tools', { role: 'assistant', toolCalls: [{ id: 'a', custom: { name: 'f', input: words } }] }],
    ['reasoning', { role: 'assistant', reasoningContent: words }],
    ['reasoning in details', { role: 'assistant', reasoningDetails: [{ type: 'reasoning.text', text: words }] }],
    ['summaries', { role: 'assistant', reasoningDetails: [{ type: 'reasoning.summary', summary: words }] }],
    [
      'parts of unknown types',
      { role: 'user', contentParts: [{ part: { case: 'other', value: { type: 'note', note: words } } }] },
    ],
  ])('counts %s', (_what, message) => {
    expect(tokensOf(message)).toBeGreaterThan(220);
    expect(tokensOf(message)).toBeLessThan(300);
  });

  test('counts reasoning once that is there in two forms', () => {
    const reasoningDetails = [{ type: 'reasoning.text', text: words }];
    const both = tokensOf({ role: 'assistant', reasoningContent: words, reasoningDetails });
    expect(both).toBe(tokensOf({ role: 'assistant', reasoningContent: words }));
  });

  test('counts tools with their schemas, and what providers write around them', () => {
    const parameters = { type: 'object', properties: { city: { type: 'string', description: words } } };
    const withTool = promptTokens({ tools: [{ function: { name: 'look_up', description: words, parameters } }] });
    expect(withTool - promptTokens({})).toBeGreaterThan(346 + 450);
    const other = { type: 'web_search_preview', hint: words };
    expect(promptTokens({ tools: [{ type: 'web_search_preview', other }] })).toBeGreaterThan(346 + 220);
  });

  test('counts the schema of the answer', () => {
    const jsonSchema = { name: 'answer', schema: { type: 'object', description: words } };
    expect(promptTokens({ responseFormat: { type: 'json_schema', jsonSchema } })).toBeGreaterThan(220);
    expect(promptTokens({ responseFormat: { type: 'json_object' } })).toBe(promptTokens({}));
  });

  test('counts an image as one, however many bytes it has', () => {
    const url = `data:image/png;base64,${base64}`;
    const tokens = tokensOfPart({ case: 'imageUrl', value: { url } });
    expect(tokens).toBe(1600);
    expect(tokensOfPart({ case: 'imageUrl', value: { url: 'https://example.com/a.png', detail: 'high' } })).toBe(
      tokens,
    );
    expect(tokensOfPart({ case: 'imageUrl', value: { url, detail: 'low' } })).toBe(300);
    expect(tokensOfPart({ case: 'file', value: { fileData: url } })).toBe(tokens);
  });

  test('counts audio, video and files by their bytes', () => {
    const byteCount = 300_000;
    expect(tokensOfPart({ case: 'inputAudio', value: { data: base64, format: 'wav' } })).toBe(byteCount / 1000);
    expect(tokensOfPart({ case: 'inputAudio', value: { data: base64, format: 'mp3' } })).toBe(byteCount / 250);
    const fileData = (mimeType: string) => `data:${mimeType};base64,${base64}`;
    expect(tokensOfPart({ case: 'file', value: { fileData: fileData('application/pdf') } })).toBe(byteCount / 20);
    expect(tokensOfPart({ case: 'file', value: { fileData: fileData('text/plain') } })).toBe(byteCount / 3);
    expect(tokensOfPart({ case: 'file', value: { fileData: fileData('video/mp4') } })).toBe(byteCount / 400);
    expect(tokensOfPart({ case: 'file', value: { fileData: base64, filename: 'notes.md' } })).toBe(byteCount / 3);
    const video = { type: 'video_url', video_url: { url: fileData('video/mp4') } };
    expect(tokensOfPart({ case: 'other', value: video })).toBe(byteCount / 400);
  });

  test('takes a large document for no more than its pages can be', () => {
    const fileData = `data:application/pdf;base64,${base64.repeat(20)}`;
    expect(tokensOfPart({ case: 'file', value: { fileData } })).toBe(150_000);
  });

  test('takes something for what is elsewhere', () => {
    expect(tokensOfPart({ case: 'file', value: { fileId: 'file-123' } })).toBe(5000);
    expect(tokensOfPart({ case: 'file', value: { fileData: 'https://example.com/a.pdf' } })).toBe(5000);
  });

  test('reads no data URI as text', () => {
    const value = { type: 'note', nested: [{ source: `data:application/zip;base64,${base64}` }] };
    expect(tokensOfPart({ case: 'other', value })).toBeLessThan(50);
  });

  test('takes an answer for 1000 tokens, or what it may have if that is less', () => {
    const completionTokens = (init: RequestInit) =>
      estimateRequest(create(ChatCompletionRequestSchema, { messages: [hello], ...init })).completionTokens;
    expect(assumedCompletionTokens).toBe(1000);
    expect(completionTokens({})).toBe(1000);
    expect(completionTokens({ maxTokens: 20 })).toBe(20);
    expect(completionTokens({ maxTokens: 20, maxCompletionTokens: 30 })).toBe(30);
    expect(completionTokens({ maxCompletionTokens: 64_000 })).toBe(1000);
  });

  test('grows with every message', () => {
    const message = fc.record({ role: fc.constantFrom('user', 'assistant'), content: fc.string({ unit: 'binary' }) });
    fc.assert(
      fc.property(fc.array(message), message, (messages, last) => {
        expect(promptTokens({ messages: [...messages, last] })).toBeGreaterThan(promptTokens({ messages }));
      }),
    );
  });
});
