import { create } from '@bufbuild/protobuf';
import {
  type ExtraBody,
  ExtraBodySchema,
  type Fallback,
  FallbackSchema,
  type ProviderPreferences,
  ProviderPreferencesSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { type Reasoning, ReasoningSchema } from '../../../gen/signalbox/chat/v1/reasoning_pb.ts';
import {
  type WebSearch,
  type WebSearchOptions,
  WebSearchOptionsSchema,
  WebSearchSchema,
} from '../../../gen/signalbox/chat/v1/web_search_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import {
  createFieldError,
  joinPath,
  readBoolean,
  readInt32,
  readObject,
  readString,
  readStrings,
} from '../../core/json-fields.ts';

/**
 * The children of `extra_body` that are also read at the root of the body, where SDKs that merge it put them. `metadata`,
 * `web_search` and `web_search_options` are fields of the root in their own right.
 */
export const hoistedFields = [
  'models',
  'ignore',
  'sort',
  'provider',
  'fallback',
  'recovery',
  'prompt_variables',
  'reasoning',
] as const;

/** Decodes `extra_body` with its children at the root; the nested one wins. `undefined` when there is none of either. */
export function decodeExtraBody(json: JsonObject): ExtraBody | undefined {
  const nested = readObject(json, 'extra_body', '');
  if (nested === undefined && !hoistedFields.some((field) => isPresent(json[field]))) return undefined;

  /** The object that holds `field`, the field, and the object's path: what the readers take. */
  const at = (field: (typeof hoistedFields)[number]): [object: JsonObject, key: string, path: string] =>
    nested !== undefined && (isPresent(nested[field]) || !isPresent(json[field]))
      ? [nested, field, 'extra_body']
      : [json, field, ''];

  const extra = create(ExtraBodySchema, {
    models: readStrings(...at('models')),
    ignore: readStrings(...at('ignore')),
    sort: readStrings(...at('sort')),
    recovery: readString(...at('recovery')),
    promptVariables: decodePromptVariables(...at('prompt_variables')),
    reasoning: decodeReasoning(...at('reasoning')),
    provider: decodeProvider(...at('provider')),
    fallback: decodeFallback(...at('fallback')),
  });
  if (nested === undefined) return extra;
  const metadata = readObject(nested, 'metadata', 'extra_body');
  const webSearch = decodeWebSearch(nested, 'extra_body');
  const webSearchOptions = decodeWebSearchOptions(nested, 'extra_body');
  if (metadata !== undefined) extra.metadata = metadata;
  if (webSearch !== undefined) extra.webSearch = webSearch;
  if (webSearchOptions !== undefined) extra.webSearchOptions = webSearchOptions;
  return extra;
}

/** Decodes `web_search` of the object at `path`. */
export function decodeWebSearch(json: JsonObject, path: string): WebSearch | undefined {
  const search = readObject(json, 'web_search', path);
  const searchPath = joinPath(path, 'web_search');
  return (
    search &&
    create(WebSearchSchema, {
      engine: readString(search, 'engine', searchPath),
      maxResults: readInt32(search, 'max_results', searchPath),
      maxSteps: readInt32(search, 'max_steps', searchPath),
    })
  );
}

/** Decodes `web_search_options` of the object at `path`. */
export function decodeWebSearchOptions(json: JsonObject, path: string): WebSearchOptions | undefined {
  const options = readObject(json, 'web_search_options', path);
  const searchContextSize = options && readString(options, 'search_context_size', joinPath(path, 'web_search_options'));
  return options && create(WebSearchOptionsSchema, { searchContextSize });
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function decodePromptVariables(json: JsonObject, key: string, path: string): Record<string, string> {
  const variables = readObject(json, key, path) ?? {};
  const variablesPath = joinPath(path, key);
  return Object.fromEntries(
    Object.keys(variables).map((name) => {
      const value = readString(variables, name, variablesPath);
      if (value === undefined) throw createFieldError(joinPath(variablesPath, name), 'it must be a string');
      return [name, value];
    }),
  );
}

function decodeReasoning(json: JsonObject, key: string, path: string): Reasoning | undefined {
  const reasoning = readObject(json, key, path);
  const reasoningPath = joinPath(path, key);
  return (
    reasoning &&
    create(ReasoningSchema, {
      effort: readString(reasoning, 'effort', reasoningPath),
      maxTokens: readInt32(reasoning, 'max_tokens', reasoningPath),
      exclude: readBoolean(reasoning, 'exclude', reasoningPath),
    })
  );
}

function decodeProvider(json: JsonObject, key: string, path: string): ProviderPreferences | undefined {
  const provider = readObject(json, key, path);
  const providerPath = joinPath(path, key);
  return (
    provider &&
    create(ProviderPreferencesSchema, {
      order: readStrings(provider, 'order', providerPath),
      allowFallbacks: readBoolean(provider, 'allow_fallbacks', providerPath),
    })
  );
}

function decodeFallback(json: JsonObject, key: string, path: string): Fallback | undefined {
  const fallback = readObject(json, key, path);
  const ttftTimeout = fallback && readString(fallback, 'ttft_timeout', joinPath(path, key));
  return fallback && create(FallbackSchema, { ttftTimeout });
}
