import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { createContinuation } from '../../../src/routing/recovery/continuation.ts';
import { createScriptedProvider } from '../scripted-provider.ts';

type RequestInit = MessageInitShape<typeof ChatCompletionRequestSchema>;

function continueFrom(sent: string, request: RequestInit = {}, takesPrefill = true) {
  const provider = { ...createScriptedProvider('first', []), takesPrefill: () => takesPrefill };
  const candidate = { id: 'first/x', model: 'x', entry: undefined, provider };
  const asked = create(ChatCompletionRequestSchema, { messages: [{ role: 'user', content: 'Hi' }], ...request });
  return createContinuation(asked, candidate, sent)?.messages.map(({ role, content }) => [role, content]);
}

test('what was said is the last turn, without the white space at its end', () => {
  const messages = [
    ['user', 'Hi'],
    ['assistant', 'Hello'],
  ];
  expect(continueFrom('Hello')).toEqual(messages);
  expect(continueFrom('Hello \n')).toEqual(messages);
  expect(continueFrom('Hello', { reasoningEffort: 'none' })).toEqual(messages);
});

test.each<[string, string, RequestInit, boolean]>([
  ['nothing was said', ' \n', {}, true],
  ['the model takes no turn of its own', 'Hello', {}, false],
  ['the conversation ends with one', 'Hello', { messages: [{ role: 'assistant', content: 'He' }] }, true],
  ['it reasons', 'Hello', { reasoningEffort: 'low' }, true],
  ['it reasons up to a bound', 'Hello', { extraBody: { reasoning: { maxTokens: 1024 } } }, true],
  ['its answer has a format', 'Hello', { responseFormat: { type: 'json_object' } }, true],
])('none is asked for when %s', (_what, sent, request, takesPrefill) => {
  expect(continueFrom(sent, request, takesPrefill)).toBeUndefined();
});
