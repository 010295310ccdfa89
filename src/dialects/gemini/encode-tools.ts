import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { Tool } from '../../../gen/signalbox/chat/v1/tool_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { createRefusal } from '../refusal.ts';
import type { Warnings } from '../warnings.ts';
import { adaptSchema } from './adapt-schema.ts';
import type { GeminiModel } from './gemini-model.ts';

/** Tools in Gemini's terms. */
export interface EncodedTools {
  readonly tools: JsonObject[];
  readonly toolConfig: JsonObject | undefined;
}

/**
 * Encodes tools, their choice, and web search (ai.google.dev/api/caching#Tool, #ToolConfig).
 *
 * @throws SignalboxError REQUEST_UNSUPPORTED for tools that nobody here can run, and for a choice that Gemini does not have.
 */
export function encodeTools(request: ChatCompletionRequest, model: GeminiModel, warnings: Warnings): EncodedTools {
  const declarations = request.tools.map(encodeDeclaration);
  const tools: JsonObject[] = declarations.length === 0 ? [] : [{ functionDeclarations: declarations }];
  const toolConfig: JsonObject = {};
  const calling = declarations.length === 0 ? undefined : encodeToolChoice(request, model);
  if (calling !== undefined) toolConfig['functionCallingConfig'] = calling;
  if (encodeSearch(request, model, declarations.length > 0, warnings)) {
    tools.push({ googleSearch: {} });
    // ai.google.dev/gemini-api/docs/tool-combination: required where search and functions stand together.
    if (declarations.length > 0) toolConfig['includeServerSideToolInvocations'] = true;
  }
  if (request.parallelToolCalls === false) {
    warnings.add('parallel_tool_calls was left out: Gemini can always call several tools at once.');
  }
  return { tools, toolConfig: Object.keys(toolConfig).length === 0 ? undefined : toolConfig };
}

/** Whether the model is to search. Models before Gemini 3 do not take search beside functions. */
function encodeSearch(
  request: ChatCompletionRequest,
  model: GeminiModel,
  hasFunctions: boolean,
  warnings: Warnings,
): boolean {
  const search = request.webSearchOptions ?? request.extraBody?.webSearchOptions;
  if (search === undefined) return false;
  if (hasFunctions && (model.version ?? 0) < 3) {
    warnings.add('web_search_options was left out: Gemini models before 3 do not search beside tools.');
    return false;
  }
  if (search.searchContextSize !== undefined) {
    warnings.add('web_search_options.search_context_size was left out: Gemini chooses it itself.');
  }
  return true;
}

/** JSON Schema goes in `parametersJsonSchema`: `parameters` takes a part of OpenAPI's only, and refuses the rest. */
function encodeDeclaration(tool: Tool, index: number): JsonObject {
  if (tool.function === undefined) {
    const type = tool.other?.['type'] ?? tool.type;
    throw createRefusal(`tools[${index}]`, `Gemini models cannot run a tool of the type ${JSON.stringify(type)}.`);
  }
  const { name, description, parameters } = tool.function;
  const declaration: JsonObject = { name };
  if (description !== undefined) declaration['description'] = description;
  // A function without parameters has no schema: one without properties is refused by some models.
  if (parameters !== undefined && !isEmptySchema(parameters)) {
    declaration['parametersJsonSchema'] = adaptSchema(parameters);
  }
  return declaration;
}

function isEmptySchema(schema: JsonObject): boolean {
  return Object.keys(schema).length === 0;
}

/** ai.google.dev/api/caching#FunctionCallingConfig. */
function encodeToolChoice(request: ChatCompletionRequest, model: GeminiModel): JsonObject | undefined {
  const choice = request.toolChoice?.choice;
  switch (choice?.case) {
    case 'function':
      return { mode: 'ANY', allowedFunctionNames: [choice.value.name] };
    case 'other':
      return encodeAllowedTools(choice.value);
    case 'mode':
      if (choice.value === 'none') return { mode: 'NONE' };
      if (choice.value === 'required') return { mode: 'ANY' };
      return { mode: autoMode(request, model) };
    default: {
      const mode = autoMode(request, model);
      return mode === 'AUTO' ? undefined : { mode };
    }
  }
}

/** VALIDATED holds calls to their schemas and still lets the model choose. */
function autoMode(request: ChatCompletionRequest, model: GeminiModel): 'AUTO' | 'VALIDATED' {
  const isStrict = request.tools.some((tool) => tool.function?.strict === true);
  return isStrict && (model.version ?? 0) >= 2.5 ? 'VALIDATED' : 'AUTO';
}

/** OpenAI's choice among some of the tools: platform.openai.com/docs/api-reference/chat/create#chat-create-tool_choice. */
function encodeAllowedTools(choice: JsonObject): JsonObject {
  const allowed = isJsonObject(choice['allowed_tools']) ? choice['allowed_tools'] : choice;
  const names = Array.isArray(allowed['tools']) ? allowed['tools'].map(readFunctionName) : [];
  const isReadable =
    choice['type'] === 'allowed_tools' && names.length > 0 && names.every((name) => name !== undefined);
  if (!isReadable) throw createRefusal('tool_choice', 'Gemini models do not know this kind of tool_choice.');
  return {
    mode: allowed['mode'] === 'required' ? 'ANY' : 'VALIDATED',
    allowedFunctionNames: names.filter((name) => name !== undefined),
  };
}

function readFunctionName(tool: JsonValue): string | undefined {
  const fn = isJsonObject(tool) && tool['type'] === 'function' ? tool['function'] : undefined;
  const name = isJsonObject(fn) ? fn['name'] : undefined;
  return typeof name === 'string' ? name : undefined;
}
