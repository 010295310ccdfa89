import { createHash, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { link, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describeFileProblem, hasErrorCode, StorageError } from '../storage/storage-error.ts';

/** Where the hash key may come from. */
export interface HashKeySource {
  /** `auth.hash_key`. Any string: its SHA-256 is the key. */
  readonly configured?: string | undefined;
  /** Folder of the database. undefined: the store is in memory. */
  readonly folder?: string | undefined;
}

/** The file in the data folder that holds the hash key, when the configuration does not. */
export const hashKeyFileName = 'hash.key';

const hashKeyBytes = 32;

/**
 * Finds the key that secrets are hashed under: the configured one, else the one in the data folder, which is made when it is
 * not there. With neither, a random one: hashes in memory need not outlive the process.
 *
 * @returns 32 bytes.
 * @throws StorageError when the file cannot be read or made, or holds something else.
 */
export async function resolveHashKey(source: HashKeySource): Promise<KeyObject> {
  if (source.configured !== undefined) {
    return createSecretKey(createHash('sha256').update(source.configured, 'utf8').digest());
  }
  if (source.folder === undefined) {
    return createSecretKey(randomBytes(hashKeyBytes));
  }
  const path = join(source.folder, hashKeyFileName);
  try {
    return (await readKeyFile(path)) ?? (await makeKeyFile(source.folder, path));
  } catch (thrown) {
    throw thrown instanceof StorageError ? thrown : createFileError(path, thrown);
  }
}

/** @returns undefined when there is no such file. */
async function readKeyFile(path: string): Promise<KeyObject | undefined> {
  let content: string;
  try {
    content = await readStart(path);
  } catch (thrown) {
    if (hasErrorCode(thrown, 'ENOENT')) {
      return undefined;
    }
    throw thrown;
  }
  const digits = /^([0-9a-f]{64})\n?$/.exec(content)?.[1];
  if (digits === undefined) {
    throw new StorageError(
      `The hash key file ${path} is damaged: it must hold 64 hexadecimal digits. Restore it from a backup; ` +
        'without it no stored key works, so if there is no backup, move the whole data folder away.',
    );
  }
  return createSecretKey(digits, 'hex');
}

/** Reads one byte more than the file may have, whatever is there. */
async function readStart(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const start = Buffer.alloc(2 * hashKeyBytes + 2);
    const { bytesRead } = await file.read(start, 0, start.length, 0);
    return start.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * Writes the key beside its place and links it there when it is whole and on disk. A link, unlike a rename, never replaces a
 * file: of several processes that start at once one wins, and all read that one's key.
 */
async function makeKeyFile(folder: string, path: string): Promise<KeyObject> {
  const draftPath = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    await writeDurably(draftPath, `${randomBytes(hashKeyBytes).toString('hex')}\n`);
    await linkIfFree(draftPath, path);
  } finally {
    await unlink(draftPath).catch(() => {
      // Not there if it could not be written; left behind, it is a key that nobody uses.
    });
  }
  await syncFolder(folder);
  const hashKey = await readKeyFile(path);
  if (hashKey === undefined) {
    throw new StorageError(`The hash key file ${path} vanished while it was made. Start again.`);
  }
  return hashKey;
}

async function writeDurably(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function linkIfFree(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (thrown) {
    if (!hasErrorCode(thrown, 'EEXIST')) {
      throw thrown;
    }
  }
}

/** The name of a new file is on disk only once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function createFileError(path: string, thrown: unknown): StorageError {
  return new StorageError(
    `The hash key file ${path} cannot be used: ${describeFileProblem(thrown)}. ` +
      'Set auth.hash_key, or storage.url to a place where it can be made.',
    thrown,
  );
}
