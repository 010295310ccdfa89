import { create } from '@bufbuild/protobuf';
import { type ChatCompletionRequest, ExtraBodySchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { showName } from '../config/show-name.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { ArgumentsOf, FlagSpecs } from './arguments.ts';
import { createUsageError } from './cli-error.ts';

/** The flags that say what a request is routed by. */
export const requestFlags = {
  user: { kind: 'text', value: 'USER', description: 'The end user, who always gets the same variant of a route.' },
  metadata: {
    kind: 'list',
    value: 'KEY=VALUE',
    description: 'A value that conditions see: JSON such as 0.8, true or ["a"], or else text.',
  },
  var: { kind: 'list', value: 'NAME=TEXT', description: "What {{NAME}} stands for in a router's templates." },
} as const satisfies FlagSpecs;

/** Puts what the flags say into a request, over what it has already. */
export function setRequestFlags(request: ChatCompletionRequest, args: ArgumentsOf<typeof requestFlags>): void {
  const user = args.text('user');
  if (user !== undefined) request.user = user;
  const metadata = parsePairs('--metadata', args.list('metadata'));
  const variables = parsePairs('--var', args.list('var'));
  if (metadata.size === 0 && variables.size === 0) return;
  const extraBody = request.extraBody ?? create(ExtraBodySchema);
  request.extraBody = extraBody;
  if (metadata.size > 0) {
    // As the server has it: the metadata at the root counts where extra_body has none.
    const values: JsonObject = { ...(extraBody.metadata ?? request.metadata) };
    for (const [key, text] of metadata) setOwn(values, key, parseValue(text));
    extraBody.metadata = values;
  }
  for (const [name, text] of variables) setOwn(extraBody.promptVariables, name, text);
}

function parsePairs(flag: string, pairs: readonly string[]): Map<string, string> {
  const parsed = new Map<string, string>();
  for (const pair of pairs) {
    const end = pair.indexOf('=');
    if (end < 1) throw createUsageError(`Write ${flag} with a name and a value: ${flag} NAME=VALUE.`);
    const name = pair.slice(0, end);
    if (parsed.has(name)) throw createUsageError(`The name ${showName(name)} is given twice with ${flag}.`);
    parsed.set(name, pair.slice(end + 1));
  }
  return parsed;
}

function parseValue(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}

/** Sets a property whatever its name; a plain assignment to `__proto__` would set none. */
function setOwn<Value>(object: Record<string, Value>, key: string, value: Value): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
