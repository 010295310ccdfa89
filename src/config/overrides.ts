import { scopes } from '../core/principal.ts';
import { Secret } from '../core/secret.ts';
import type { CommandLine } from './command-line.ts';
import { ConfigError } from './config-error.ts';
import { apiKeyVariable, type Environment, readVariable } from './environment.ts';
import type { FileConfig } from './file-schema.ts';
import { defaultWorkspace, keyIdSchema, keySecretRule } from './key-schema.ts';
import { findSecretProblem } from './secret-field.ts';
import { hostAdvice, hostSchema, portSchema } from './server-schema.ts';

/** What flags and variables say in place of the file. */
export interface Overrides {
  /** `undefined`: the file counts. */
  readonly host: string | undefined;
  /** `undefined`: the file counts. */
  readonly port: number | undefined;
}

/**
 * Reads the address to listen on: a flag goes before its variable, and a variable that a flag replaces is not looked at.
 *
 * @throws ConfigError with every problem.
 */
export function readOverrides(commandLine: CommandLine, env: Environment): Overrides {
  const problems: string[] = [];
  const host = pickSource('--host', commandLine.host, 'HOST', env);
  if (host !== undefined && !hostSchema.safeParse(host.text).success) {
    problems.push(`${host.source}: ${hostAdvice}`);
  }
  const portText = pickSource('--port', commandLine.port, 'PORT', env);
  const port = portText === undefined ? undefined : parsePort(portText.text);
  if (portText !== undefined && port === undefined) {
    problems.push(`${portText.source}: Write a whole number from 0 to 65535. 0 takes any free port.`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { host: host?.text, port };
}

function pickSource(
  flag: string,
  flagText: string | undefined,
  variable: string,
  env: Environment,
): { source: string; text: string } | undefined {
  if (flagText !== undefined) return { source: flag, text: flagText };
  const text = readVariable(env, variable);
  return text === undefined ? undefined : { source: variable, text };
}

/** `undefined`: it is no port. */
function parsePort(text: string): number | undefined {
  // Number() alone takes "", "0x50" and "1e3".
  return /^\d{1,5}$/.test(text) ? portSchema.safeParse(Number(text)).data : undefined;
}

/**
 * Reads the key in SIGNALBOX_API_KEY: `id:secret`, with every scope.
 *
 * @returns `undefined` when there is none.
 * @throws ConfigError when it is no key.
 */
export function readApiKey(env: Environment): FileConfig['keys'][number] | undefined {
  const text = readVariable(env, apiKeyVariable);
  if (text === undefined) return undefined;
  const colon = text.indexOf(':');
  const id = keyIdSchema.safeParse(text.slice(0, Math.max(colon, 0)));
  if (!id.success) {
    throw new ConfigError([
      `${apiKeyVariable}: Write it as ID:SECRET, not encoded, with an ID of letters, digits, ".", "_" and "-".`,
    ]);
  }
  const secret = text.slice(colon + 1);
  const problem = findSecretProblem(secret, keySecretRule);
  if (problem !== undefined) throw new ConfigError([`${apiKeyVariable}: The part after the colon ${problem}`]);
  return { id: id.data, secret: new Secret(secret, apiKeyVariable), workspace: defaultWorkspace, scopes: [...scopes] };
}
