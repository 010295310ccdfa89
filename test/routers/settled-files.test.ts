import { describe, expect, onTestFinished, test } from 'vitest';
import { InlineRouters } from '../../src/config/inline-routers.ts';
import { createFileRouters } from '../../src/routers/create-file-routers.ts';
import type { RouterFileSystem } from '../../src/routers/router-file-system.ts';
import type { RouterNotice } from '../../src/routers/router-notice.ts';
import { createManualClock } from '../contract/manual-clock.ts';
import { rules } from './book-rig.ts';
import {
  createFakeFileSystem,
  type FakeFiles,
  folder,
  indented,
  openFolder,
  routerYaml,
  showFiles,
} from './file-rig.ts';

describe('files that are being written', () => {
  /** A folder whose file has the times that the test gives it, and a clock that it moves. */
  async function openTimed(settleMs = 200, maxChangingMs = 10_000) {
    const path = `${folder}/a.yaml`;
    const content: FakeFiles = new Map([
      [path, routerYaml('a')],
      [`${folder}/b.yaml`, routerYaml('b')],
    ]);
    const fake = createFakeFileSystem(content);
    const manual = createManualClock();
    const now = { ms: 1_000_000, changedMs: 0 };
    /** Runs after a read, so that a write comes in between. */
    const afterRead: (() => void)[] = [];
    const fileSystem: RouterFileSystem = {
      ...fake,
      async stamp(asked) {
        const stamp = await fake.stamp(asked);
        return stamp && { ...stamp, changedMs: asked === path ? now.changedMs : 0 };
      },
      async read(asked, maxBytes) {
        const read = await fake.read(asked, maxBytes);
        afterRead.shift()?.();
        return read;
      },
    };
    const clock = { ...manual, nowMs: () => now.ms, monotonicMs: () => now.ms };
    const notices: string[] = [];
    const onNotice = ({ kind }: RouterNotice): number => notices.push(kind);
    const files = await createFileRouters({
      inline: new InlineRouters([]),
      configFile: undefined,
      folder,
      fileSystem,
      rules,
      clock,
      pollMs: 3_600_000,
      settleMs,
      maxChangingMs,
      onNotice,
    });
    onTestFinished(() => files.close());
    await clock.nextTimer();
    /** Ends the pause that is being made, after so long. */
    const pass = async (ms: number): Promise<void> => {
      const pause = await clock.nextTimer();
      expect(pause.delayMs).toBe(settleMs);
      now.ms += ms;
      pause.fire();
    };
    return { path, content, files, now, clock, notices, afterRead, pass };
  }

  test('are taken once they lie still, by their own time', async () => {
    const { path, content, files, now, notices, pass } = await openTimed();
    content.set(path, 'name: half\n');
    now.changedMs = now.ms;
    const reloaded = files.reload();
    await pass(150);
    content.set(path, routerYaml('a', 'whole'));
    now.changedMs = now.ms;
    await pass(150);
    expect(showFiles(files)).toEqual(['default/a (a.yaml)', 'default/b (b.yaml)']);
    await pass(50);
    await reloaded;
    expect(showFiles(files)).toEqual(['default/a whole (a.yaml)', 'default/b (b.yaml)']);
    expect(notices).toEqual(['files-taken']);
  });

  test('are taken once two looks see the same, where their time is later than now', async () => {
    const { path, content, files, now, pass } = await openTimed();
    content.set(path, routerYaml('a', 'new'));
    now.changedMs = now.ms + 3_600_000;
    const reloaded = files.reload();
    await pass(200);
    await reloaded;
    expect(showFiles(files)).toContain('default/a new (a.yaml)');
  });

  test('keep changes of other files waiting', async () => {
    const { path, content, files, now, pass } = await openTimed();
    // The router b moves from one file to the other.
    content.set(`${folder}/b.yaml`, '# moved\n');
    content.set(path, '');
    now.changedMs = now.ms;
    const reloaded = files.reload();
    await pass(100);
    expect(showFiles(files)).toEqual(['default/a (a.yaml)', 'default/b (b.yaml)']);
    content.set(path, `routers:\n  - ${indented(routerYaml('a'))}\n  - ${indented(routerYaml('b'))}`);
    await pass(200);
    await reloaded;
    expect(showFiles(files)).toEqual(['default/a (a.yaml)', 'default/b (a.yaml)']);
  });

  test('are read again when they change under the reading', async () => {
    const { path, content, files, now, notices, afterRead, pass } = await openTimed();
    content.set(path, routerYaml('a', 'first'));
    afterRead.push(() => content.set(path, routerYaml('a', 'second')));
    now.changedMs = now.ms - 1000;
    const reloaded = files.reload();
    await pass(0);
    await reloaded;
    expect(showFiles(files)).toContain('default/a second (a.yaml)');
    expect(notices).toEqual(['files-taken']);
  });

  test('and never lie still are a problem after a while', async () => {
    const { path, content, files, now, pass } = await openTimed(200, 1000);
    content.set(path, routerYaml('a', 'at 0'));
    now.changedMs = now.ms;
    const restless = files.reload();
    for (let ms = 100; ms <= 1000; ms += 100) {
      await pass(100);
      content.set(path, routerYaml('a', `at ${ms}`));
      now.changedMs = now.ms;
    }
    await restless;
    expect(files.state.problems).toEqual([
      expect.stringContaining(`${path}: It cannot be read: it changes all the time.`),
    ]);
    expect(showFiles(files)).toContain('default/a (a.yaml)');
    now.ms += 1000;
    await files.reload();
    expect(showFiles(files)).toContain('default/a at 1000 (a.yaml)');
    expect(files.state.isCurrent).toBe(true);
  });

  test('and are deleted first are not missed in between', async () => {
    const { path, content, files, now, notices, pass } = await openTimed();
    content.delete(path);
    const reloaded = files.reload();
    await pass(100);
    expect(showFiles(files)).toContain('default/a (a.yaml)');
    content.set(path, routerYaml('a', 'new'));
    now.changedMs = now.ms;
    await pass(200);
    await reloaded;
    expect(showFiles(files)).toContain('default/a new (a.yaml)');
    expect(notices).toEqual(['files-taken']);
  });

  test('and are given up when the server stops', async () => {
    const { path, content, files, now, clock } = await openTimed();
    content.set(path, '');
    now.changedMs = now.ms;
    const reloaded = files.reload();
    await clock.nextTimer();
    await files.close();
    await reloaded;
    expect(showFiles(files)).toContain('default/a (a.yaml)');
  });
});

