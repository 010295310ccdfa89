import { closeSync, openSync, readSync } from 'node:fs';

const chunkBytes = 65_536;

/**
 * Reads a file, but not far beyond a bound: the path may name a device that never ends, or a file of gigabytes.
 *
 * @param path - absolute.
 * @param maxBytes - the file is read up to one byte past this, so that the caller sees whether it is longer.
 * @throws what node:fs throws.
 */
export function readBoundedFile(path: string, maxBytes: number): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const chunks: Uint8Array[] = [];
    let left = maxBytes + 1;
    while (left > 0) {
      const chunk = new Uint8Array(Math.min(chunkBytes, left));
      const length = readSync(file, chunk);
      if (length === 0) break;
      chunks.push(chunk.subarray(0, length));
      left -= length;
    }
    return Buffer.concat(chunks);
  } finally {
    closeSync(file);
  }
}

/** What kept a file from being read, as the end of a sentence without a full stop. */
export function describeReadProblem(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not read it';
    case 'EISDIR':
      return 'it is a folder';
    default:
      return typeof code === 'string' ? `the system says ${code}` : 'it is not readable';
  }
}
