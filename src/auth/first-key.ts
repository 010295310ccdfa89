import { randomBytes } from 'node:crypto';
import { scopes } from '../core/principal.ts';
import type { KeyStore } from '../storage/key-store.ts';
import type { ResolvedKey } from './authenticator.ts';
import { formatCredential } from './credential.ts';
import type { KeyHasher } from './key-hasher.ts';

/** What a first key is made with. */
export interface FirstKeyOptions {
  /** Keys of the configuration and the environment. */
  readonly configuredKeys: readonly ResolvedKey[];
  readonly keys: KeyStore;
  readonly hasher: KeyHasher;
  /**
   * The key's workspace.
   *
   * @default 'default'
   */
  readonly workspace?: string | undefined;
  /** Makes random bytes. Default: those of node:crypto. */
  readonly createRandomBytes?: ((count: number) => Buffer) | undefined;
}

const idBytes = 8;
const secretBytes = 32;

/**
 * Makes a key with all scopes if there is none at all, neither configured nor stored, so that a new server can be called at
 * once.
 *
 * The hash is on disk before the credential is returned, and the secret is nowhere else: who loses it configures a key.
 *
 * @returns the credential, to be shown this once; undefined when there is a key already.
 * @throws StorageError when the store fails.
 */
export async function createFirstKey(options: FirstKeyOptions): Promise<string | undefined> {
  if (options.configuredKeys.length > 0) {
    return undefined;
  }
  const createRandomBytes = options.createRandomBytes ?? randomBytes;
  const id = `key_${createRandomBytes(idBytes).toString('hex')}`;
  const secret = createRandomBytes(secretBytes).toString('base64url');
  const record = await options.keys.putIfEmpty({
    id,
    workspace: options.workspace ?? 'default',
    scopes: new Set(scopes),
    secretHash: options.hasher.hash(secret),
    hashKeyId: options.hasher.hashKeyId,
  });
  return record === undefined ? undefined : formatCredential(id, secret);
}
