import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { encodeRequest } from '../../../src/dialects/openai-chat/encode-request.ts';
import type { OpenAiChatQuirks } from '../../../src/dialects/openai-chat/quirks.ts';
import { describeRecordedTraffic } from '../../support/recorded-traffic.ts';
import { generatedRequest } from './generated-requests.ts';
import { requestWithEverything } from './request-with-everything.ts';

/** A server of which nothing is known: everything goes on. */
const quirks: OpenAiChatQuirks = {
  tokenLimitField: 'as-sent',
  asksForStreamUsage: true,
  sendsCacheControl: true,
  reasoningField: 'reasoning_content',
  sendsReasoningDetails: true,
  repetitionPenaltyField: 'repetition_penalty',
};

function forward(json: JsonObject): JsonObject {
  const model = typeof json['model'] === 'string' ? json['model'] : '';
  return encodeRequest(decodeRequest(json), { model, stream: json['stream'] === true, source: json, quirks }).body;
}

describe('a request that is decoded and encoded', () => {
  it('is the same request', () => {
    fc.assert(
      fc.property(generatedRequest, (json) => {
        const before = structuredClone(json);
        expect(forward(json)).toEqual(before);
        expect(json).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  it('is the same with its unknown fields inside extra_body', () => {
    const fields = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,5}$/), fc.jsonValue(), { maxKeys: 4 });
    fc.assert(
      fc.property(generatedRequest, fields, fields, (json, atRoot, inside) => {
        const known = JSON.parse(JSON.stringify({ ...json, ...atRoot, extra_body: inside }));
        expect(forward(known)).toEqual(JSON.parse(JSON.stringify({ ...json, ...atRoot, ...inside })));
      }),
      { numRuns: 100 },
    );
  });

  it('is the same whatever fields for the gateway it has', () => {
    const gatewayFields: JsonObject = {
      models: ['a/b'],
      ignore: ['c'],
      sort: ['price'],
      provider: { order: ['groq'] },
      fallback: { ttft_timeout: '1s' },
      recovery: 'none',
      prompt_variables: { a: 'b' },
    };
    fc.assert(
      fc.property(generatedRequest, (json) => {
        expect(forward({ ...json, ...gatewayFields })).toEqual(json);
        expect(forward({ ...json, extra_body: { ...gatewayFields, metadata: { a: 1 } } })).toEqual(json);
      }),
      { numRuns: 50 },
    );
  });
});

/** Documented fields, for which null means absent. Of others nobody knows what it means. */
const documented: ReadonlySet<string> = new Set(Object.keys(requestWithEverything));
const documentedInMessages: ReadonlySet<string> = new Set(['name', 'refusal', 'tool_call_id', 'reasoning_content']);

/** A recorded request in normal form: where clients may write one thing in several ways. */
function normalise(request: JsonObject): JsonObject {
  const json = Object.fromEntries(
    Object.entries(request).filter(([key, value]) => !(documented.has(key) && (value === null || isEmptyList(value)))),
  );
  if (json['stream'] !== true) delete json['stream'];
  if (json['stream'] !== true) delete json['stream_options'];
  else json['stream_options'] = { ...asObject(json['stream_options']), include_usage: true };
  if (typeof json['stop'] === 'string') json['stop'] = [json['stop']];
  if (json['max_completion_tokens'] !== undefined) delete json['max_tokens'];
  if (isJsonObject(json['tool_choice'])) json['tool_choice'] = withType(json['tool_choice']);
  if (json['tools'] !== undefined) json['tools'] = listObjects(json['tools']).map(withType);
  // These the gateway reads itself; the effort goes on under OpenAI's name.
  const effort = asObject(json['reasoning'])['effort'];
  if (effort !== undefined) json['reasoning_effort'] = effort;
  delete json['reasoning'];
  delete json['provider'];
  json['messages'] = listObjects(json['messages']).map(normaliseMessage);
  return json;
}

function normaliseMessage({ role, content, tool_calls: calls, ...more }: JsonObject): JsonObject {
  const fields = Object.entries(more).filter(([key, value]) => value !== null || !documentedInMessages.has(key));
  return {
    role: role ?? null,
    content: isEmptyList(content) ? null : (content ?? null),
    ...Object.fromEntries(fields),
    ...(listObjects(calls).length > 0 && { tool_calls: listObjects(calls).map(withType) }),
  };
}

function withType(json: JsonObject): JsonObject {
  return { type: 'function', ...json };
}

function isEmptyList(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length === 0;
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listObjects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

describeRecordedTraffic('recorded requests', 'chat/completions', (cases) => {
  const requests = cases.flatMap((recorded) => {
    const request = recorded.readRequest();
    return request === undefined ? [] : [{ name: recorded.name, request }];
  });

  it('are there in numbers', () => expect(requests.length).toBeGreaterThan(150));

  for (const { name, request } of requests) {
    it(`${name} goes on as it came`, () => {
      // Azure has the model in the path.
      const json: JsonObject = { model: 'deployment', ...request };
      const schema = asObject(asObject(json['response_format'])['json_schema']);
      // Perplexity lets a schema go without the name that OpenAI's API requires.
      if (schema['schema'] !== undefined && schema['name'] === undefined) {
        expect(() => forward(json)).toThrow('response_format.json_schema.name');
        return;
      }
      expect(forward(json)).toEqual(normalise(json));
    });
  }
});
