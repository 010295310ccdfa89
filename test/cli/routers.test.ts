import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { runCommand } from './run-command.ts';
import { addRouter, type StubServer, startStubServer } from './stub-server.ts';

const route = {
  routeId: 'default',
  variants: [{ weight: 100, variant: { variantId: 'a', modelId: 'openai/gpt-4o' } }],
};

function routerYaml(name: string, displayName = ''): string {
  return `name: ${name}\ndisplayName: ${JSON.stringify(displayName)}\ndefaultRoute: { route_id: default, variants: [{ weight: 100, variant: { variant_id: a, model_id: openai/gpt-4o } }] }\n`;
}

async function apply(server: StubServer, input: string, ...flags: readonly string[]) {
  return await runCommand(['routers', 'apply', '-f', '-', ...flags], { env: server.env, input });
}

describe('routers list', () => {
  test('prints every page as a table', async () => {
    const server = await startStubServer();
    const updateTime = { seconds: 1_700_000_000n, nanos: 5 };
    addRouter(server, { name: 'a', displayName: 'Erste \u001b[31m', defaultRoute: route, updateTime, readOnly: true });
    addRouter(server, { name: 'b-longer', routes: [{ route, condition: { celExpression: 'true' } }] });
    addRouter(server, { name: 'c', displayName: '日本' });
    const { code, stdout, stderr } = await runCommand(['routers', 'list'], { env: server.env });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      [
        'NAME      DISPLAY NAME      ROUTES       UPDATED               READ-ONLY',
        'a         Erste \\u{1b}[31m  0 + default  2023-11-14T22:13:20Z  yes',
        'b-longer                    1                                  no',
        'c         日本              0                                  no',
        '',
      ].join('\n'),
    );
    expect(server.calls).toEqual(['list after ""', 'list after "b-longer"']);
  });

  test('--json prints one document with all of each', async () => {
    const server = await startStubServer();
    for (const name of ['a', 'b', 'c']) addRouter(server, { name, defaultRoute: route });
    const { stdout } = await runCommand(['routers', 'list', '--json'], { env: server.env });
    expect(JSON.parse(stdout)).toMatchObject({
      routers: [{ name: 'a', defaultRoute: { route_id: 'default' } }, { name: 'b' }, { name: 'c', etag: 'v-c' }],
    });
  });

  test('none is no table', async () => {
    const server = await startStubServer();
    const result = await runCommand(['routers', 'list'], { env: server.env });
    expect(result).toEqual({ code: 0, stdout: '', stderr: 'There are no routers.\n' });
  });
});

describe('routers get', () => {
  test('prints YAML that apply takes back, and JSON that says the same', async () => {
    const server = await startStubServer();
    const celExpression =
      'tier == "premium" && messages.last().content.matches("(?i).*refund.*") && size(messages) > 10';
    const routes = [{ route: { ...route, routeId: 'one' }, condition: { celExpression } }];
    addRouter(server, { name: 'a', displayName: 'yes: no', routes, defaultRoute: route });
    const { code, stdout } = await runCommand(['routers', 'get', 'a'], { env: server.env });
    expect(code).toBe(0);
    expect(stdout.split('\n').some((line) => line.includes('refund') && line.includes('size(messages)'))).toBe(true);
    const { stdout: json } = await runCommand(['routers', 'get', 'a', '--json'], { env: server.env });
    expect(parse(stdout)).toEqual(JSON.parse(json));
    expect(await apply(server, stdout)).toEqual({ code: 0, stdout: 'unchanged a\n', stderr: '' });
    expect(await apply(server, json)).toEqual({ code: 0, stdout: 'unchanged a\n', stderr: '' });
  });

  test('of one that is not there says so', async () => {
    const server = await startStubServer();
    const { code, stdout, stderr } = await runCommand(['routers', 'get', 'a'], { env: server.env });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^The router a .*\n$/);
  });
});

