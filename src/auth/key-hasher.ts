import { createHmac, type KeyObject } from 'node:crypto';

/** Hashes the secrets of API keys. */
export interface KeyHasher {
  /** Names the hash key without telling it: hashes of two hash keys cannot be compared. */
  readonly hashKeyId: string;
  /** HMAC-SHA-256 (RFC 2104) of the secret's UTF-8, 32 bytes. */
  hash(secret: string): Uint8Array;
}

const hashKeyIdBytes = 8;

/**
 * A hasher under one key for the whole server. A keyed hash, so that a stolen database alone does not even let guesses be
 * tried; a fast one, since secrets are random and a call must not wait.
 *
 * @param hashKey - a secret key of 32 bytes. As a KeyObject it does not show up in logs.
 */
export function createKeyHasher(hashKey: KeyObject): KeyHasher {
  const hash = (text: string) => createHmac('sha256', hashKey).update(text, 'utf8').digest();
  return {
    hashKeyId: hash('signalbox hash key id').subarray(0, hashKeyIdBytes).toString('hex'),
    hash,
  };
}