describe('a file that is there no more when it is looked at', () => {
  test('counts as not listed', async () => {
    const { files, fileSystem, notices, poll } = await openFolder({ 'a.yaml': routerYaml('a') });
    const { list } = fileSystem;
    let looks = 0;
    Object.assign(fileSystem, {
      list: async (...args: Parameters<typeof list>) => {
        looks += 1;
        return looks === 1 ? [...(await list(...args)), 'gone.yaml'] : await list(...args);
      },
    });
    await poll();
    expect(looks).toBe(2);
    expect(notices).toEqual([]);
    expect(files.state.isCurrent).toBe(true);
  });
});

describe('a file that is empty', () => {
  test('and had routers is a problem, until something says that they are to go', async () => {
    const { files, content, poll } = await openFolder({ 'a.yaml': routerYaml('a'), 'b.yaml': routerYaml('b') });
    const path = `${folder}/a.yaml`;
    const problem = `${path}: It is empty now, and had routers. If they are to go, write a comment into it.`;
    content.set(path, '');
    await poll();
    await poll();
    expect(files.state.problems).toEqual([problem]);
    // Broken for a while, and empty again.
    content.set(path, 'name: [\n');
    await poll();
    content.set(path, '');
    await poll();
    expect(files.state.problems).toEqual([problem]);
    expect(showFiles(files)).toEqual(['default/a (a.yaml)', 'default/b (b.yaml)']);
    content.set(path, '# none\n');
    await poll();
    expect(showFiles(files)).toEqual(['default/b (b.yaml)']);
    content.set(path, '');
    await poll();
    expect(files.state).toEqual({ isCurrent: true, problems: [], routerCount: 1 });
  });

  test('is a problem also when the folder was away in between', async () => {
    const { files, content, fileSystem, poll } = await openFolder({
      'a.yaml': routerYaml('a'),
      'b.yaml': routerYaml('b'),
    });
    const { list } = fileSystem;
    const away = async (): Promise<never> => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
    Object.assign(fileSystem, { list: away });
    await poll();
    expect(files.state.problems).toEqual([`${folder}: It cannot be read: the system says EIO.`]);
    content.set(`${folder}/a.yaml`, '');
    Object.assign(fileSystem, { list });
    fileSystem.reads.length = 0;
    await poll();
    expect(files.state.problems).toEqual([expect.stringContaining('It is empty now')]);
    expect(showFiles(files)).toEqual(['default/a (a.yaml)', 'default/b (b.yaml)']);
    expect(fileSystem.reads).toEqual([`${folder}/a.yaml`]);
  });

  test('holds none where it had none', async () => {
    const { files } = await openFolder({ 'a.yaml': '' });
    expect(files.state).toEqual({ isCurrent: true, problems: [], routerCount: 0 });
  });
});
