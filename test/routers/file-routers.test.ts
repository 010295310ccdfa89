import { readFileSync } from 'node:fs';
import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { readInlineRouters } from '../../src/config/inline-routers.ts';
import { parseRouterFile } from '../../src/routers/parse-router-file.ts';
import { errorOf, makeRouter, openBook, rules, showBook, showEvent, startWatch } from './book-rig.ts';
import {
  createFakeFileSystem,
  type FakeFiles,
  folder,
  indented,
  openFiles,
  openFolder,
  routerYaml,
  showFiles,
} from './file-rig.ts';

/** The problems that keep a folder from being taken at the start. */
async function problemsOf(content: Parameters<typeof openFolder>[0]): Promise<readonly string[]> {
  const thrown: unknown = await openFolder(content).catch((reason: unknown) => reason);
  if (thrown instanceof ConfigError) return thrown.problems;
  throw new Error('the folder was taken', { cause: thrown });
}

describe('a folder of routers', () => {
  test('holds one a file, or a list, in YAML or JSON, in both casings', async () => {
    const { files } = await openFolder({
      'a.yaml': routerYaml('a', 'A'),
      'b.yml': [`workspace: default\n${routerYaml('b')}`, `workspace: team\n${routerYaml('b')}`]
        .map((text) => `- ${indented(text, 2)}`)
        .join(''),
      'c.json': JSON.stringify({
        routers: [
          {
            name: 'c',
            display_name: 'C',
            default_route: { routeId: 'd', variants: [{ weight: 100, variant: { variantId: 'v', modelId: 'm' } }] },
          },
        ],
      }).replaceAll('{', '{\n\t'),
      'empty.yaml': '# nothing yet\n',
      'notes.txt': 'not a router',
      '.hidden.yaml': '{',
    });
    expect(showFiles(files)).toEqual([
      'default/a A (a.yaml)',
      'default/b (b.yml)',
      'default/c C (c.json)',
      'team/b (b.yml)',
    ]);
    expect(files.state).toEqual({ isCurrent: true, problems: [], routerCount: 4 });
    expect(files.routers[0]?.createResource().readOnly).toBe(true);
  });

  test('with problems is no start, and all of them are told with file and line', async () => {
    const problems = await problemsOf({
      'a.yaml': routerYaml('a').replace('weight: 100', 'weight: 90'),
      'b.yaml': `bogus: 1\n${routerYaml('b')}`,
      'c.yaml': 'name: [\n',
      'd.yaml': 'routers: {}\n',
      'e.yaml': `routers:\n  - ~\n  - ${indented(routerYaml('e')).replace('weight: 100', 'weight: .nan')}`,
      'f.yaml': 'routers: []\nextra: 1\n',
      'g.yaml': `workspace: "a b"\n${routerYaml('g')}`,
      'h.yaml': '- hello\n',
      'i.yaml': { code: 'EACCES' },
      'j.json': `"${'x'.repeat(1024 * 1024)}"`,
    });
    expect(problems.map((text) => text.replaceAll(`${folder}/`, ''))).toEqual([
      'a.yaml:4: defaultRoute.variants: their weights must sum to 100, not 90.',
      expect.stringMatching(/^b\.yaml:1: bogus: .*no such field.*\.$/),
      'c.yaml:2: The indentation is not valid YAML.',
      'd.yaml:1: routers: It must be a list.',
      'e.yaml:2: routers[0]: it must be a router, with keys.',
      'e.yaml:7: routers[1].defaultRoute.variants[0].weight: it must be a number.',
      'f.yaml:2: Beside routers there can be no other key.',
      'g.yaml:1: workspace: it is no name of a workspace.',
      'h.yaml:1: [0]: it must be a router, with keys.',
      'i.yaml: It cannot be read: this user may not read it.',
      'j.json: It cannot be read: it is longer than 1048576 bytes.',
    ]);
  });

  test('that is not there, or holds a name twice, or too many, is no start', async () => {
    expect(await problemsOf({})).toEqual([`${folder}: It cannot be read: there is no such folder.`]);
    expect(await problemsOf({ 'a.yaml': routerYaml('same'), 'b.yaml': routerYaml('same') })).toEqual([
      `${folder}/b.yaml: The router same of the workspace default is there already, in ${folder}/a.yaml.`,
    ]);
    const content: FakeFiles = new Map(['a', 'b'].map((name) => [`${folder}/${name}.yaml`, routerYaml(name)]));
    const fileSystem = createFakeFileSystem(content);
    await expect(openFiles({ folder, fileSystem, rules: { ...rules, maxRouters: 1 } })).rejects.toThrow(
      'The files hold 2 routers of the workspace default, and routing.max_routers allows 1.',
    );
  });

  test('tells 50 problems and how many more there are', async () => {
    const problems = await problemsOf({ 'a.yaml': '- 1\n'.repeat(60) });
    expect(problems).toHaveLength(51);
    expect(problems.at(-1)).toBe('There are 10 more problems of this kind.');
  });
});

