import type { Scope } from '../core/principal.ts';

/** A key that was made by the server, as it is stored: never with its secret. */
export interface KeyRecord extends NewKey {
  /** When it was stored, Unix time in milliseconds. */
  readonly createTimeMs: number;
}

/** What a key store is given. */
export interface NewKey {
  /** The public part of the credential. Without a colon. */
  readonly id: string;
  readonly workspace: string;
  readonly scopes: ReadonlySet<Scope>;
  /** HMAC-SHA-256 of the secret, 32 bytes. */
  readonly secretHash: Uint8Array;
  /** Which hash key the hash was made with. */
  readonly hashKeyId: string;
}

/**
 * The keys that the server made itself. Keys of the config file and the environment are not here.
 *
 * Every method rejects with StorageError when the store fails. A method that resolved has its change on disk.
 */
export interface KeyStore {
  /** Stores a key, in place of the one with that id if there is one. */
  put(key: NewKey): Promise<KeyRecord>;
  /**
   * Stores a key if no key at all is stored; of several processes that try at once, one does.
   *
   * @returns the record, or undefined when there was a key.
   */
  putIfEmpty(key: NewKey): Promise<KeyRecord | undefined>;
  /** @returns undefined when there is no such key. */
  get(id: string): Promise<KeyRecord | undefined>;
  /** All keys, the oldest first; those of the same millisecond by id. Operators make keys one by one: the list is short. */
  list(): Promise<readonly KeyRecord[]>;
  /** @returns whether there was such a key. */
  delete(id: string): Promise<boolean>;
}
