import { z } from 'zod';
import { isJsonObject } from '../core/json.ts';
import { Secret } from '../core/secret.ts';
import { didYouMean, suggest } from '../core/suggest.ts';
import type { ConfigSources, KnownKind } from './config-sources.ts';
import { type Environment, readVariable } from './environment.ts';
import { keyDescriptions } from './reference.ts';
import { findSecretProblem, headerSecret, type SecretValue, secretField } from './secret-field.ts';
import { showName } from './show-name.ts';

const maxProviders = 200;
const maxHeaders = 50;
const maxOptionLength = 256;

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
  /** What only its kind has, in the kind's order. */
  readonly options: readonly ProviderOption[];
  /** Variables that the file names here but that are not set. As long as there is one, the provider is not live. */
  readonly unset_variables: readonly string[];
}

/** A setting that only one kind has. A list of them, since names of keys change their form. */
export interface ProviderOption {
  readonly name: string;
  readonly value: string | Secret;
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
      const configured = Object.entries(map).map(([name, { kind, enabled, api_key, base_url, headers, options }]) => {
        const usual = findKind(knownKinds, kind);
        const references = api_key === undefined ? headers : [api_key, ...headers];
        const filled = fillInOptions(usual, env, options, name, context);
        return {
          name,
          kind: usual?.kind ?? kind,
          enabled,
          // Secrets that the file says are the provider's own: no key of another one goes before them.
          api_key: api_key ?? (namesSecrets(usual, options) ? noSecret : readUsualKey(usual, env)),
          base_url: base_url ?? readUsualBaseUrl(usual, env, name, context),
          headers,
          options: filled.options,
          unset_variables: [
            ...references.flatMap(({ secret, variable }) => (secret || !variable ? [] : [variable])),
            ...filled.unsetVariables,
          ],
        };
      });
      const builtIn = knownKinds
        .filter((known) => known.builtIn && map[known.kind] === undefined)
        .map((known) => ({
          name: known.kind,
          kind: known.kind,
          enabled: true,
          api_key: readUsualKey(known, env),
          base_url: readUsualBaseUrl(known, env, known.kind, context),
          headers: [],
          options: fillInOptions(known, env, {}, known.kind, context).options,
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
          if (findKind(knownKinds, kind) !== undefined) return;
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
        defaultText: "the kind's own variable, such as AZURE_OPENAI_ENDPOINT, or the kind's own URL, if it has one",
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
      options: z
        .record(
          z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'An option has a name of lower-case letters, digits and "_".'),
          z.string().min(1).max(maxOptionLength).register(keyDescriptions, {
            description:
              'A setting that only this kind of provider has. azure has api_version: a date calls the API of deployments, none the v1 API. bedrock has region, and access_key_id, secret_access_key and session_token, google-vertex has project, location, credentials_file and access_token. The last three of bedrock and access_token are masked like a key and taken as env:NAME too.',
            defaultText: "the kind's own variable, such as AZURE_OPENAI_API_VERSION, if it is set",
          }),
        )
        .default({}),
    })
    .register(keyDescriptions, {
      description: `Who runs models, by the name that stands before the slash in provider/model: up to ${maxProviders} of them. Built-in kinds of providers need no entry.`,
    });
}

/** The base URL in the variable that a kind has for it. */
function readUsualBaseUrl(
  known: KnownKind | undefined,
  env: Environment,
  name: string,
  context: z.RefinementCtx,
): string | undefined {
  const variable = known?.baseUrlVariable;
  const text = variable === undefined ? undefined : readVariable(env, variable);
  if (text === undefined) return undefined;
  const parsed = baseUrl.safeParse(text);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const message = `The environment variable ${variable} is no base URL. ${issue?.message ?? ''}`.trimEnd();
  context.addIssue({ code: 'custom', path: [name, 'base_url'], message });
  return undefined;
}

/** Adds to the options of the file those that stand in variables, and finds options that the kind does not have. */
function fillInOptions(
  known: KnownKind | undefined,
  env: Environment,
  options: Readonly<Record<string, string>>,
  name: string,
  context: z.RefinementCtx,
): { readonly options: ProviderOption[]; readonly unsetVariables: readonly string[] } {
  const all = known?.options ?? [];
  for (const unknown of Object.keys(options).filter((key) => !all.some((option) => option.name === key))) {
    const names = all.map((option) => option.name);
    const remedy = names.length === 0 ? 'This kind of provider has none.' : `It has ${names.join(', ')}.`;
    context.addIssue({
      code: 'custom',
      path: [name, 'options', unknown],
      message: `There is no such option. ${remedy}`,
    });
  }
  const readsSecrets = !namesSecrets(known, options);
  const unsetVariables: string[] = [];
  const filled = all.flatMap((option): ProviderOption[] => {
    const variables = [option.variable, ...(option.otherVariables ?? [])];
    const variable = variables.find((one) => readVariable(env, one) !== undefined);
    const text = options[option.name];
    if (option.isSecret !== true) {
      const value = text ?? (variable === undefined ? undefined : readVariable(env, variable));
      return value === undefined ? [] : [{ name: option.name, value }];
    }
    const reference = text ?? (readsSecrets && variable !== undefined ? `env:${variable}` : undefined);
    if (reference === undefined) return [];
    const resolved = secretField(env, headerSecret, { description: '' }).safeParse(reference);
    if (!resolved.success) {
      const [issue] = resolved.error.issues;
      context.addIssue({
        code: 'custom',
        path: [name, 'options', option.name],
        message: issue?.message ?? 'It is no secret.',
      });
      return [];
    }
    const { secret, variable: unset } = resolved.data;
    if (secret !== undefined) return [{ name: option.name, value: secret }];
    if (unset !== undefined) unsetVariables.push(unset);
    return [];
  });
  return { options: filled, unsetVariables };
}

const noSecret: SecretValue = { secret: undefined, variable: undefined };

/** Whether the file says one of the secrets that a kind has among its options. */
function namesSecrets(known: KnownKind | undefined, options: Readonly<Record<string, string>>): boolean {
  return known?.options?.some(({ name, isSecret }) => isSecret === true && options[name] !== undefined) === true;
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

/** The kind that has a name, its own or an alias. */
function findKind(knownKinds: readonly KnownKind[], name: string): KnownKind | undefined {
  return knownKinds.find(({ kind }) => kind === name) ?? knownKinds.find(({ aliases }) => aliases?.includes(name));
}

/** The key in the first of the variables that a kind of provider usually has it in. */
function readUsualKey(known: KnownKind | undefined, env: Environment): SecretValue {
  const usual = known?.apiKeyVariable;
  if (usual === undefined) return { secret: undefined, variable: undefined };
  for (const variable of [usual, ...(known?.otherKeyVariables ?? [])]) {
    const value = readVariable(env, variable);
    if (value !== undefined) return { secret: new Secret(value, variable), variable };
  }
  return { secret: undefined, variable: usual };
}

/** What is wrong with a key. Those that the file names were checked there. */
function findKeyProblem({ secret, variable }: SecretValue): string | undefined {
  const problem = secret === undefined ? undefined : findSecretProblem(secret.reveal(), headerSecret);
  return problem === undefined ? undefined : `The environment variable ${variable} ${problem}`;
}
