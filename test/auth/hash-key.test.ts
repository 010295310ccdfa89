import { createHash, type KeyObject } from 'node:crypto';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashKeyFileName, resolveHashKey } from '../../src/auth/hash-key.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';

const hex = (key: KeyObject) => key.export().toString('hex');

describe('resolveHashKey', () => {
  it('derives the key from the configured string and writes no file', async () => {
    const folder = await createTemporaryFolder();
    const key = await resolveHashKey({ configured: 'a configured string', folder });
    expect(hex(key)).toBe(createHash('sha256').update('a configured string').digest('hex'));
    expect(await readdir(folder)).toEqual([]);
  });

  it('makes a file that its owner alone can read, once', async () => {
    const folder = await createTemporaryFolder();
    const first = await resolveHashKey({ folder });
    const path = join(folder, hashKeyFileName);
    const content = await readFile(path, 'utf8');
    expect(content).toBe(`${hex(first)}\n`);
    expect(first.symmetricKeySize).toBe(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual([hashKeyFileName]);
    expect(hex(await resolveHashKey({ folder }))).toBe(hex(first));
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('agrees with all that start at once', async () => {
    const folder = await createTemporaryFolder();
    const keys = await Promise.all(Array.from({ length: 20 }, () => resolveHashKey({ folder })));
    expect(new Set(keys.map(hex)).size).toBe(1);
    expect(await readdir(folder)).toEqual([hashKeyFileName]);
  });

  it('draws another key for each folder and each store in memory', async () => {
    const folders = [await createTemporaryFolder(), await createTemporaryFolder(), undefined, undefined];
    const keys = await Promise.all(folders.map((folder) => resolveHashKey({ folder })));
    expect(new Set(keys.map(hex)).size).toBe(4);
  });

  it('reads a file without the line break', async () => {
    const folder = await createTemporaryFolder();
    await writeFile(join(folder, hashKeyFileName), 'ab'.repeat(32));
    expect(hex(await resolveHashKey({ folder }))).toBe('ab'.repeat(32));
  });

  it.each([
    ['empty', ''],
    ['cut short', 'ab'.repeat(31)],
    ['too long', `${'ab'.repeat(32)}\nmore`],
    ['something else', 'zz'.repeat(32)],
  ])('refuses a file that is %s, and leaves it alone', async (_, content) => {
    const folder = await createTemporaryFolder();
    const path = join(folder, hashKeyFileName);
    await writeFile(path, content);
    const attempt = resolveHashKey({ folder });
    await expect(attempt).rejects.toThrow(StorageError);
    await expect(attempt).rejects.toThrow(`The hash key file ${path} is damaged`);
    await expect(attempt).rejects.not.toThrow(/(ab|zz){4}/);
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('says so when the folder cannot be used', async () => {
    const folder = await createTemporaryFolder();
    const file = join(folder, 'file');
    await writeFile(file, '');
    for (const place of [file, join(folder, 'not-there')]) {
      await expect(resolveHashKey({ folder: place })).rejects.toThrow(
        /^The hash key file .+ cannot be used: .+ Set auth\.hash_key, or storage\.url to a place where it can be made\.$/,
      );
    }
  });

  it('says so when something that is no file is in its place', async () => {
    const folder = await createTemporaryFolder();
    await mkdir(join(folder, hashKeyFileName));
    await expect(resolveHashKey({ folder })).rejects.toThrow(/cannot be used: .*EISDIR/);
    const other = await createTemporaryFolder();
    await symlink(join(other, 'nowhere'), join(other, hashKeyFileName));
    await expect(resolveHashKey({ folder: other })).rejects.toThrow(StorageError);
    expect(await readdir(other)).toEqual([hashKeyFileName]);
  });
});
