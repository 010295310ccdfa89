/** The environment of the process, or a test's. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that the server reads by itself. Others are read where the file says `env:NAME`. */
export interface EnvironmentVariable {
  readonly name: string;
  /** Sentences. */
  readonly description: string;
}

/** The variable of a key for callers. */
export const apiKeyVariable = 'SIGNALBOX_API_KEY';

/** Every variable that the server reads by itself, but for those of provider keys, which the providers name. */
export const environmentVariables = [
  {
    name: 'SIGNALBOX_CONFIG',
    description: 'The configuration file, when --config names none. Relative to the working directory.',
  },
  {
    name: apiKeyVariable,
    description:
      'A key for callers, as ID:SECRET, beside those in the file: with every scope, in the workspace default. Its ID must not be in the file as well.',
  },
  { name: 'HOST', description: 'The address to listen on, in place of server.host. The flag --host goes before it.' },
  { name: 'PORT', description: 'The port to listen on, in place of server.port. The flag --port goes before it.' },
] as const satisfies readonly EnvironmentVariable[];

/** A variable's value. An empty one counts as not set, since that is how many tools pass on an unset one. */
export function readVariable(env: Environment, name: string): string | undefined {
  // process.env has the properties of every object as well, such as `constructor`.
  return Object.hasOwn(env, name) ? env[name] || undefined : undefined;
}
