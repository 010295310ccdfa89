import { z } from 'zod';
import { isJsonObject } from '../core/json.ts';
import { Secret } from '../core/secret.ts';
import type { ConfigSources, KnownKind } from './config-sources.ts';
import { type Environment, readVariable } from './environment.ts';
import { keyDescriptions } from './reference.ts';
import { findSecretProblem, headerSecret, type SecretValue, secretField } from './secret-field.ts';
import { showName } from './show-name.ts';
import { didYouMean, suggest } from './suggest.ts';

const maxProviders = 200;
const maxHeaders = 50;

/** What stands before the slash in `provider/model`. */
const providerName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,62}$/,
    'A provider has a name of at most 63 lower-case letters, digits, ".", "_" and "-".',
  )
  .refine((name) => name !== 'router', 'The name router stands for saved routers. Give the provider another name.');

/** Fields of a request that belong to HTTP itself (RFC 9110 and 9112), so that no provider may set them. */
const framingHeaders = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A field name (RFC 9110, section 5.1). */
const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, 'It is no name of a header.')
  .refine((name) => !framingHeaders.has(name.toLowerCase()), 'The server sets this header itself. Remove it.');

const baseUrl = z
  .string()
  .max(2048)
  .transform((text, context) => {
    const problem = findBaseUrlProblem(text);
    if (problem === undefined) return text.replace(/\/+$/, '');
    context.addIssue(problem);
    return z.NEVER;
  });

