import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { createError } from '../../core/errors.ts';
import type { Answer, AnswerContext } from './answer.ts';
import { sampleSchema } from './schema/sample-schema.ts';

/**
 * Answers with JSON: a value that the schema of `response_format` allows, or without a schema a small object.
 *
 * @throws SignalboxError PROVIDER_REFUSED when no value could be made.
 */
export function answerJson(request: ChatCompletionRequest, { schemaLimits }: AnswerContext): Answer {
  const schema = request.responseFormat?.jsonSchema?.schema;
  if (schema === undefined) {
    return { content: JSON.stringify({ message: 'This is JSON from the sandbox.' }) };
  }
  const sample = sampleSchema(schema, schemaLimits);
  if (!sample.found) {
    const problem = `The sandbox could not make an answer from the schema of response_format: ${sample.problem}.`;
    throw createError('PROVIDER_REFUSED', { problem }, { param: 'response_format' });
  }
  return { content: JSON.stringify(sample.value) };
}