test('the example of docs/configuration.md is a router', () => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const [, example = ''] = /```yaml\n(# routers\/.*?)```/s.exec(page) ?? [];
  const { entries, problems } = parseRouterFile(Buffer.from(example), 'support.yaml', rules);
  expect(problems).toEqual([]);
  expect(entries.map(({ router }) => router.name)).toEqual(['support']);
});

describe('files that change', () => {
  test('are read again, those alone, and what did not change keeps its times', async () => {
    const { files, content, fileSystem, notices, poll, advance } = await openFolder({
      'a.yaml': routerYaml('a'),
      'b.yaml': routerYaml('b'),
      'c.yaml': routerYaml('c'),
    });
    const before = new Map(files.routers.map((router) => [router.name, router]));
    fileSystem.reads.length = 0;
    await poll();
    expect(fileSystem.reads).toEqual([]);
    expect(notices).toEqual([]);
    advance(5000);
    content.set(`${folder}/b.yaml`, routerYaml('b', 'new'));
    content.delete(`${folder}/c.yaml`);
    content.set(`${folder}/d.yaml`, routerYaml('d'));
    await poll();
    expect(fileSystem.reads).toEqual([`${folder}/b.yaml`, `${folder}/d.yaml`]);
    expect(showFiles(files)).toEqual(['default/a (a.yaml)', 'default/b new (b.yaml)', 'default/d (d.yaml)']);
    expect(notices).toMatchObject([{ kind: 'files-taken', fields: { routers: 3 } }]);
    const [a, b, d] = files.routers;
    expect(a).toBe(before.get('a'));
    expect([b?.createTimeMs, b?.updateTimeMs]).toEqual([1_700_000_000_000, 1_700_000_005_000]);
    expect(d?.createTimeMs).toBe(1_700_000_005_000);
  });

  test('and are wrong leave the last good state as a whole, which is told once, until they are mended', async () => {
    const { files, content, notices, poll } = await openFolder({
      'a.yaml': routerYaml('a'),
      'b.yaml': routerYaml('b'),
    });
    content.set(`${folder}/a.yaml`, routerYaml('a', 'new'));
    content.set(`${folder}/b.yaml`, 'name: b\n');
    await poll();
    await poll();
    expect(showFiles(files)).toEqual(['default/a (a.yaml)', 'default/b (b.yaml)']);
    expect(files.state).toMatchObject({ isCurrent: false, problems: [expect.stringContaining('b.yaml')] });
    expect(notices).toMatchObject([{ kind: 'files-rejected', fields: { problems: files.state.problems } }]);
    content.set(`${folder}/b.yaml`, routerYaml('b'));
    await files.reload();
    expect(showFiles(files)).toEqual(['default/a new (a.yaml)', 'default/b (b.yaml)']);
    expect(files.state.isCurrent).toBe(true);
    expect(notices.map(({ kind }) => kind)).toEqual(['files-rejected', 'files-taken']);
  });

  test('and are mended to what they were are current again', async () => {
    const { files, content, notices, poll } = await openFolder({ 'a.yaml': routerYaml('a') });
    content.set(`${folder}/a.yaml`, { code: 'EIO' });
    await poll();
    await poll();
    expect(files.state.problems).toEqual([`${folder}/a.yaml: It cannot be read: the system says EIO.`]);
    content.set(`${folder}/a.yaml`, routerYaml('a'));
    await poll();
    expect(files.state.isCurrent).toBe(true);
    expect(notices.map(({ kind }) => kind)).toEqual(['files-rejected', 'files-taken']);
  });
});

test('a router that is too long is a problem of its file', async () => {
  const content: FakeFiles = new Map([[`${folder}/a.yaml`, routerYaml('a', 'x'.repeat(400))]]);
  const fileSystem = createFakeFileSystem(content);
  await expect(openFiles({ folder, fileSystem, rules: { ...rules, maxRouterBytes: 500 } })).rejects.toThrow(
    /a\.yaml: the router must have at most 500 bytes as JSON, not \d+\./,
  );
});

