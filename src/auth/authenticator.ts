import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createError } from '../core/errors.ts';
import type { Principal, Scope } from '../core/principal.ts';
import type { KeyRecord } from '../storage/key-store.ts';
import { formatCredential, parseCredential } from './credential.ts';
import type { KeyHasher } from './key-hasher.ts';

/** A key from the configuration or the environment, with its secret at hand. */
export interface ResolvedKey {
  readonly id: string;
  readonly secret: string;
  readonly workspace: string;
  readonly scopes: Iterable<Scope>;
}

/** The keys that an authenticator knows. */
export interface AuthenticatorOptions {
  /** Keys of the configuration and the environment. One of these takes the place of a stored key with the same id. */
  readonly configuredKeys: readonly ResolvedKey[];
  /** What the key store held at the start. */
  readonly storedKeys: readonly KeyRecord[];
  readonly hasher: KeyHasher;
}

/** Tells who calls. Works from memory: no call waits for the store, or fails with it. */
export interface Authenticator {
  /**
   * @param header - the `authorization` header, or what gRPC calls metadata of that name.
   * @throws SignalboxError CREDENTIALS_MISSING when there is none, CREDENTIALS_INVALID when it is not that of a known key.
   */
  authenticate(header: string | undefined): Principal;
  /**
   * Ids of stored keys that were hashed under another hash key: no secret will ever match them. Worth a warning at the start;
   * usually the hash key's file was lost or `auth.hash_key` was changed.
   */
  readonly unverifiableKeyIds: readonly string[];
}

interface KnownKey {
  readonly secretHash: Uint8Array;
  readonly principal: Principal;
}

/**
 * Builds the authenticator. It keeps hashes only.
 *
 * @throws RangeError when two configured keys have one id, or a configured key cannot be sent in a header. It names the id,
 * never the secret.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { hasher } = options;
  const configured = createConfiguredKeys(options.configuredKeys, hasher);
  const stored = options.storedKeys.filter((record) => !configured.has(record.id));
  const known = new Map<string, KnownKey>(
    stored
      .filter((record) => record.hashKeyId === hasher.hashKeyId)
      .map((record) => [record.id, { secretHash: record.secretHash, principal: createPrincipal(record) }]),
  );
  for (const [id, key] of configured) {
    known.set(id, key);
  }
  // Compared with in place of a hash when the id is unknown, so that the answer takes as long as for a wrong secret.
  const unknownHash = randomBytes(hasher.hash('').length);

  return {
    authenticate(header) {
      if (header === undefined || header === '') {
        throw createError('CREDENTIALS_MISSING', {});
      }
      const credential = parseCredential(header);
      if (credential === undefined) {
        throw createError('CREDENTIALS_INVALID', {});
      }
      const key = known.get(credential.id);
      const isMatch = timingSafeEqual(hasher.hash(credential.secret), key?.secretHash ?? unknownHash);
      if (key === undefined || !isMatch) {
        throw createError('CREDENTIALS_INVALID', {});
      }
      return key.principal;
    },
    unverifiableKeyIds: stored.filter((record) => record.hashKeyId !== hasher.hashKeyId).map((record) => record.id),
  };
}

/** What reading routers needs: calling through a router shows as much of it as reading does. */
export const routerReaderScopes: readonly [Scope, Scope] = ['router.read', 'inference'];

/**
 * @param scopes - of which the key must have one.
 * @throws SignalboxError SCOPE_MISSING, which names the first scope, when the caller's key has none of them.
 */
export function requireScope(principal: Principal, ...scopes: readonly [Scope, ...Scope[]]): void {
  const [scope] = scopes;
  if (!scopes.some((allowed) => principal.scopes.has(allowed))) {
    throw createError('SCOPE_MISSING', { scope });
  }
}

function createConfiguredKeys(keys: readonly ResolvedKey[], hasher: KeyHasher): Map<string, KnownKey> {
  const known = new Map<string, KnownKey>();
  for (const key of keys) {
    // Throws for a key that no header could carry; better at the start than as a 401 that nobody understands.
    formatCredential(key.id, key.secret);
    if (known.has(key.id)) {
      throw new RangeError(
        `The key id "${key.id}" is configured twice. Give each key in keys and SIGNALBOX_API_KEY its own id.`,
      );
    }
    known.set(key.id, { secretHash: hasher.hash(key.secret), principal: createPrincipal(key) });
  }
  return known;
}

function createPrincipal(key: Pick<ResolvedKey, 'id' | 'workspace' | 'scopes'>): Principal {
  return Object.freeze({ workspace: key.workspace, keyId: key.id, scopes: new Set(key.scopes) });
}
