import { create } from '@bufbuild/protobuf';
import {
  type ChatCompletionRequest,
  type ExtraBody,
  ExtraBodySchema,
  ProviderPreferencesSchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
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
  models: {
    kind: 'list',
    value: 'A,B',
    description: 'The pool that auto chooses from, or the fallbacks of another model, in order: models, or providers.',
  },
  sort: {
    kind: 'list',
    value: 'A,B',
    description:
      'What models are ranked by, later ones breaking ties: price, latency, throughput, intelligence, coding, math.',
  },
  ignore: { kind: 'list', value: 'A,B', description: 'Providers and models that are not to be used.' },
  order: { kind: 'list', value: 'A,B', description: 'The providers of a model that is named without one, in order.' },
  'no-fallbacks': {
    kind: 'switch',
    description: 'Only the first provider of a model that is named without one.',
  },
} as const satisfies FlagSpecs;

const choiceLists = ['models', 'sort', 'ignore'] as const;

/** Puts what the flags say into a request, over what it has already. */
export function setRequestFlags(request: ChatCompletionRequest, args: ArgumentsOf<typeof requestFlags>): void {
  const user = args.text('user');
  if (user !== undefined) request.user = user;
  const lists = (['metadata', 'var', 'order', ...choiceLists] as const).map((name) => args.list(name));
  if (!args.isSet('no-fallbacks') && lists.every(({ length }) => length === 0)) return;
  const extraBody = request.extraBody ?? create(ExtraBodySchema);
  request.extraBody = extraBody;
  const metadata = parsePairs('--metadata', args.list('metadata'));
  if (metadata.size > 0) {
    // As the server has it: the metadata at the root counts where extra_body has none.
    const values: JsonObject = { ...(extraBody.metadata ?? request.metadata) };
    for (const [key, text] of metadata) setOwn(values, key, parseValue(text));
    extraBody.metadata = values;
  }
  const variables = parsePairs('--var', args.list('var'));
  for (const [name, text] of variables) setOwn(extraBody.promptVariables, name, text);
  setChoice(extraBody, args);
}

/** A list takes the place of the request's own: of two rankings, nobody could say which goes first. */
function setChoice(extraBody: ExtraBody, args: ArgumentsOf<typeof requestFlags>): void {
  for (const name of choiceLists) {
    const names = parseNames(name, args.list(name));
    if (names.length > 0) extraBody[name] = names;
  }
  const order = parseNames('order', args.list('order'));
  const isFirstOnly = args.isSet('no-fallbacks');
  if (order.length === 0 && !isFirstOnly) return;
  const provider = extraBody.provider ?? create(ProviderPreferencesSchema);
  if (order.length > 0) provider.order = order;
  if (isFirstOnly) provider.allowFallbacks = false;
  extraBody.provider = provider;
}

/** The names of a flag that takes several, with commas between them or the flag repeated. */
function parseNames(flag: string, values: readonly string[]): string[] {
  const names = values.flatMap((value) => value.split(',')).map((name) => name.trim());
  if (names.includes('')) throw createUsageError(`Write --${flag} with names and a comma between them: --${flag} A,B.`);
  return names;
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
