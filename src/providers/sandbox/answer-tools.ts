import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { FunctionDefinition } from '../../../gen/signalbox/chat/v1/tool_pb.ts';
import { createError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Answer, AnswerCall, AnswerContext } from './answer.ts';
import { readMessageText } from './message-text.ts';
import { sampleSchema } from './schema/sample-schema.ts';
import type { SchemaLimits } from './schema/schema-limits.ts';

/** The most calls of one answer. */
const maxCalls = 4;
/** What a function without `parameters` takes: nothing. */
const noParameters: JsonObject = { maxProperties: 0 };

/**
 * Calls a tool with arguments that its schema allows, and says what came of it once the results are there.
 *
 * @throws SignalboxError PROVIDER_REFUSED when the named tool is not offered, or no arguments could be made.
 */
export function answerTools(request: ChatCompletionRequest, { schemaLimits }: AnswerContext): Answer {
  const results = listResults(request);
  if (results.length > 0) {
    return { content: `The tool answered: ${results.join('\n')}` };
  }
  const choice = request.toolChoice?.choice;
  if (choice?.case === 'mode' && choice.value === 'none') {
    return { content: 'No tool was called, because tool_choice is none.' };
  }
  const offered = request.tools.flatMap((tool) => tool.function ?? []);
  if (choice?.case === 'function') {
    const named = offered.find(({ name }) => name === choice.value.name);
    if (named === undefined) {
      const problem = 'tool_choice names a function that is not among the tools. Name one that is.';
      throw createError('PROVIDER_REFUSED', { problem }, { param: 'tool_choice' });
    }
    return { calls: [callTool(named, schemaLimits)] };
  }
  if (offered.length === 0) {
    return { content: 'No function was offered to call. Send at least one in tools.' };
  }
  const called = offered.slice(0, request.parallelToolCalls === true ? maxCalls : 1);
  return { calls: called.map((tool) => callTool(tool, schemaLimits)) };
}

/** What the tool messages at the end of the conversation say. */
function listResults({ messages }: ChatCompletionRequest): readonly string[] {
  const lastOther = messages.findLastIndex(({ role }) => role !== 'tool');
  return messages.slice(lastOther + 1).map(readMessageText);
}

function callTool({ name, parameters }: FunctionDefinition, limits: SchemaLimits): AnswerCall {
  // Arguments are an object, also where the schema does not say so.
  const sample = sampleSchema({ type: 'object', ...(parameters ?? noParameters) }, limits);
  if (!sample.found) {
    const problem = `The sandbox could not make arguments for the tool ${name} from its parameters: ${sample.problem}.`;
    throw createError('PROVIDER_REFUSED', { problem }, { param: 'tools' });
  }
  return { name, arguments: JSON.stringify(sample.value) };
}
