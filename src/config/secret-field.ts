import { z } from 'zod';
import { Secret } from '../core/secret.ts';
import { type Environment, readVariable } from './environment.ts';
import { type KeyDescription, keyDescriptions } from './reference.ts';

const referencePrefix = 'env:';

/** What a field that takes a secret holds, once references are followed. */
export interface SecretValue {
  /** `undefined`: the field names a variable that is not set. */
  readonly secret: Secret | undefined;
  /** The variable that the field names. `undefined`: the value is written out. */
  readonly variable: string | undefined;
}

/** What a secret must look like. */
export interface SecretRule {
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly pattern: RegExp;
  /** The end of a sentence that begins with the key or the variable, for a value that does not match. */
  readonly problem: string;
}

/** A secret that is sent in a header (RFC 9110, section 5.5: visible characters, with spaces and tabs between them). */
export const headerSecret: SecretRule = {
  minBytes: 1,
  maxBytes: 8192,
  pattern: /^[!-~](?:[\t -~]*[!-~])?$/,
  problem:
    'holds something that an HTTP header cannot carry: a line break, a space at an end, or a letter outside ASCII. Copy it again.',
};

/** A secret of the server's own. */
export function plainSecret(minBytes: number, maxBytes: number): SecretRule {
  return {
    minBytes,
    maxBytes,
    pattern: /^[^\p{Cc}\p{Cs}]*$/u,
    problem: 'holds a line break or control character. Remove it.',
  };
}

/**
 * Says what is wrong with a secret, without showing it.
 *
 * @returns the end of a sentence that begins with the key or the variable, or `undefined` when the secret is fine.
 */
export function findSecretProblem(value: string, rule: SecretRule): string | undefined {
  const length = Buffer.byteLength(value);
  if (length < rule.minBytes) return `is shorter than ${rule.minBytes} bytes. Use a longer one.`;
  if (length > rule.maxBytes) return `is longer than ${rule.maxBytes} bytes. Use a shorter one.`;
  return rule.pattern.test(value) ? undefined : rule.problem;
}

/** A field that takes a secret: `env:NAME`, or the value itself. */
export function secretField(env: Environment, rule: SecretRule, description: KeyDescription) {
  return z
    .string()
    .min(1)
    .transform((text, context): SecretValue => {
      const resolved = resolveSecret(text, env, rule);
      if (typeof resolved !== 'string') return resolved;
      context.addIssue(resolved);
      return z.NEVER;
    })
    .register(keyDescriptions, describeSecretField(rule, description));
}

function describeSecretField({ minBytes, maxBytes }: SecretRule, description: KeyDescription): KeyDescription {
  return { typeText: 'secret', bounds: `${minBytes} to ${maxBytes} bytes`, ...description };
}

/** A secret that must be there: an unset variable is an error. */
export function requiredSecretField(env: Environment, rule: SecretRule, description: KeyDescription) {
  return secretField(env, rule, description)
    .transform(({ secret, variable }, context): Secret => {
      if (secret !== undefined) return secret;
      context.addIssue(`The environment variable ${variable} is not set. Set it, or leave out this line.`);
      return z.NEVER;
    })
    .register(keyDescriptions, describeSecretField(rule, description));
}

/** @returns a sentence when the text is no secret that can be used. */
function resolveSecret(text: string, env: Environment, rule: SecretRule): SecretValue | string {
  if (!text.startsWith(referencePrefix)) {
    const problem = findSecretProblem(text, rule);
    return problem === undefined ? { secret: new Secret(text), variable: undefined } : `The value ${problem}`;
  }
  const variable = text.slice(referencePrefix.length);
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(variable)) {
    return 'After env: comes the name of an environment variable: letters, digits and _.';
  }
  const value = readVariable(env, variable);
  if (value === undefined) return { secret: undefined, variable };
  const problem = findSecretProblem(value, rule);
  return problem === undefined
    ? { secret: new Secret(value, variable), variable }
    : `The environment variable ${variable} ${problem}`;
}
