import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { CatalogModel } from '../../src/catalog/catalog-model.ts';
import { findInability } from '../../src/routing/check-ability.ts';
import { findNeeds, type RequestNeeds } from '../../src/routing/request-needs.ts';

const unknown: CatalogModel = { provider: 'p', model: 'm', source: 'test' };
const able: CatalogModel = {
  ...unknown,
  inputModalities: ['text', 'image', 'audio', 'video', 'file'],
  outputModalities: ['text', 'image', 'audio'],
  contextTokens: 128_000,
  maxOutputTokens: 64_000,
  capabilities: { functionCalling: true, responseSchema: true, reasoning: true, webSearch: true },
};
const unable: CatalogModel = {
  ...able,
  inputModalities: ['text'],
  outputModalities: ['text'],
  capabilities: { functionCalling: false, responseSchema: false, reasoning: false, webSearch: false },
};

const plain = findNeeds(create(ChatCompletionRequestSchema, { messages: [{ role: 'user', content: 'Hello' }] }));

const rows: readonly (readonly [Partial<RequestNeeds>, string, string, string])[] = [
  [{ tools: true }, 'tools', 'It does not call tools.', 'It is not known whether it calls tools.'],
  [{ imageInput: true }, 'image-input', 'It takes no images.', 'It is not known whether it takes images.'],
  [{ audioInput: true }, 'audio-input', 'It takes no audio.', 'It is not known whether it takes audio.'],
  [{ videoInput: true }, 'video-input', 'It takes no video.', 'It is not known whether it takes video.'],
  [{ fileInput: true }, 'file-input', 'It takes no files.', 'It is not known whether it takes files.'],
  [
    { jsonSchema: true },
    'json-schema',
    'It does not keep to a JSON schema.',
    'It is not known whether it keeps to a JSON schema.',
  ],
  [{ imageOutput: true }, 'image-output', 'It gives no images.', 'It is not known whether it gives images.'],
  [{ audioOutput: true }, 'audio-output', 'It gives no audio.', 'It is not known whether it gives audio.'],
  [
    { webSearch: true },
    'web-search',
    'It does not search the web by itself.',
    'It is not known whether it searches the web by itself.',
  ],
];

describe('findInability', () => {
  test.each(rows)('%j', (needs, filter, lack, doubt) => {
    expect(findInability(able, { ...plain, ...needs })).toBeUndefined();
    expect(findInability(unable, { ...plain, ...needs })).toEqual({ filter, isKnown: true, reason: lack });
    expect(findInability(unknown, { ...plain, ...needs })).toEqual({ filter, isKnown: false, reason: doubt });
  });

  test('finds nothing against plain text anywhere', () => {
    for (const model of [able, unable, unknown]) expect(findInability(model, plain)).toBeUndefined();
  });

  test('takes reasoning for a wish: a model without it answers all the same', () => {
    const needs = { ...plain, reasoning: true };
    expect(findInability(able, needs)).toBeUndefined();
    expect(findInability(unable, needs)).toEqual({
      filter: 'reasoning',
      isKnown: false,
      reason: 'It does not reason.',
    });
    expect(findInability(unknown, needs)).toMatchObject({ filter: 'reasoning', isKnown: false });
  });

  test('finds models that write no text', () => {
    const painter: CatalogModel = { ...able, outputModalities: ['image'] };
    expect(findInability(painter, plain)).toEqual({
      filter: 'text-output',
      isKnown: true,
      reason: 'It writes no text.',
    });
    expect(findInability(painter, { ...plain, textOutput: false, imageOutput: true })).toBeUndefined();
  });

  test('compares the context with what the call needs', () => {
    const needs = { ...plain, contextTokens: 12_000 };
    expect(findInability({ ...able, contextTokens: 12_000 }, needs)).toBeUndefined();
    expect(findInability({ ...able, contextTokens: 8192 }, needs)).toEqual({
      filter: 'context-length',
      isKnown: true,
      reason: 'Its context holds 8192 tokens, and the call needs about 12000.',
    });
  });

  test('takes a context that is not known for the usual one', () => {
    expect(findInability(unknown, { ...plain, contextTokens: 8192 })).toBeUndefined();
    expect(findInability(unknown, { ...plain, contextTokens: 8193 })).toEqual({
      filter: 'context-length',
      isKnown: false,
      reason: 'It is not known how many tokens its context holds, and the call needs about 8193.',
    });
  });

  test('compares the longest answer with what the call allows', () => {
    const model = { ...able, maxOutputTokens: 4096 };
    expect(findInability(model, { ...plain, outputTokens: 4096 })).toBeUndefined();
    expect(findInability(model, { ...plain, outputTokens: 8000 })).toEqual({
      filter: 'output-length',
      isKnown: true,
      reason: 'Its answers have at most 4096 tokens, and the call allows 8000.',
    });
    expect(findInability(unknown, { ...plain, outputTokens: 8000 })).toBeUndefined();
  });

  test('tells what is known before what is not', () => {
    const needs = { ...plain, tools: true, imageInput: true, contextTokens: 9000 };
    expect(findInability({ ...unknown, inputModalities: ['text'] }, needs)).toMatchObject({ filter: 'image-input' });
    expect(findInability({ ...unknown, contextTokens: 8192 }, needs)).toMatchObject({ filter: 'context-length' });
    expect(findInability(unknown, needs)).toMatchObject({ filter: 'tools', isKnown: false });
  });
});
