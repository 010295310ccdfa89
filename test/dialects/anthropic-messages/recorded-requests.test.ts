import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { encodeRequest } from '../../../src/dialects/anthropic-messages/encode-request.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { describeRecordedTraffic } from '../../support/recorded-traffic.ts';
import { clientRequests } from './client-requests.ts';

/** A request in normal form: where the Messages API lets one thing be written in several ways. */
function normalise(request: JsonObject): JsonObject {
  const { stream, anthropic_version: _, tool_choice: choice, ...rest } = request;
  const toolChoice = isJsonObject(choice) ? without(choice, 'disable_parallel_tool_use', false) : {};
  return {
    ...rest,
    ...(stream === true && { stream }),
    ...(isJsonObject(choice) && toolChoice['type'] !== 'auto' && { tool_choice: toolChoice }),
    ...(request['system'] !== undefined && { system: toBlocks(request['system']) }),
    messages: list(request['messages']).map(({ role, content }) => ({
      role: role ?? null,
      content: toBlocks(content).map(normaliseBlock),
    })),
    ...(request['tools'] !== undefined && { tools: list(request['tools']).map(normaliseTool) }),
  };
}

/** A mark on the call covers what the mark on its result covers, and the client's form has none on calls. */
function normaliseBlock(block: JsonObject): JsonObject {
  if (block['type'] === 'tool_use') return omit(block, 'cache_control');
  if (block['type'] !== 'tool_result') return block;
  return { ...without(block, 'is_error', false), content: toBlocks(block['content']) };
}

function normaliseTool(tool: JsonObject): JsonObject {
  const known = Object.entries(tool).filter(
    ([key, value]) => value !== null && !(key === 'description' && value === ''),
  );
  return Object.fromEntries(known);
}

function toBlocks(content: JsonValue | undefined): JsonObject[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : list(content);
}

function without(json: JsonObject, key: string, value: JsonValue): JsonObject {
  return json[key] === value ? omit(json, key) : json;
}

function omit(json: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([name]) => name !== key));
}

function list(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

describeRecordedTraffic('recorded requests, in the client’s form', '', (cases) => {
  describe.each(Object.entries(clientRequests))('%s', (name, toClientRequest) => {
    const recorded = cases.find((one) => one.name.startsWith(name));
    const request = recorded?.readRequest() ?? {};

    it('mean the same', () => {
      // Google's platform has the model in the path.
      const model = String(request['model'] ?? 'claude-3-7-sonnet@20250219');
      const source = { model: `anthropic/${model}`, ...toClientRequest(request) };
      const { body, warnings } = encodeRequest(decodeRequest(source), {
        model,
        stream: request['stream'] === true,
        source,
      });
      expect(normalise(body)).toEqual(normalise({ ...request, model }));
      expect(warnings).toEqual([]);
    });
  });
});
