import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describeFileProblem, hasErrorCode, StorageError } from './storage-error.ts';

/**
 * Makes a folder and the folders above it where they are missing, for this user alone (mode 0700). Leaves alone what is there.
 *
 * @param folder - an absolute path.
 * @throws StorageError when that is not possible.
 */
export async function createFolder(folder: string): Promise<void> {
  try {
    await createWithParents(folder);
  } catch (thrown) {
    throw new StorageError(
      `The data folder ${folder} cannot be made: ${describeFileProblem(thrown)}. Set storage.url to a writable place.`,
      thrown,
    );
  }
}

/** Not `recursive: true`: Node then tries forever where a parent exists and still answers ENOENT, as in /proc. */
async function createWithParents(folder: string): Promise<void> {
  try {
    await mkdir(folder, 0o700);
  } catch (thrown) {
    if (hasErrorCode(thrown, 'EEXIST') && (await stat(folder)).isDirectory()) {
      return;
    }
    const parent = dirname(folder);
    if (!hasErrorCode(thrown, 'ENOENT') || parent === folder) {
      throw thrown;
    }
    await createWithParents(parent);
    await createLast(folder);
  }
}

/** Once the parent is there, ENOENT is final. Another process may have been faster. */
async function createLast(folder: string): Promise<void> {
  try {
    await mkdir(folder, 0o700);
  } catch (thrown) {
    if (!hasErrorCode(thrown, 'EEXIST')) {
      throw thrown;
    }
  }
}
