import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { estimateRequest } from '../../src/routing/estimate-request.ts';
import { findNeeds, type RequestNeeds } from '../../src/routing/request-needs.ts';

type RequestInit = MessageInitShape<typeof ChatCompletionRequestSchema>;
type Part = NonNullable<
  NonNullable<NonNullable<NonNullable<RequestInit['messages']>[number]['contentParts']>[number]['part']>
>;

function createRequest(init: RequestInit) {
  return create(ChatCompletionRequestSchema, { messages: [{ role: 'user', content: 'Hello' }], ...init });
}

/** The names of the abilities that a request needs, beside text. */
function needsOf(init: RequestInit): string[] {
  const { contextTokens: _, outputTokens: __, textOutput: ___, ...abilities } = findNeeds(createRequest(init));
  return Object.entries(abilities).flatMap(([name, isNeeded]) => (isNeeded ? [name] : []));
}

function needsOfPart(part: Part): string[] {
  return needsOf({ messages: [{ role: 'user', contentParts: [{ part }] }] });
}

describe('findNeeds', () => {
  test('finds none in plain text', () => {
    expect(needsOf({})).toEqual([]);
    expect(findNeeds(createRequest({})).textOutput).toBe(true);
  });

  test.each<[RequestInit]>([
    [{ tools: [{ function: { name: 'f' } }] }],
    [{ messages: [{ role: 'tool', content: 'a', toolCallId: 'b' }] }],
    [{ messages: [{ role: 'assistant', toolCalls: [{ id: 'a', function: { name: 'f', arguments: '{}' } }] }] }],
  ])('finds tools in %j', (init) => {
    expect(needsOf(init)).toEqual(['tools']);
  });

  test.each<[keyof RequestNeeds, Part]>([
    ['imageInput', { case: 'imageUrl', value: { url: 'https://example.com/a.png' } }],
    ['imageInput', { case: 'imageUrl', value: { url: 'data:image/png;base64,QUJD' } }],
    ['imageInput', { case: 'file', value: { fileData: 'data:image/png;base64,QUJD' } }],
    ['imageInput', { case: 'file', value: { fileData: 'QUJD', filename: 'a.PNG' } }],
    ['audioInput', { case: 'inputAudio', value: { data: 'QUJD', format: 'wav' } }],
    ['audioInput', { case: 'file', value: { fileData: 'data:audio/mp3;base64,QUJD' } }],
    ['videoInput', { case: 'file', value: { fileData: 'data:video/mp4;base64,QUJD' } }],
    ['videoInput', { case: 'other', value: { type: 'video_url', video_url: { url: 'https://example.com/a.mp4' } } }],
    ['fileInput', { case: 'file', value: { fileId: 'file-1' } }],
    ['fileInput', { case: 'file', value: { fileData: 'data:application/pdf;base64,QUJD' } }],
    ['fileInput', { case: 'other', value: { type: 'document', source: { url: 'https://example.com/a.pdf' } } }],
  ])('finds %s', (need, part) => {
    expect(needsOfPart(part)).toEqual([need]);
  });

  test('finds no need in parts of types that nobody knows', () => {
    expect(needsOfPart({ case: 'other', value: { type: 'note', text: 'a' } })).toEqual([]);
    expect(needsOfPart({ case: 'other', value: {} })).toEqual([]);
  });

  test('needs schemas for json_schema, and nothing for json_object', () => {
    expect(needsOf({ responseFormat: { type: 'json_schema', jsonSchema: { name: 'a', schema: {} } } })).toEqual([
      'jsonSchema',
    ]);
    expect(needsOf({ responseFormat: { type: 'json_object' } })).toEqual([]);
  });

  test('needs reasoning when an effort is asked for', () => {
    expect(needsOf({ reasoningEffort: 'low' })).toEqual(['reasoning']);
    expect(needsOf({ extraBody: { reasoning: { effort: 'high' } } })).toEqual(['reasoning']);
    expect(needsOf({ extraBody: { reasoning: { maxTokens: 100 } } })).toEqual(['reasoning']);
    expect(needsOf({ reasoningEffort: 'none' })).toEqual([]);
    expect(needsOf({ reasoningEffort: 'high', extraBody: { reasoning: { effort: 'none' } } })).toEqual([]);
    expect(needsOf({ extraBody: { reasoning: { exclude: true } } })).toEqual([]);
  });

  test('needs what the answer is to hold', () => {
    expect(needsOf({ modalities: ['text', 'image'] })).toEqual(['imageOutput']);
    expect(needsOf({ modalities: ['audio'] })).toEqual(['audioOutput']);
    expect(findNeeds(createRequest({ modalities: ['image'] })).textOutput).toBe(false);
  });

  test('needs web search for either place of its options', () => {
    expect(needsOf({ webSearchOptions: {} })).toEqual(['webSearch']);
    expect(needsOf({ extraBody: { webSearchOptions: {} } })).toEqual(['webSearch']);
  });

  test('needs room for the prompt and the answer', () => {
    const { promptTokens } = estimateRequest(createRequest({}));
    expect(findNeeds(createRequest({}))).toMatchObject({ contextTokens: promptTokens + 1000, outputTokens: undefined });
    expect(findNeeds(createRequest({ maxTokens: 5 }))).toMatchObject({
      contextTokens: promptTokens + 5,
      outputTokens: 5,
    });
    expect(findNeeds(createRequest({ maxCompletionTokens: 64_000, maxTokens: 5 }))).toMatchObject({
      contextTokens: promptTokens + 64_000,
      outputTokens: 64_000,
    });
    expect(findNeeds(createRequest({}), { promptTokens: 7, completionTokens: 3 }).contextTokens).toBe(10);
  });
});