describe('routers apply', () => {
  test('creates, updates and leaves alone', async () => {
    const server = await startStubServer();
    addRouter(server, { name: 'same', defaultRoute: route });
    addRouter(server, { name: 'old', displayName: 'before' });
    const input = [routerYaml('new', 'warn'), routerYaml('same'), routerYaml('routers/old', 'after')].join('---\n');
    expect(await apply(server, input)).toEqual({
      code: 0,
      stdout: 'created new\nunchanged same\nupdated old\n',
      stderr: 'warning: new: The model nobody/x cannot be called now.\n',
    });
    expect(server.calls.filter((call) => !call.includes('validate only'))).toEqual(['create new', 'update * old']);
    expect(server.routers.get('old')).toMatchObject({ displayName: 'after', defaultRoute: { routeId: 'default' } });
  });

  test.each([
    ['one router', routerYaml('a')],
    ['one router as JSON', JSON.stringify({ name: 'a', defaultRoute: { variants: [] } })],
    ['a list', '- name: a\n- name: b\n'],
    ['a page of the API', '{"routers": [{"name": "a"}, {"name": "b"}], "next_page_token": ""}'],
    ['documents of all kinds', `name: a\n---\n- name: b\n---\n---\nrouters: [{ name: c }]\n`],
  ])('reads %s', async (_what, input) => {
    const server = await startStubServer();
    const { code, stderr } = await apply(server, input);
    expect([code, stderr]).toEqual([0, '']);
    expect([...server.routers.keys()]).toEqual(['a', 'b', 'c'].slice(0, server.routers.size));
    expect(server.routers.size).toBeGreaterThan(0);
  });

  test('--dry-run writes nothing', async () => {
    const server = await startStubServer();
    const { stdout } = await apply(server, '[{ name: a }, { name: b }]', '--dry-run');
    expect(stdout).toBe('created a (dry run)\ncreated b (dry run)\n');
    expect(server.routers.size).toBe(0);
  });

  test('--json prints one document', async () => {
    const server = await startStubServer();
    const { stdout } = await apply(server, '{ name: a, displayName: warn }', '--json');
    expect(JSON.parse(stdout)).toEqual({
      dry_run: false,
      routers: [{ name: 'a', action: 'created', etag: 'v2', warnings: [expect.stringContaining('nobody/x')] }],
    });
  });

  test('writes nothing when one of several files is wrong, and tells all that is', async () => {
    const server = await startStubServer();
    const cwd = await createTemporaryFolder();
    const files = {
      'good.yaml': routerYaml('good'),
      'bad.yaml': 'name: bad\n',
      'typo.yaml': '- name: typo\n  displayNam: x\n- displayName: no name\n- 7\n',
      'twice.json': '{"name": "good"}',
      'broken.yaml': 'name: "a\n',
      'config.yaml': 'server: {}\nrouters: []\n',
      'empty.yaml': '# nothing\n',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
    const paths = Object.keys(files).map((name) => join(cwd, name));
    const { code, stdout, stderr } = await runCommand(['routers', 'apply', ...paths.flatMap((path) => ['-f', path])], {
      env: server.env,
    });
    expect([code, stdout, server.routers.size]).toEqual([1, '', 0]);
    const [head, ...lines] = stderr.trimEnd().replaceAll(`${cwd}/`, '').split('\n');
    expect(head).toMatch(/^Nothing was applied\./);
    const sorted = lines.map((line) => line.trim()).sort();
    expect(sorted).toEqual([
      'bad.yaml: bad: routes[0].condition.cel_expression: it does not parse',
      'bad.yaml: bad: routes[0].route.variants: the weights sum to 99',
      expect.stringMatching(/^broken\.yaml: line \d+: /),
      'config.yaml: "server" stands beside routers; a file of routers holds nothing else',
      'empty.yaml: it holds no router',
      expect.stringMatching(/^twice\.json: good: name: "good" is there already, in .*good\.yaml: good$/),
      'typo.yaml: [1]: name: it is required, to tell which router is meant',
      'typo.yaml: [2]: a router is a map of its fields',
      expect.stringMatching(/^typo\.yaml: typo: displayNam: there is no such field/),
    ]);
  });

  test('does not overwrite what has changed since the etag of the file', async () => {
    const server = await startStubServer();
    addRouter(server, { name: 'a', displayName: 'by others', etag: 'v-now' });
    const input = 'name: a\ndisplayName: mine\netag: v-then\n';
    const { code, stderr } = await apply(server, input);
    expect(code).toBe(1);
    expect(stderr).toContain('standard input: a: it has changed on the server since it was read');
    expect(server.routers.get('a')?.displayName).toBe('by others');
    expect((await apply(server, input.replace('v-then', 'v-now'))).stdout).toBe('updated a\n');
  });

  test.each([[], ['--dry-run']])(
    'does not create again what was deleted since the etag of the file: %s',
    async (...flags) => {
      const server = await startStubServer();
      addRouter(server, { name: 'a', displayName: 'A' });
      const { stdout: file } = await runCommand(['routers', 'get', 'a'], { env: server.env });
      await runCommand(['routers', 'delete', 'a'], { env: server.env });
      expect(await apply(server, file, ...flags)).toEqual({
        code: 1,
        stdout: '',
        stderr:
          'Nothing was applied. Correct this, and apply again:\n' +
          '  standard input: a: it was deleted since it was read; leave the etag out to create it again\n',
      });
      expect(server.routers.size).toBe(0);
      expect((await apply(server, file.replace(/^etag: .*\n/m, ''), ...flags)).stdout).toMatch(/^created a/);
    },
  );

  test('has the server check what could be read of a router, and tells all of it at once', async () => {
    const server = await startStubServer();
    addRouter(server, { name: 'here', displayName: 'A' });
    const input = '- { name: bad, displayNam: x }\n- { name: here, rotes: [], etag: v-then }\n- { routes: 7 }\n';
    const { code, stdout, stderr } = await apply(server, input);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.trimEnd().split('\n').slice(1)).toEqual([
      expect.stringMatching(/^ {2}standard input: bad: displayNam: there is no such field/),
      '  standard input: bad: routes[0].condition.cel_expression: it does not parse',
      '  standard input: bad: routes[0].route.variants: the weights sum to 99',
      expect.stringMatching(/^ {2}standard input: here: rotes: there is no such field/),
      expect.stringMatching(/^ {2}standard input: here: it has changed on the server/),
      expect.stringMatching(/^ {2}standard input: \[2\]: routes: it must be an array/),
      '  standard input: [2]: name: it is required, to tell which router is meant',
    ]);
    expect(server.calls.every((call) => call.endsWith('(validate only)'))).toBe(true);
  });

  test('takes files without -f as well', async () => {
    const server = await startStubServer();
    const file = join(await createTemporaryFolder(), 'a.yaml');
    await writeFile(file, 'name: a\n');
    const { stdout } = await runCommand(['routers', 'apply', file, '-f', '-'], { env: server.env, input: 'name: b\n' });
    expect(stdout).toBe('created b\ncreated a\n');
  });

  test('tells what was left out when the server fails in between', async () => {
    const server = await startStubServer({ failsToSave: 'b' });
    const { code, stdout, stderr } = await apply(server, '[{ name: a }, { name: b }, { name: c }]');
    expect([code, stdout]).toEqual([1, 'created a\n']);
    expect(stderr).toMatch(/store failed.*\n {2}b: it was not applied\n {2}c: it was not applied\n$/);
    const { stdout: json } = await apply(server, '[{ name: d }, { name: b }]', '--json');
    expect(JSON.parse(json)).toMatchObject({ routers: [{ name: 'd', action: 'created' }] });
  });

  test('goes on when nobody reads what it did', async () => {
    const server = await startStubServer();
    const argv = ['routers', 'apply', '-f', '-'];
    const onOutput = (_text: string, { closeOutput }: { closeOutput(): void }): void => closeOutput();
    const result = await runCommand(argv, { env: server.env, input: '[{ name: a }, { name: b }]', onOutput });
    expect(result).toEqual({ code: 0, stdout: 'created a\n', stderr: '' });
    expect(server.routers.size).toBe(2);
  });
});

