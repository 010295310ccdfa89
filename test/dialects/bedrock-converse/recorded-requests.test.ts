import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { describeRecordedTraffic } from '../../support/recorded-traffic.ts';
import { clientRequests } from './client-requests.ts';
import { encode } from './encode.ts';

/** A request in normal form: where Converse lets one thing be said in several ways, and where recorders said what means nothing. */
function normalise(request: JsonObject): JsonObject {
  const { toolConfig, messages, outputConfig, additionalModelRequestFields, ...rest } = request;
  // What is asked for beside the answer.
  const { additionalModelResponseFieldPaths: _, ...asked } = rest;
  const filled = Object.entries(asked).filter(
    ([, value]) => JSON.stringify(value) !== '[]' && JSON.stringify(value) !== '{}',
  );
  return {
    ...Object.fromEntries(filled),
    messages: mergeTurns(list(messages)),
    ...(isJsonObject(toolConfig) && { toolConfig: normaliseTools(toolConfig) }),
    ...(outputConfig !== undefined && { outputConfig: parseSchemas(outputConfig) }),
    fields: normaliseFields(objectOf(additionalModelRequestFields)),
  };
}

function mergeTurns(turns: readonly JsonObject[]): JsonObject[] {
  const merged: { role: JsonValue; content: JsonObject[] }[] = [];
  for (const { role = null, content } of turns) {
    const blocks = list(content).map(normaliseBlock);
    const last = merged.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else merged.push({ role, content: blocks });
  }
  return merged;
}

function normaliseBlock(block: JsonObject): JsonObject {
  const { toolUse, toolResult } = block;
  if (isJsonObject(toolUse)) return { toolUse: omit(toolUse, 'type') };
  return isJsonObject(toolResult) ? { toolResult: omit(toolResult, 'status') } : block;
}

/** The client’s form has no mark for the cache behind tools, and `auto` is what holds without a choice. */
function normaliseTools({ tools, toolChoice }: JsonObject): JsonObject {
  const hasChoice = isJsonObject(toolChoice) && toolChoice['auto'] === undefined;
  return { tools: list(tools).filter((tool) => tool['cachePoint'] === undefined), ...(hasChoice && { toolChoice }) };
}

/** What of the reasoning is shown is a choice of its own. */
function normaliseFields(fields: JsonObject): JsonObject {
  const { thinking } = fields;
  return isJsonObject(thinking) ? { ...fields, thinking: omit(thinking, 'display') } : fields;
}

/** Schemas are text. */
function parseSchemas(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    const parsed: JsonValue = key === 'schema' && typeof inner === 'string' ? JSON.parse(inner) : parseSchemas(inner);
    return [key, parsed] as const;
  });
  return Object.fromEntries(entries);
}

function omit(json: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([name]) => name !== key));
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function list(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** A budget for reasoning wants a token limit above it: recorders left it to Bedrock, which has one for the models that they asked. */
function withoutOwnLimit(body: JsonObject, source: JsonObject): JsonObject {
  const isOwn = source['max_tokens'] === undefined && source['max_completion_tokens'] === undefined;
  return isOwn ? { ...body, inferenceConfig: omit(objectOf(body['inferenceConfig']), 'maxTokens') } : body;
}

describeRecordedTraffic('recorded requests, in the client’s form', 'converse', (cases) => {
  it('are there in numbers', () => {
    expect(Object.keys(clientRequests).length).toBeGreaterThanOrEqual(15);
  });

  describe.each(Object.entries(clientRequests))('%s', (name, toClientRequest) => {
    const request = cases.find((one) => one.name.startsWith(name))?.readRequest() ?? {};

    it('mean the same', () => {
      const source = toClientRequest(request);
      const { body, warnings } = encode(source, String(source['model']).slice('bedrock/'.length));
      expect(normalise(withoutOwnLimit(body, source))).toEqual(normalise(request));
      expect(warnings).toEqual([]);
    });
  });
});
