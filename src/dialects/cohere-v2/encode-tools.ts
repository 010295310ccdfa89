import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { Tool } from '../../../gen/signalbox/chat/v1/tool_pb.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { objectOf, oneOrMore } from '../read-values.ts';
import { createRefusal, createRequestFault } from '../refusal.ts';
import type { Warnings } from '../warnings.ts';
import type { ToolNames } from './tool-names.ts';

/** Tools in Cohere's terms. */
export interface EncodedTools {
  readonly tools: JsonObject[];
  /** What `strict_tools` is. `undefined`: it is left out. */
  readonly strictTools: true | undefined;
  readonly toolChoice: 'REQUIRED' | 'NONE' | undefined;
}

/** What a choice of tools comes to. */
interface Choice {
  /** The tools that the model may call. `undefined`: all. */
  readonly names: ReadonlySet<string> | undefined;
  readonly toolChoice: EncodedTools['toolChoice'];
}

/**
 * Encodes tools and their choice: docs.cohere.com/docs/tool-use-overview. Cohere has no choice of one tool: the others are left out then,
 * which comes to the same.
 *
 * @throws SignalboxError REQUEST_UNSUPPORTED for tools that nobody here can run and for a choice that Cohere does not have, PROVIDER_REFUSED
 *   for a choice of a tool that is not there.
 */
export function encodeTools(request: ChatCompletionRequest, names: ToolNames, warnings: Warnings): EncodedTools {
  const choice = readChoice(request);
  const chosen = request.tools.filter((tool, index) => {
    if (tool.function === undefined) {
      const problem = `Cohere’s API has no tools of the type ${tool.type.slice(0, 100)}. Leave it out.`;
      throw createRefusal(`tools[${index}]`, problem);
    }
    return choice.names?.has(tool.function.name) !== false;
  });
  if (choice.names !== undefined && chosen.length < choice.names.size) {
    throw createRequestFault(
      'tool_choice',
      'tool_choice names a function that is not among the tools. Add it to tools.',
    );
  }
  if (request.parallelToolCalls === false && chosen.length > 0) {
    warnings.leaveOut(['parallel_tool_calls'], 'the model can always call several tools at once');
  }
  return {
    tools: chosen.map((tool) => encodeTool(tool, names)),
    strictTools: readStrictness(chosen, warnings),
    toolChoice: chosen.length === 0 ? undefined : choice.toolChoice,
  };
}

/** The schema of an object is required, of one without properties too. */
function encodeTool(tool: Tool, names: ToolNames): JsonObject {
  const { name = '', description, parameters } = tool.function ?? {};
  return {
    type: 'function',
    function: {
      name: names.encode(name),
      ...(description !== undefined && { description }),
      parameters: { type: 'object', properties: {}, ...parameters },
    },
  };
}

/**
 * Whether calls must keep to the schemas, which Cohere has for all tools or none: docs.cohere.com/docs/structured-outputs. It then refuses
 * tools that have parameters but require none of them.
 */
function readStrictness(tools: readonly Tool[], warnings: Warnings): true | undefined {
  if (!tools.some((tool) => tool.function?.strict === true)) return undefined;
  if (tools.every(requiresSomething)) return true;
  warnings.leaveOut(['tools.function.strict'], 'the provider takes it only where every tool requires a parameter');
  return undefined;
}

function requiresSomething(tool: Tool): boolean {
  const { properties, required } = tool.function?.parameters ?? {};
  const hasParameters = isJsonObject(properties) && Object.keys(properties).length > 0;
  return !hasParameters || (Array.isArray(required) && required.length > 0);
}

function readChoice({ toolChoice }: ChatCompletionRequest): Choice {
  const choice = toolChoice?.choice;
  switch (choice?.case) {
    case 'function':
      return { names: new Set([choice.value.name]), toolChoice: 'REQUIRED' };
    case 'other':
      return readAllowedTools(choice.value);
    case 'mode':
      if (choice.value === 'none') return { names: undefined, toolChoice: 'NONE' };
      return { names: undefined, toolChoice: choice.value === 'required' ? 'REQUIRED' : undefined };
    default:
      return { names: undefined, toolChoice: undefined };
  }
}

/** OpenAI's choice among some of the tools: platform.openai.com/docs/api-reference/chat/create#chat-create-tool_choice. */
function readAllowedTools(choice: JsonObject): Choice {
  const allowed = isJsonObject(choice['allowed_tools']) ? choice['allowed_tools'] : choice;
  const names = oneOrMore(allowed['tools']).map((tool) => objectOf(tool['function'])['name']);
  const known = names.filter((name) => typeof name === 'string');
  if (choice['type'] !== 'allowed_tools' || known.length === 0 || known.length < names.length) {
    const problem = 'Cohere’s API takes none, auto, required, one function or allowed functions as tool_choice.';
    throw createRefusal('tool_choice', problem);
  }
  return { names: new Set(known), toolChoice: allowed['mode'] === 'required' ? 'REQUIRED' : undefined };
}
