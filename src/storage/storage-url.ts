import { resolve } from 'node:path';
import { StorageError } from './storage-error.ts';

/** Where the store is. */
export type StorageLocation =
  | {
      readonly kind: 'file';
      /** Absolute path of the database. */
      readonly path: string;
    }
  /** Gone when the process ends. */
  | { readonly kind: 'memory' };

const scheme = 'sqlite:';
const howTo = 'Write it as sqlite:PATH, such as sqlite:./data/signalbox.db';

/**
 * Parses `storage.url`.
 *
 * @param url - `sqlite:PATH`, with a path relative to the working directory or absolute, or `sqlite::memory:`.
 * @throws StorageError when it is anything else. The message shows the scheme at most: URLs of databases hold passwords.
 */
export function parseStorageUrl(url: string): StorageLocation {
  if (!url.startsWith(scheme)) {
    const otherScheme = /^[a-z][a-z0-9+.-]{0,31}(?=:)/i.exec(url)?.[0];
    const problem = otherScheme === undefined ? 'has no known scheme' : `has the unsupported scheme "${otherScheme}"`;
    throw new StorageError(`The storage.url ${problem}. ${howTo}.`);
  }
  const path = url.slice(scheme.length);
  if (path === ':memory:') {
    return { kind: 'memory' };
  }
  if (path === '' || path.endsWith('/') || path.includes('\0')) {
    throw new StorageError(`The storage.url names no file. ${howTo}.`);
  }
  // With two slashes some tools mean a relative path, some an absolute one, some a host: ask instead of guessing.
  if (path.startsWith('//')) {
    throw new StorageError(`The storage.url has slashes after "sqlite:" that can be read in several ways. ${howTo}.`);
  }
  return { kind: 'file', path: resolve(path) };
}