describe('routers in the configuration file', () => {
  const path = '/srv/signalbox.yaml';
  const configYaml = (router: string): string => `server: { port: 1 }\nrouters:\n  - ${indented(router)}`;
  const open = async (text: string) => {
    const content: FakeFiles = new Map([[path, text]]);
    const configFile = { name: 'conf/signalbox.yaml', path };
    const inline = readInlineRouters(Buffer.from(text), configFile);
    return { content, ...(await openFiles({ inline, configFile, fileSystem: createFakeFileSystem(content) })) };
  };

  test('are in force, and read again when the file changes', async () => {
    const { files, content, notices, poll } = await open(configYaml(routerYaml('a')));
    expect(showFiles(files)).toEqual(['default/a (signalbox.yaml)']);
    await poll();
    expect(notices).toEqual([]);
    content.set(path, configYaml(routerYaml('b')));
    await poll();
    expect(showFiles(files)).toEqual(['default/b (signalbox.yaml)']);
    content.set(path, 'server: { port: 2 }\n');
    await poll();
    expect(showFiles(files)).toEqual([]);
  });

  test('are told with their line when they are wrong', async () => {
    const { files, content, poll } = await open(configYaml(routerYaml('a')));
    await expect(open(configYaml(routerYaml('a').replace('100', '1')))).rejects.toThrow(
      /^conf\/signalbox\.yaml:\d: routers\[0\]\.defaultRoute\.variants: /,
    );
    for (const [text, problem] of [
      ['routers: 1\n', 'conf/signalbox.yaml:1: routers: It must be a list, not 1.'],
      ['a: [', expect.stringMatching(/^conf\/signalbox\.yaml:\d: /)],
    ] as const) {
      content.set(path, text);
      await poll();
      expect(files.state.problems).toEqual([problem]);
    }
    expect(showFiles(files)).toEqual(['default/a (signalbox.yaml)']);
  });
});

describe('a book with files', () => {
  test('has them in force, read-only, before stored ones of their name', async () => {
    const store = (await openBook()).store;
    const first = await openBook({ store });
    await first.book.create('default', makeRouter('a', { displayName: 'stored' }));
    const rig = await openFolder({ 'team.yaml': routerYaml('a', 'file') });
    const { book, notices } = await openBook({ store, files: rig.files });
    expect(showBook(book)).toEqual(['a file']);
    expect(notices).toMatchObject([{ kind: 'stored-router-hidden', fields: { router: 'a', file: 'team.yaml' } }]);
    expect(book.files).toEqual({
      isCurrent: true,
      problems: [],
      routerCount: 1,
      notices: ['The stored router a is out of force, since team.yaml has one of its name. Remove one of them.'],
    });
    for (const write of [
      book.update('default', create(RouterSchema, { name: 'a', displayName: 'x' }), []),
      book.delete('default', 'a', ''),
      book.create('default', makeRouter('a')),
      book.create('default', makeRouter('a'), { validateOnly: true }),
    ]) {
      expect(await errorOf(write)).toMatchObject({
        reason: 'ROUTER_READ_ONLY',
        message: 'The router a comes from team.yaml on the server, and is changed there.',
      });
    }
  });

  test('tells watchers when they change, and brings the stored one back', async () => {
    const rig = await openFolder({ 'a.yaml': routerYaml('a', 'file'), 'b.yaml': routerYaml('b') });
    const { book, store, poll } = await openBook({ files: rig.files });
    const watch = startWatch(book);
    expect(await watch.sync()).toEqual(['reset', 'saved a file', 'saved b', 'synced']);
    const other = await openBook({ store });
    await other.book.create('default', makeRouter('a', { displayName: 'stored' }));
    await poll();
    rig.content.set(`${folder}/b.yaml`, routerYaml('b', 'new'));
    rig.content.delete(`${folder}/a.yaml`);
    await rig.poll();
    const events = [showEvent(await watch.next()), showEvent(await watch.next())];
    expect(events).toEqual(['saved a stored', 'saved b new']);
    expect(book.files.notices).toEqual([]);
    rig.content.set(`${folder}/c.yaml`, 'name: c\n');
    await rig.poll();
    expect(book.files).toMatchObject({ isCurrent: false, routerCount: 1 });
  });
});
