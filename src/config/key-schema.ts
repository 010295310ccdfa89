import { z } from 'zod';
import { scopes } from '../core/principal.ts';
import type { Environment } from './environment.ts';
import { keyDescriptions } from './reference.ts';
import { plainSecret, requiredSecretField } from './secret-field.ts';

const maxKeys = 1000;

/** The workspace of keys that name none. */
export const defaultWorkspace = 'default';

/** Letters and digits, and what joins them. */
function nameSchema(noun: string, maxLength: number) {
  return z
    .string()
    .regex(
      new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${maxLength - 1}}$`),
      `${noun} has 1 to ${maxLength} letters, digits, ".", "_" and "-", and begins with a letter or digit.`,
    );
}

/** The name of a workspace. */
export const workspaceSchema = nameSchema('A workspace', 63);

/** The part of a key before the colon, which it cannot hold itself (RFC 7617, section 2). */
export const keyIdSchema = nameSchema('An id', 128).register(keyDescriptions, {
  description: 'The name of the key: what stands before the colon of id:secret.',
  bounds: '1 to 128 letters, digits, ".", "_" and "-"',
});

/**
 * The secret part of a key, by the same measure wherever it comes from. With the longest id it is well below the length of the
 * `authorization` headers that auth/ looks at.
 */
export const keySecretRule = plainSecret(1, 512);

/** The section `keys`. */
export function createKeysSchema(env: Environment) {
  const key = z
    .strictObject({
      id: keyIdSchema,
      secret: requiredSecretField(env, keySecretRule, {
        description: 'What stands after the colon. Make it long and random: openssl rand -hex 32.',
      }),
      workspace: workspaceSchema.default(defaultWorkspace).register(keyDescriptions, {
        description: 'Whose routers the key sees. A workspace needs no other setup.',
        bounds: '1 to 63 letters, digits, ".", "_" and "-"',
      }),
      scopes: z
        .array(z.enum(scopes))
        .min(1)
        .max(scopes.length)
        .default(['inference', 'router.read'])
        .register(keyDescriptions, {
          description:
            'What the key may do: inference calls models, router.read and router.write read and change saved routers.',
        }),
    })
    .register(keyDescriptions, {
      description: `The keys of callers: a list of up to ${maxKeys}. A caller sends base64(id:secret). SIGNALBOX_API_KEY adds one.`,
    });
  return z
    .array(key)
    .max(maxKeys)
    .superRefine((keys, context) => {
      const seen = new Set<string>();
      for (const [index, { id }] of keys.entries()) {
        if (seen.has(id)) {
          context.addIssue({
            code: 'custom',
            path: [index, 'id'],
            message: 'Another key has this id. Give it its own.',
          });
        }
        seen.add(id);
      }
    })
    .default([]);
}