describe('routers delete', () => {
  async function startWithRouters(): Promise<StubServer> {
    const server = await startStubServer();
    for (const name of ['a', 'b']) server.routers.set(name, create(RouterSchema, { name, etag: `v-${name}` }));
    return server;
  }

  test('deletes, and goes on behind one that is not there', async () => {
    const server = await startWithRouters();
    const { code, stdout, stderr } = await runCommand(['routers', 'delete', 'a', 'x', 'b'], { env: server.env });
    expect([code, stdout, server.routers.size]).toEqual([1, 'deleted a\ndeleted b\n', 0]);
    expect(stderr).toMatch(/^The router x .*\n$/);
  });

  test('--json prints one document', async () => {
    const server = await startWithRouters();
    const { stdout, stderr } = await runCommand(['routers', 'delete', 'a', 'x', '--json'], { env: server.env });
    expect(JSON.parse(stdout)).toEqual({ deleted: ['a'] });
    expect(JSON.parse(stderr)).toMatchObject({ error: { reason: 'ROUTER_UNKNOWN', code: 'NOT_FOUND' } });
    const more = await runCommand(['routers', 'delete', 'x', 'b', 'y', '--json'], { env: server.env });
    expect([more.code, JSON.parse(more.stdout)]).toEqual([1, { deleted: ['b'] }]);
    expect(JSON.parse(more.stderr)).toMatchObject({ error: { field_violations: [{ place: 'x' }, { place: 'y' }] } });
  });

  test.each([
    ['y\n', 0, 1],
    ['n\n', 1, 2],
    ['\n', 1, 2],
    ['', 1, 2],
  ])('asks at a terminal, where %j ends with %i', async (input, wantedCode, left) => {
    const server = await startWithRouters();
    const terminals = ['stdin', 'stdout', 'stderr'] as const;
    const { code, stderr } = await runCommand(['routers', 'delete', 'a'], { env: server.env, input, terminals });
    expect([code, server.routers.size]).toEqual([wantedCode, left]);
    expect(stderr).toContain('Delete the router a? [y/N] ');
  });

  test('--yes does not ask, and --etag guards', async () => {
    const server = await startWithRouters();
    const terminals = ['stdin', 'stdout', 'stderr'] as const;
    const run = async (etag: string) =>
      await runCommand(['routers', 'delete', 'a', '--yes', '--etag', etag], { env: server.env, terminals });
    expect(await run('other')).toMatchObject({ code: 1, stderr: expect.stringContaining('has changed') });
    expect(await run('v-a')).toEqual({ code: 0, stdout: 'deleted a\n', stderr: '' });
  });
});
