import { create, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator } from '@bufbuild/protovalidate';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { createError, type FieldViolation, type SignalboxError } from '../core/errors.ts';

const validator = createValidator();

/** The field that a rule on the whole message is about. */
const fieldsOfRules: ReadonlyMap<string, string> = new Map([
  ['chat_completion_request.one_search_mode', 'web_search_options'],
]);

/** The most violations that an error names: a person mends a few at a time, and gRPC's trailers are small. */
const maxViolations = 20;

/**
 * Holds a message to the rules of its proto, for every protocol alike.
 *
 * @returns the error with the first violations and how many more there are, or `undefined` when there is none.
 */
export function validateRequest<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
): SignalboxError | undefined {
  const result = validator.validate(schema, message);
  if (result.kind === 'valid') return undefined;
  if (result.kind === 'error') return createError('INTERNAL', {}, { cause: result.error });
  const violations = result.violations
    .slice(0, maxViolations)
    .map(({ field, message: description, ruleId }): FieldViolation => {
      // In JSON the parts of a message are its content.
      const path = pathToString(field).replaceAll('content_parts', 'content');
      return { field: path === '' ? (fieldsOfRules.get(ruleId) ?? '') : path, description };
    });
  const moreCount = result.violations.length - violations.length;
  if (moreCount > 0) violations.push({ field: '', description: `and ${moreCount} more` });
  const [first] = violations;
  if (first === undefined) return undefined;
  if (first.field === '') return createError('INVALID_REQUEST', { problem: first.description }, { violations });
  return createError(
    'INVALID_FIELD',
    { field: first.field, problem: first.description },
    { param: first.field, violations },
  );
}

/**
 * Compiles the rules of a chat request, which takes some 100 ms, so that it is not the first caller who waits for it. What is
 * compiled is what a message has, so this one has one of everything that has rules.
 */
export function warmValidation(): void {
  const request = create(ChatCompletionRequestSchema, {
    model: 'warm/up',
    messages: [
      {
        role: 'user',
        contentParts: [
          { part: { case: 'text', value: 'text' }, cacheControl: { type: 'ephemeral' } },
          { part: { case: 'imageUrl', value: { url: 'https://example.com/image.png' } } },
        ],
      },
    ],
    tools: [{ function: { name: 'tool' } }],
    toolChoice: { choice: { case: 'mode', value: 'auto' } },
    responseFormat: { type: 'json_schema', jsonSchema: { name: 'schema' } },
    extraBody: { models: ['warm/up'], reasoning: { effort: 'low' }, provider: { order: ['warm'] } },
  });
  validateRequest(ChatCompletionRequestSchema, request);
}
