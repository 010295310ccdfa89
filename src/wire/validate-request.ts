import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator } from '@bufbuild/protovalidate';
import { createError, type FieldViolation, type SignalboxError } from '../core/errors.ts';

const validator = createValidator();

/**
 * Holds a message to the rules of its proto, for every protocol alike.
 *
 * @returns the error with every violation, or `undefined` when there is none.
 */
export function validateRequest<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
): SignalboxError | undefined {
  const result = validator.validate(schema, message);
  if (result.kind === 'valid') return undefined;
  if (result.kind === 'error') return createError('INTERNAL', {}, { cause: result.error });
  const violations = result.violations.map(({ field, message: description }): FieldViolation => {
    // In JSON the parts of a message are its content.
    return { field: pathToString(field).replaceAll('content_parts', 'content'), description };
  });
  const [first] = violations;
  if (first === undefined) return undefined;
  if (first.field === '') return createError('INVALID_REQUEST', { problem: first.description }, { violations });
  return createError(
    'INVALID_FIELD',
    { field: first.field, problem: first.description },
    { param: first.field, violations },
  );
}
