import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { Tool } from '../../../gen/signalbox/chat/v1/tool_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { describeAnswerTool, nameAnswerTool, tellJson } from '../answer-form.ts';
import { createRefusal } from '../refusal.ts';
import type { Warnings } from '../warnings.ts';
import { fitSchema } from './fit-schema.ts';
import type { ModelTraits } from './model-traits.ts';

/** What a request's tools and its answer's form come to. */
export interface ToolsPlan {
  readonly tools: JsonObject[];
  readonly toolChoice: JsonObject | undefined;
  /** Whether the model must call a tool. */
  readonly forcesTool: boolean;
  /** The tool whose arguments are the answer, where a schema is kept to by calling a tool. */
  readonly answerTool: string | undefined;
  /** What `output_config.format` is. */
  readonly format: JsonObject | undefined;
  /** What the model is told of the answer's form. */
  readonly instruction: string | undefined;
}

/** Tools of Anthropic's own have a date in their type: platform.claude.com/docs/en/agents-and-tools/tool-use/tool-reference. */
const nativeToolType = /^[a-z_]+_\d{8}$/;

/** How often the model may search, by how much of what is found it shall see. Documented in docs/providers.md. */
const searchesOfSize: ReadonlyMap<string, number> = new Map([
  ['low', 1],
  ['medium', 5],
  ['high', 10],
]);

/**
 * Plans tools, tool choice and the answer's form.
 *
 * @throws SignalboxError REQUEST_UNSUPPORTED for tools that nobody here can run, and for a choice that the model does not take.
 */
export function planTools(request: ChatCompletionRequest, traits: ModelTraits, warnings: Warnings): ToolsPlan {
  const tools = request.tools.map((tool, index) => encodeTool(tool, `tools[${index}]`, traits));
  const search = encodeSearch(request);
  if (search !== undefined) tools.push(search);
  const form = planForm(request, traits, tools, warnings);
  const choice = form.answerTool === undefined ? encodeToolChoice(request, traits) : chooseAnswerTool(request, form);
  const all = [...tools, ...form.tools, ...encodeForgottenTools(request, tools)];
  const toolChoice = all.length === 0 ? undefined : addParallel(request, choice, tools.length, all.length);
  return {
    ...form,
    tools: all,
    toolChoice,
    forcesTool: toolChoice?.['type'] === 'any' || toolChoice?.['type'] === 'tool',
  };
}

function encodeTool(tool: Tool, path: string, traits: ModelTraits): JsonObject {
  if (tool.function === undefined) {
    if (tool.other !== undefined && nativeToolType.test(tool.type)) return { ...tool.other };
    throw createRefusal(path, `Anthropic’s API has no tools of the type ${tool.type.slice(0, 100)}. Leave it out.`);
  }
  const { name, description, parameters, strict } = tool.function;
  // build-with-claude/structured-outputs: `strict` is taken by the models that take schemas, and where the schema fits.
  const strictSchema = strict === true && traits.takesSchemas && parameters ? fitSchema(parameters) : undefined;
  return {
    name,
    ...(description !== undefined && { description }),
    // The type is required: platform.claude.com/docs/en/api/messages.
    input_schema: strictSchema ?? { ...parameters, type: 'object' },
    ...(strictSchema !== undefined && { strict: true }),
  };
}

/** platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool. */
function encodeSearch(request: ChatCompletionRequest): JsonObject | undefined {
  const search = request.webSearchOptions ?? request.extraBody?.webSearchOptions;
  if (search === undefined) return undefined;
  const maxUses = searchesOfSize.get(search.searchContextSize ?? 'medium');
  return { type: 'web_search_20250305', name: 'web_search', ...(maxUses !== undefined && { max_uses: maxUses }) };
}

/** How the answer's form is kept to. */
interface FormPlan extends Pick<ToolsPlan, 'answerTool' | 'format' | 'instruction'> {
  readonly tools: JsonObject[];
}

const freeForm: FormPlan = { tools: [], answerTool: undefined, format: undefined, instruction: undefined };

function planForm(
  { responseFormat }: ChatCompletionRequest,
  traits: ModelTraits,
  tools: readonly JsonObject[],
  warnings: Warnings,
): FormPlan {
  if (responseFormat === undefined || responseFormat.type === 'text') return freeForm;
  const { jsonSchema } = responseFormat;
  const schema = jsonSchema?.schema;
  // Anthropic has no mode for JSON without a schema.
  if (jsonSchema === undefined || schema === undefined) return { ...freeForm, instruction: tellJson(undefined) };
  const fitted = traits.takesSchemas ? fitSchema(schema) : undefined;
  if (fitted !== undefined) return { ...freeForm, format: { type: 'json_schema', schema: fitted } };
  // Arguments of a tool are an object.
  if (schema['type'] === 'object' && traits.takesForcedTools) {
    const answerTool = nameAnswerTool(tools.map(({ name }) => name));
    const tool = { name: answerTool, description: describeAnswerTool(jsonSchema), input_schema: { ...schema } };
    return { ...freeForm, tools: [tool], answerTool };
  }
  warnings.add('The model cannot be held to the schema of response_format; it was told of it.');
  return { ...freeForm, instruction: tellJson(schema) };
}

function encodeToolChoice({ toolChoice }: ChatCompletionRequest, traits: ModelTraits): JsonObject | undefined {
  const choice = toolChoice?.choice;
  if (choice === undefined || choice.case === undefined) return undefined;
  if (choice.case === 'other') {
    throw createRefusal('tool_choice', 'Anthropic’s API takes none, auto, required or one function as tool_choice.');
  }
  if (choice.case === 'mode' && choice.value !== 'required') return { type: choice.value === 'none' ? 'none' : 'auto' };
  if (!traits.takesForcedTools) {
    throw createRefusal('tool_choice', 'This model cannot be made to call a tool. Send tool_choice auto.');
  }
  return choice.case === 'mode' ? { type: 'any' } : { type: 'tool', name: choice.value.name };
}

/** The answer's tool is called, unless others may be before it. */
function chooseAnswerTool({ tools, toolChoice }: ChatCompletionRequest, form: FormPlan): JsonObject {
  const isAlone = tools.length === 0 || (toolChoice?.choice.case === 'mode' && toolChoice.choice.value === 'none');
  if (toolChoice?.choice.case === 'function') return { type: 'tool', name: toolChoice.choice.value.name };
  return isAlone ? { type: 'tool', name: form.answerTool ?? '' } : { type: 'any' };
}

/**
 * Tools that earlier messages called and that the request no longer has: Anthropic wants every tool that was used described. The model
 * cannot call them.
 */
function encodeForgottenTools({ messages }: ChatCompletionRequest, tools: readonly JsonObject[]): JsonObject[] {
  if (tools.length > 0) return [];
  const calls = messages.flatMap(({ toolCalls }) => toolCalls);
  const names = new Set(calls.map((call) => call.custom?.name ?? call.function?.name ?? ''));
  return [...names].map((name) => ({ name, input_schema: { type: 'object' } }));
}

function addParallel(
  { parallelToolCalls }: ChatCompletionRequest,
  choice: JsonObject | undefined,
  asked: number,
  all: number,
): JsonObject | undefined {
  // Nothing but tools that were forgotten.
  if (choice === undefined && asked === 0 && all > 0) return { type: 'none' };
  if (parallelToolCalls !== false || choice?.['type'] === 'none') return choice;
  return { ...(choice ?? { type: 'auto' }), disable_parallel_tool_use: true };
}
