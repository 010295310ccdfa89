import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { Tool } from '../../../gen/signalbox/chat/v1/tool_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { describeAnswerTool, nameAnswerTool, tellJson } from '../answer-form.ts';
import { createRefusal } from '../refusal.ts';
import type { Warnings } from '../warnings.ts';
import type { ModelTraits } from './model-traits.ts';
import { toNativeSchema } from './native-schema.ts';

/** What a request's tools and its answer's form come to. */
export interface ToolsPlan {
  /** What `toolConfig` is. `undefined`: it is left out. */
  readonly toolConfig: JsonObject | undefined;
  /** Whether the model must call a tool. */
  readonly forcesTool: boolean;
  /** The tool whose arguments are the answer, where a schema is kept to by calling a tool. */
  readonly answerTool: string | undefined;
  /** What `outputConfig` is. */
  readonly outputConfig: JsonObject | undefined;
  /** What the model is told of tools and of the answer's form. */
  readonly instructions: readonly string[];
  /** What of `additionalModelRequestFields` is about tools. */
  readonly fields: JsonObject;
}

const noToolsInstruction = 'Do not call any tool; answer in words.';

/** The tool by which Nova searches: docs.aws.amazon.com/nova/latest/nova2-userguide/web-grounding.html. */
const groundingTool: JsonObject = { systemTool: { name: 'nova_grounding' } };

/**
 * Plans tools, tool choice and the answer's form.
 *
 * @throws SignalboxError REQUEST_UNSUPPORTED for tools that nobody here can run, and for a choice that the model does not take.
 */
export function planTools(request: ChatCompletionRequest, traits: ModelTraits, warnings: Warnings): ToolsPlan {
  const isNone = request.toolChoice?.choice.case === 'mode' && request.toolChoice.choice.value === 'none';
  const described = request.tools.map((tool, index) => encodeTool(tool, `tools[${index}]`, traits));
  // Converse has no choice `none`: without tools there is nothing to call.
  const asked = isNone ? [] : [...described, ...encodeSearch(request, traits, warnings)];
  const form = planForm(request, traits, warnings);
  const needed = asked.length + form.tools.length > 0 ? [] : listUsedTools(request, described);
  const tools = [...asked, ...form.tools, ...needed];
  const instructions = [...form.instructions];
  if (needed.length > 0) {
    instructions.push(noToolsInstruction);
    warnings.add('Bedrock cannot keep a model from calling tools that earlier messages used; it was told not to.');
  }
  const choice = needed.length === 0 ? chooseTool(request, traits, form, asked.length) : undefined;
  const fields = asked.length === 0 ? {} : planParallel(request, traits, choice, warnings);
  // What the model needs to know of `auto` is in the fields then.
  const hasChoice = choice !== undefined && !(isAuto(choice) && fields['tool_choice'] !== undefined);
  return {
    toolConfig: tools.length === 0 ? undefined : { tools, ...(hasChoice && { toolChoice: choice }) },
    forcesTool: !isAuto(choice),
    answerTool: form.answerTool,
    outputConfig: form.outputConfig,
    instructions,
    fields,
  };
}

function encodeTool(tool: Tool, path: string, traits: ModelTraits): JsonObject {
  if (tool.function === undefined) {
    throw createRefusal(path, `Bedrock’s API has no tools of the type ${tool.type.slice(0, 100)}. Leave it out.`);
  }
  const { name, description, parameters, strict } = tool.function;
  const native = strict === true && traits.takesSchemas && parameters ? toNativeSchema(parameters) : undefined;
  return {
    toolSpec: {
      name,
      ...(description && { description }),
      inputSchema: { json: native ?? { ...parameters, type: 'object' } },
      ...(native !== undefined && { strict: true }),
    },
  };
}

function encodeSearch(request: ChatCompletionRequest, { searches }: ModelTraits, warnings: Warnings): JsonObject[] {
  const search = request.webSearchOptions ?? request.extraBody?.webSearchOptions;
  if (search === undefined) return [];
  if (searches) return [groundingTool];
  warnings.leaveOut(['web_search_options'], 'the model does not search by itself');
  return [];
}

/** How the answer's form is kept to. */
interface FormPlan extends Pick<ToolsPlan, 'answerTool' | 'outputConfig' | 'instructions'> {
  readonly tools: readonly JsonObject[];
}

