import { RouterSchema } from '../../../gen/signalbox/router/v1/router_pb.ts';
import { createViolationsError } from '../../core/create-violations-error.ts';
import { type FieldViolation, SignalboxError } from '../../core/errors.ts';

const protoNames: ReadonlyMap<string, string> = new Map(
  RouterSchema.fields.map(({ jsonName, name }) => [jsonName, name]),
);

/**
 * Writes a router. What is wrong with it is told in the proto's names: in JSON the fields of a router itself are in camelCase, those
 * inside it are not.
 */
export async function nameProtoFields<Result>(write: Promise<Result>): Promise<Result> {
  try {
    return await write;
  } catch (thrown) {
    if (!(thrown instanceof SignalboxError)) throw thrown;
    const [first, ...others] = (thrown.details.violations ?? []).map(toProtoPath);
    throw first === undefined ? thrown : createViolationsError(first, ...others);
  }
}

function toProtoPath({ field, description }: FieldViolation): FieldViolation {
  return { field: field.replace(/^\w+/, (name) => protoNames.get(name) ?? name), description };
}
