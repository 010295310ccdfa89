import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeRouterFileSystem } from '../../src/routers/router-file-system.ts';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { openFiles, routerYaml, showFiles } from './file-rig.ts';

describe('a folder of the machine', () => {
  test('is followed through new files, changes in place, renames and removals', async () => {
    const folder = await createTemporaryFolder();
    await writeFile(join(folder, 'a.yaml'), routerYaml('a'));
    await mkdir(join(folder, 'inner'));
    await writeFile(join(folder, 'inner', 'ignored.yaml'), '{');
    const { files, poll } = await openFiles({ folder, fileSystem: nodeRouterFileSystem });
    expect(showFiles(files)).toEqual(['default/a (a.yaml)']);

    await writeFile(join(folder, 'a.yaml'), routerYaml('a', 'longer'));
    await writeFile(join(folder, 'b.yaml'), routerYaml('b'));
    await poll();
    expect(showFiles(files)).toEqual(['default/a longer (a.yaml)', 'default/b (b.yaml)']);

    // As editors save: another file of the same length takes the name.
    await writeFile(join(folder, '.a.yaml.new'), routerYaml('a', 'LONGER'));
    await rename(join(folder, '.a.yaml.new'), join(folder, 'a.yaml'));
    await rm(join(folder, 'b.yaml'));
    await poll();
    expect(showFiles(files)).toEqual(['default/a LONGER (a.yaml)']);
  });

  test('is followed through links that are swapped, as Kubernetes mounts a ConfigMap', async () => {
    const folder = await createTemporaryFolder();
    const write = async (version: string, text: string): Promise<void> => {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'a.yaml'), text);
      await symlink(version, join(folder, '..data.new'));
      await rename(join(folder, '..data.new'), join(folder, '..data'));
    };
    await write('..2026_1', routerYaml('a', 'old'));
    await symlink(join('..data', 'a.yaml'), join(folder, 'a.yaml'));
    const { files, poll } = await openFiles({ folder, fileSystem: nodeRouterFileSystem });
    await write('..2026_2', routerYaml('a', 'new'));
    await rm(join(folder, '..2026_1'), { recursive: true });
    await poll();
    expect(showFiles(files)).toEqual(['default/a new (a.yaml)']);
  });

  test('with a folder where a file should be, or a link to nothing, keeps the last good state', async () => {
    const folder = await createTemporaryFolder();
    await writeFile(join(folder, 'a.yaml'), routerYaml('a'));
    const { files, poll } = await openFiles({ folder, fileSystem: nodeRouterFileSystem });
    await mkdir(join(folder, 'b.yaml'));
    await symlink('nowhere', join(folder, 'c.yaml'));
    await poll();
    expect(files.state.problems).toEqual([
      `${join(folder, 'b.yaml')}: It cannot be read: it is no file.`,
      `${join(folder, 'c.yaml')}: It cannot be read: there is no such file.`,
    ]);
    await rm(folder, { recursive: true });
    await poll();
    expect(files.state.problems).toEqual([`${folder}: It cannot be read: there is no such folder.`]);
    expect(showFiles(files)).toEqual(['default/a (a.yaml)']);
  });

  test('is read up to a bound', async () => {
    const path = join(await createTemporaryFolder(), 'a');
    await writeFile(path, 'abcdef');
    expect(Buffer.from(await nodeRouterFileSystem.read(path, 3)).toString()).toBe('abcd');
    expect(Buffer.from(await nodeRouterFileSystem.read(path, 30)).toString()).toBe('abcdef');
  });
});