/** Shows nothing of the URL, which may hold a password. */
function findBaseUrlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return 'Write a whole URL that begins with http:// or https://, such as https://api.example.com/v1.';
  }
  if (url.username !== '' || url.password !== '')
    return 'The URL holds a name or password. Use api_key or headers for it.';
  if (/[?#]/.test(text)) return 'The URL holds ? or #. Write only what stands before /chat/completions.';
  if (/\/chat\/completions\/*$/.test(url.pathname)) return 'Leave out /chat/completions at the end of the URL.';
  // The text goes on as it is: what the parser would repair in silence could reach another place than it shows.
  return /[\s\\]/.test(text) ? 'The URL holds a space, a line break or a backslash. Remove it.' : undefined;
}

/** A provider as the rest of the server sees it. Whether it is live is for its kind to say. */
export interface ProviderEntry {
  /** What stands before the slash in `provider/model`. */
  readonly name: string;
  readonly kind: string;
  readonly enabled: boolean;
  /** Its `variable` may be the kind's usual one. */
  readonly api_key: SecretValue;
  /** What stands before the dialect's path, without a slash at its end. `undefined`: the kind's own. */
  readonly base_url: string | undefined;
  /** Sent with every request. */
  readonly headers: readonly ProviderHeader[];
  /** Variables that the file names here but that are not set. As long as there is one, the provider is not live. */
  readonly unset_variables: readonly string[];
}

/** A header that is sent with every request. */
export interface ProviderHeader extends SecretValue {
  /** In lower case. */
  readonly name: string;
}

/** The section `providers`: what the file names, then the built-in ones that it does not. */
export function createProvidersSchema({ env, knownKinds }: ConfigSources) {
  return z
    .preprocess(fillInKinds, z.record(providerName, createEntrySchema(env, knownKinds)))
    .transform((map, context): ProviderEntry[] => {
      if (Object.keys(map).length > maxProviders) {
        context.addIssue(`There are more than ${maxProviders} providers. Remove some.`);
      }
      const configured = Object.entries(map).map(([name, { kind, enabled, api_key, base_url, headers }]) => {
        const usual = knownKinds.find((known) => known.kind === kind)?.apiKeyVariable;
        const references = api_key === undefined ? headers : [api_key, ...headers];
        return {
          name,
          kind,
          enabled,
          api_key: api_key ?? readUsualKey(usual, env),
          base_url,
          headers,
          unset_variables: references.flatMap(({ secret, variable }) => (secret || !variable ? [] : [variable])),
        };
      });
      const builtIn = knownKinds
        .filter((known) => known.builtIn && map[known.kind] === undefined)
        .map(({ kind, apiKeyVariable }) => ({
          name: kind,
          kind,
          enabled: true,
          api_key: readUsualKey(apiKeyVariable, env),
          base_url: undefined,
          headers: [],
          unset_variables: [],
        }));
      const entries = [...configured, ...builtIn];
      for (const { name, enabled, api_key } of entries) {
        const problem = enabled ? findKeyProblem(api_key) : undefined;
        if (problem !== undefined) context.addIssue({ code: 'custom', path: [name], message: problem });
      }
      return entries;
    });
}

/** Gives an entry without `kind` its name as kind, since `openai: {}` can only mean one. */
function fillInKinds(section: unknown): unknown {
  if (!isJsonObject(section)) return section;
  return Object.fromEntries(
    Object.entries(section).map(([name, entry]) => [name, isJsonObject(entry) ? { kind: name, ...entry } : entry]),
  );
}

function createEntrySchema(env: Environment, knownKinds: readonly KnownKind[]) {
  return z
    .strictObject({
      kind: z
        .string()
        .superRefine((kind, context) => {
          if (knownKinds.some((known) => known.kind === kind)) return;
          context.addIssue({ code: 'custom', message: describeUnknownKind(kind, knownKinds) });
        })
        .register(keyDescriptions, {
          description:
            'How to speak with it: the name of a kind of provider. openai-compatible is any server with the API of OpenAI.',
          defaultText: "the provider's name",
        }),
      enabled: z
        .boolean()
        .default(true)
        .register(keyDescriptions, { description: 'false switches the provider off, a built-in one as well.' }),
      api_key: secretField(env, headerSecret, {
        description:
          'The key that the provider gave. While a variable that it names is not set, the provider is not live.',
        defaultText: "the kind's own variable, such as OPENAI_API_KEY, if it is set",
      }).optional(),
      base_url: baseUrl.optional().register(keyDescriptions, {
        typeText: 'URL',
        description: 'What stands before /chat/completions, or before the path of another wire format.',
        defaultText: "the kind's own, if it has one",
        bounds: 'http or https, without password, ? and #',
      }),
      headers: z
        .record(
          headerName,
          secretField(env, headerSecret, {
            description: `A header to send with every request, by its name; up to ${maxHeaders} of them. Its value is masked like a key.`,
          }),
        )
        .default({})
        .transform((map, context): ProviderHeader[] => {
          const entries = Object.entries(map).map(([name, value]) => ({ name: name.toLowerCase(), ...value }));
          if (entries.length > maxHeaders) context.addIssue(`There are more than ${maxHeaders} headers. Remove some.`);
          if (new Set(entries.map(({ name }) => name)).size < entries.length) {
            context.addIssue('A header stands twice, in upper and lower case. Remove one of them.');
          }
          return entries;
        }),
    })
    .register(keyDescriptions, {
      description: `Who runs models, by the name that stands before the slash in provider/model: up to ${maxProviders} of them. Built-in kinds of providers need no entry.`,
    });
}

function describeUnknownKind(kind: string, knownKinds: readonly KnownKind[]): string {
  const names = knownKinds.map((known) => known.kind);
  const near = suggest(kind, names);
  const remedy =
    near === undefined
      ? ` Write "kind: openai-compatible" for a server with the API of OpenAI. The kinds are ${names.join(', ')}.`
      : didYouMean(near);
  return `${showName(kind)} is no kind of provider.${remedy}`;
}

/** The key in the variable that a kind of provider usually has it in. */
function readUsualKey(variable: string | undefined, env: Environment): SecretValue {
  const value = variable === undefined ? undefined : readVariable(env, variable);
  return { secret: value === undefined ? undefined : new Secret(value, variable), variable };
}

/** What is wrong with a key. Those that the file names were checked there. */
function findKeyProblem({ secret, variable }: SecretValue): string | undefined {
  const problem = secret === undefined ? undefined : findSecretProblem(secret.reveal(), headerSecret);
  return problem === undefined ? undefined : `The environment variable ${variable} ${problem}`;
}