const freeForm: FormPlan = { tools: [], answerTool: undefined, outputConfig: undefined, instructions: [] };

function planForm({ responseFormat, tools }: ChatCompletionRequest, traits: ModelTraits, warnings: Warnings): FormPlan {
  if (responseFormat === undefined || responseFormat.type === 'text') return freeForm;
  const { jsonSchema } = responseFormat;
  const schema = jsonSchema?.schema;
  // Bedrock has no mode for JSON without a schema.
  if (jsonSchema === undefined || schema === undefined) return { ...freeForm, instructions: [tellJson(undefined)] };
  const native = traits.takesSchemas ? toNativeSchema(schema) : undefined;
  if (native !== undefined) {
    const { name, description } = jsonSchema;
    const form = { schema: JSON.stringify(native), ...(name && { name }), ...(description && { description }) };
    return { ...freeForm, outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: form } } } };
  }
  // Arguments of a tool are an object.
  if (schema['type'] === 'object' && traits.takesForcedTools) {
    const answerTool = nameAnswerTool(tools.map((tool) => tool.function?.name));
    const description = describeAnswerTool(jsonSchema);
    const toolSpec = { name: answerTool, description, inputSchema: { json: { ...schema } } };
    return { ...freeForm, tools: [{ toolSpec }], answerTool };
  }
  warnings.add('The model cannot be held to the schema of response_format; it was told of it.');
  return { ...freeForm, instructions: [tellJson(schema)] };
}

/** …/APIReference/API_runtime_ToolChoice.html. What a model does not take of it, Bedrock refuses itself. */
function chooseTool(
  { toolChoice }: ChatCompletionRequest,
  traits: ModelTraits,
  { answerTool }: FormPlan,
  askedCount: number,
): JsonObject | undefined {
  const choice = toolChoice?.choice;
  if (choice?.case === 'other') {
    throw createRefusal('tool_choice', 'Bedrock’s API takes none, auto, required or one function as tool_choice.');
  }
  const isForced = choice?.case === 'function' || (choice?.case === 'mode' && choice.value === 'required');
  if (isForced && traits.family === 'claude' && !traits.takesForcedTools) {
    throw createRefusal('tool_choice', 'This model cannot be made to call a tool. Send tool_choice auto.');
  }
  if (choice?.case === 'function') return { tool: { name: choice.value.name } };
  // The answer's tool is called, unless others may be before it.
  if (answerTool !== undefined) return askedCount === 0 ? { tool: { name: answerTool } } : { any: {} };
  if (choice?.case !== 'mode' || choice.value === 'none') return undefined;
  return choice.value === 'required' ? { any: {} } : { auto: {} };
}

/**
 * The tools that earlier messages called, for a request that shall call none: Converse wants `toolConfig` where there are calls
 * (…/APIReference/API_runtime_Converse.html). Those that the request no longer has are described as far as they are known.
 */
function listUsedTools({ messages }: ChatCompletionRequest, described: readonly JsonObject[]): JsonObject[] {
  const calls = messages.flatMap(({ toolCalls }) => toolCalls);
  if (calls.length === 0 && !messages.some(({ role }) => role === 'tool')) return [];
  if (described.length > 0) return [...described];
  const names = new Set(
    calls.map((call) => call.custom?.name ?? call.function?.name ?? '').filter((name) => name !== ''),
  );
  if (names.size === 0) names.add('tool');
  return [...names].map((name) => ({ toolSpec: { name, inputSchema: { json: { type: 'object' } } } }));
}

/**
 * Claude alone can be kept from calling several tools at once, in a field of its own API, which wants a type; and Bedrock refuses a type
 * beside a choice of its own: github.com/BerriAI/litellm/issues/36536 and /pull/34347.
 */
function planParallel(
  { parallelToolCalls }: ChatCompletionRequest,
  { family }: ModelTraits,
  choice: JsonObject | undefined,
  warnings: Warnings,
): JsonObject {
  if (parallelToolCalls !== false) return {};
  if (family !== 'claude') {
    warnings.leaveOut(['parallel_tool_calls'], 'the model cannot be kept from calling several tools at once');
    return {};
  }
  return { tool_choice: { ...(isAuto(choice) && { type: 'auto' }), disable_parallel_tool_use: true } };
}

function isAuto(choice: JsonObject | undefined): boolean {
  return choice === undefined || choice['auto'] !== undefined;
}
