import { RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { writtenNameOf } from '../dialects/router-json/field-names.ts';

const writtenNames: ReadonlyMap<string, string> = new Map(
  RouterSchema.fields.map((field) => [field.name, writtenNameOf(field)]),
);

/**
 * The path of a router's field as files have it: camelCase on the router itself, snake_case inside it. RPC answers have the names of the
 * protos, below `router` where it stands in a request.
 */
export function showRouterPath(path: string): string {
  return path.replace(/^router\./, '').replace(/^\w+/, (name) => writtenNames.get(name) ?? name);
}
