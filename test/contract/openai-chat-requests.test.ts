import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import { decodeRequest } from '../../src/dialects/openai-chat/decode-request.ts';
import { encodeRequest } from '../../src/dialects/openai-chat/encode-request.ts';
import type { OpenAiChatQuirks } from '../../src/dialects/openai-chat/quirks.ts';
import { isOpenAiChatKind } from '../../src/providers/openai-chat-kind.ts';
import { providerKinds } from '../../src/providers/registry.ts';
import { describeRecordedTraffic, type RecordedCase } from '../support/recorded-traffic.ts';

/** What a provider answered to cannot be what it refuses: a quirk that leaves it out is wrong. */

const kinds = new Map(providerKinds.filter(isOpenAiChatKind).map((kind) => [kind.kind, kind]));

/** Recordings of requests that this API, or OpenAI's, does not have in this form. */
const otherForms = new Map([
  ['null in place of a field', ({ tool_choice, stop }: JsonObject) => tool_choice === null || stop === null],
  ['a tool choice of Anthropic’s', ({ tool_choice }: JsonObject) => objectOf(tool_choice)['type'] === 'tool'],
  ['functions, which came before tools', ({ functions }: JsonObject) => functions !== undefined],
  ['what this API has under the same name', ({ provider }: JsonObject) => provider !== undefined],
  ['a switch for reasoning', ({ reasoning }: JsonObject) => objectOf(reasoning)['enabled'] !== undefined],
  [
    'a schema without a name',
    ({ response_format }: JsonObject) => isNameless(objectOf(response_format)['json_schema']),
  ],
]);

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function isNameless(schema: JsonValue | undefined): boolean {
  return isJsonObject(schema) && schema['name'] === undefined;
}

function hasOtherForm(request: JsonObject): boolean {
  return [...otherForms.values()].some((applies) => applies(request));
}

/** The same in a client's words: earlier reasoning has one name, and so have the token limit and the way to ask for reasoning. */
function toClientForm({ messages, ...request }: JsonObject): JsonObject {
  const list = Array.isArray(messages) ? messages.filter(isJsonObject) : [];
  return {
    ...request,
    messages: list.map(({ reasoning, ...message }) => ({
      ...message,
      ...(typeof reasoning === 'string' && { reasoning_content: reasoning }),
    })),
  };
}

/** What is left to compare: not what the gateway says in its own way on every request, nor what only its own client said. */
function withoutOwnTerms(body: JsonObject, quirks: OpenAiChatQuirks): JsonObject {
  const { stream: _stream, stream_options: _options, reasoning, max_tokens, max_completion_tokens, ...rest } = body;
  const messages = Array.isArray(rest['messages']) ? rest['messages'].filter(isJsonObject) : [];
  return {
    ...rest,
    ...(isJsonObject(reasoning) && { reasoning_effort: reasoning['effort'] ?? null }),
    ...((max_tokens ?? max_completion_tokens) !== undefined && { limit: max_completion_tokens ?? max_tokens ?? null }),
    messages: messages.map((message) => withoutReasoning(message, quirks)),
  };
}

/** Nothing said is the same as null and as an empty list, and a tool without a type is a function. */
function withoutNothing(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNothing);
  if (!isJsonObject(value)) return value;
  const fields = Object.entries(value).filter(
    ([, field]) => field !== null && !(Array.isArray(field) && field.length === 0),
  );
  const type = isJsonObject(value['function']) && value['type'] === undefined ? { type: 'function' } : {};
  return { ...type, ...Object.fromEntries(fields.map(([name, field]) => [name, withoutNothing(field ?? null)])) };
}

/** Some were sent reasoning that they do not document to take; and no content is the same as none. */
function withoutReasoning(message: JsonObject, { reasoningField }: OpenAiChatQuirks): JsonObject {
  const { reasoning, reasoning_content, reasoning_details: _details, content, ...rest } = message;
  const kept: JsonValue = reasoningField === undefined ? null : (reasoning ?? reasoning_content ?? null);
  return { ...rest, content: content ?? null, kept: kept === '' ? null : kept };
}

function encode(recorded: RecordedCase, request: JsonObject, quirks: OpenAiChatQuirks) {
  const source = toClientForm(request);
  const model = typeof request['model'] === 'string' ? request['model'] : '';
  return encodeRequest(decodeRequest(source), { model, stream: recorded.kind === 'stream', source, quirks });
}

describeRecordedTraffic('recorded requests', 'chat/completions', (all) => {
  const cases = all.flatMap((recorded) => {
    const [kind, request] = [kinds.get(recorded.provider), recorded.readRequest()];
    const isUsable =
      kind !== undefined &&
      typeof request?.['model'] === 'string' &&
      recorded.httpStatus === 200 &&
      !hasOtherForm(request);
    return isUsable ? [{ name: recorded.name, recorded, request, quirks: kind.quirks }] : [];
  });

  it('are there in numbers', () => {
    expect(cases.length).toBeGreaterThan(100);
    expect(new Set(cases.map(({ recorded }) => recorded.provider)).size).toBeGreaterThan(12);
  });

  describe.each(cases)('$name', ({ recorded, request, quirks }) => {
    it('is sent as it was, and nothing left out', () => {
      const { body, warnings } = encode(recorded, request, quirks);
      expect(warnings).toEqual([]);
      const [sent, was] = [body, request].map((json) => withoutNothing(withoutOwnTerms(json, quirks)));
      expect(sent).toEqual(was);
    });
  });
});
