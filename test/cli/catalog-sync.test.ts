import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fetchText } from '../../src/cli/fetch-text.ts';
import { formatPrice } from '../../src/cli/format-price.ts';
import { systemClock } from '../../src/core/clock.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { readSourceFile } from '../catalog/sync/source-files.ts';
import { runProgram } from '../process/program.ts';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { type RunOptions, runCommand } from './run-command.ts';

/** Starts a web server, and gives its address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return `http://127.0.0.1:${address.port}`;
}

/** An address at which nobody listens any more. */
async function findClosedPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}/`;
}

/** A mirror of all sources, and a server's configuration with a store of its own. */
async function createRig() {
  const files = new Map(['models.dev', 'litellm', 'openrouter', 'epoch'].map((name) => [name, readSourceFile(name)]));
  const origin = await serve((request, response) => {
    const text = files.get(request.url?.slice(1) ?? '');
    response.statusCode = text === undefined ? 404 : 200;
    response.end(text);
  });
  const folder = await createTemporaryFolder();
  const config = `${folder}/signalbox.yaml`;
  await writeFile(config, 'storage: { url: "sqlite:./data/signalbox.db" }\n');
  const run = (args: readonly string[], options: RunOptions = {}) =>
    runCommand(['catalog', ...args, '--config', config], options);
  return {
    origin,
    files,
    folder,
    config,
    run,
    sync: (source: string, ...flags: string[]) =>
      run(['sync', '--from', source, '--url', `${origin}/${source}`, ...flags]),
    /** What the store has, as a server that starts now would find it. */
    readStore: async () => {
      const storage = await openStorage({ url: `sqlite:${folder}/data/signalbox.db`, clock: systemClock });
      const syncs = await storage.catalog.list();
      await storage.close();
      return syncs;
    },
  };
}

describe('catalog sync', () => {
  test.each([
    ['models.dev', 'models.dev: 5 models of 4 providers\nadded 5, changed 0, removed 0, same 0\nsaved\n'],
    ['litellm', 'litellm: 6 models of 6 providers\nadded 6, changed 0, removed 0, same 0\nsaved\n'],
    ['openrouter', 'openrouter: 3 models of 1 provider\nadded 3, changed 0, removed 0, same 0\nsaved\n'],
    ['epoch', 'epoch: scores of 7 models\nadded 7, changed 0, removed 0, same 0\nsaved\n'],
  ])('keeps what %s says, over a new start', async (source, stdout) => {
    const rig = await createRig();
    const result = await rig.sync(source);
    expect(result).toMatchObject({ code: 0, stdout });
    expect(result.stderr).toMatch(/^(warning: .+\.\n)+$/);
    expect(await rig.readStore()).toMatchObject([{ source }]);
    const again = await rig.sync(source);
    expect(again.stdout).toMatch(/\nadded 0, changed 0, removed 0, same \d\nsaved\n$/);
  });

  test('saves nothing in a dry run', async () => {
    const rig = await createRig();
    const result = await rig.sync('models.dev', '--dry-run');
    expect([result.code, result.stdout]).toEqual([0, expect.stringMatching(/added 5.*\nnot saved\n$/s)]);
    expect(await rig.readStore()).toEqual([]);
  });

  test('tells what changed, and the prices first that changed most', async () => {
    const rig = await createRig();
    await rig.sync('models.dev');
    const text = readSourceFile('models.dev')
      .replace('"input": 2.5,', '"input": 3,')
      .replace('"input": 1.25', '"input": 2.5');
    rig.files.set('models.dev', text.replace('"novel-1": {', '"novel-2": {'));
    const result = await rig.sync('models.dev');
    expect([result.code, result.stdout]).toEqual([
      0,
      [
        'models.dev: 5 models of 4 providers',
        'added 1, changed 2, removed 1, same 2',
        'MODEL                            PRICE       BEFORE  NOW',
        'google-ai-studio/gemini-2.5-pro  input_mtok  1.25    2.5',
        'openai/gpt-5.4                   input_mtok  2.5     3',
        'saved',
        '',
      ].join('\n'),
    ]);
    const { stdout } = await rig.sync('models.dev', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      source: 'models.dev',
      is_saved: true,
      same_count: 5,
      price_changes: [],
    });
  });

  test('refuses prices that jump, unless they are accepted', async () => {
    const rig = await createRig();
    await rig.sync('models.dev');
    const before = await rig.readStore();
    const text = readSourceFile('models.dev').replace('"input": 2.5,', '"input": 2500,');
    rig.files.set('models.dev', text.replace('"input": 0.88,', '"input": 0,'));
    const refused = await rig.sync('models.dev');
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('\nnot saved\n') });
    expect(refused.stderr).toContain('If it is right, sync again with --accept-jumps:\n');
    expect(refused.stderr).toContain('\n  openai/gpt-5.4: input_mtok: from 2.5 to 2500\n');
    expect(refused.stderr).toContain('Llama-3.3-70B-Instruct-Turbo: input_mtok: from 0.88 to 0\n');
    expect((await rig.sync('models.dev', '--dry-run')).code).toBe(1);
    expect(await rig.readStore()).toEqual(before);
    const json = await rig.sync('models.dev', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ is_saved: false, changed: ['openai/gpt-5.4', expect.any(String)] });
    expect(JSON.parse(json.stderr.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      error: {
        field_violations: [{ description: 'from 0.88 to 0' }, { place: 'openai/gpt-5.4', field: 'input_mtok' }],
      },
    });
    expect(await rig.sync('models.dev', '--accept-jumps')).toMatchObject({ code: 0 });
    expect((await rig.readStore())[0]?.revision).toBeGreaterThan(before[0]?.revision ?? 0);
  });

  test('refuses a list of which most is gone, or all', async () => {
    const rig = await createRig();
    await rig.sync('litellm');
    const before = await rig.readStore();
    rig.files.set('litellm', JSON.stringify({ m: { litellm_provider: 'openai', mode: 'chat' } }));
    const { code, stderr } = await rig.sync('litellm');
    expect([code, stderr]).toEqual([1, expect.stringContaining('  6 of 6 entries of the last sync are gone\n')]);
    rig.files.set('litellm', JSON.stringify({ m: { litellm_provider: 'openai', mode: 'rerank' } }));
    expect(await rig.sync('litellm', '--accept-jumps')).toMatchObject({
      code: 1,
      stderr: 'litellm holds no models that can be taken. Nothing was saved.\n',
    });
    expect(await rig.readStore()).toEqual(before);
  });

  test('follows the pages of a list, on the same host only', async () => {
    const rig = await createRig();
    const page = (id: string, next: string) => JSON.stringify({ data: [{ id, pricing: {} }], links: { next } });
    rig.files.set('openrouter', page('a/one', '/second')).set('second', page('a/two', ''));
    expect((await rig.sync('openrouter')).stdout).toContain('openrouter: 2 models of 1 provider\n');
    rig.files.set('second', page('a/two', 'https://elsewhere.example/'));
    expect(await rig.sync('openrouter')).toMatchObject({ code: 1, stderr: expect.stringContaining('at another host') });
    rig.files.set('second', page('a/two', '/second'));
    expect(await rig.sync('openrouter')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('more than 100 pages'),
    });
  });

  test.each([
    [['sync'], 2, 'Name a source: --from models.dev|litellm|openrouter|epoch.'],
    [['sync', '--from', 'models-dev'], 2, 'The source "models-dev" is not known. Did you mean models.dev?'],
    [
      ['sync', '--from', 'x'],
      2,
      'The source "x" is not known. The sources are models.dev, litellm, openrouter, epoch.',
    ],
    [['sync', 'epoch'], 2, 'Name the source with --from: catalog sync --from SOURCE.'],
    [['sync', '--from', 'epoch', '--url', 'file:///etc/passwd'], 2, 'The value of --url is no address of a file.'],
    [
      ['sync', '--from', 'epoch', '--url', 'https://a:b@c.example/'],
      2,
      'The value of --url holds a user or a password.',
    ],
    [['list', 'x'], 2, 'catalog list takes no name.'],
    [['remove'], 2, 'Name one source: signalbox catalog remove SOURCE.'],
  ] as const)('%j is wrong', async (args, code, message) => {
    const rig = await createRig();
    const result = await rig.run(args);
    expect([result.code, result.stdout, result.stderr]).toEqual([code, '', expect.stringContaining(message)]);
  });

  test('tells what keeps it from fetching', async () => {
    const rig = await createRig();
    expect(await rig.run(['sync', '--from', 'epoch', '--url', `${rig.origin}/nothing`])).toMatchObject({
      code: 1,
      stderr: `${rig.origin}/nothing answered with the status 404. Check the URL.\n`,
    });
    const closed = await findClosedPort();
    expect(await rig.run(['sync', '--from', 'epoch', '--url', `${rig.origin}/models.dev`])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('so it is not what epoch publishes. Nothing was saved.\n'),
    });
    expect(await rig.run(['sync', '--from', 'epoch', '--url', closed])).toMatchObject({
      code: 3,
      stderr: `${closed} cannot be fetched: ECONNREFUSED.\n`,
    });
  });

  test('tells what is wrong with the configuration, and needs a store that stays', async () => {
    const rig = await createRig();
    await writeFile(rig.config, 'storge: {}\nlog: { level: loud }\n');
    const wrong = await rig.sync('epoch');
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^The configuration of the server cannot be used:\n {2}.*loud.*\n {2}.*storge.*Did you mean storage\?\n$/,
      ),
    ]);
    await writeFile(rig.config, 'storage: { url: "sqlite::memory:" }\n');
    expect(await rig.sync('epoch')).toMatchObject({
      code: 1,
      stderr: 'The store is in memory, so nothing could be kept in it. Set storage.url to a file.\n',
    });
    await writeFile(rig.config, 'storage: { url: "sqlite:/proc/none/signalbox.db" }\n');
    expect(await rig.sync('epoch')).toMatchObject({ code: 1, stderr: expect.stringContaining('Set storage.url') });
  });

  test('runs as a program', async () => {
    const rig = await createRig();
    const args = ['catalog', 'sync', '--from', 'epoch', '--url', `${rig.origin}/epoch`];
    expect(await runProgram(args, { cwd: rig.folder, env: {} })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('saved\n'),
    });
  });
});

describe('catalog list and remove', () => {
  test('show and forget what was synced', async () => {
    const rig = await createRig();
    expect(await rig.run(['list'])).toEqual({ code: 0, stdout: '', stderr: 'Nothing was synced.\n' });
    await rig.sync('models.dev');
    await rig.sync('epoch');
    expect((await rig.run(['list'])).stdout).toMatch(
      /^SOURCE {6}SYNCED {16}MODELS {2}SCORES\nmodels\.dev {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}5 {7}0\nepoch {7}\S+ {2}0 {7}7\n$/,
    );
    expect(await rig.run(['remove', 'epcoh'])).toMatchObject({
      code: 1,
      stderr: 'Nothing was synced from "epcoh". Did you mean epoch?\n',
    });
    expect(await rig.run(['remove', 'epoch'])).toEqual({ code: 0, stdout: 'removed epoch\n', stderr: '' });
    expect(JSON.parse((await rig.run(['list', '--json'])).stdout)).toMatchObject({
      syncs: [{ source: 'models.dev', model_count: 5, score_count: 0 }],
    });
    expect((await rig.run(['remove', 'models.dev', '--json'])).stdout).toBe('{\n  "removed": "models.dev"\n}\n');
    expect(await rig.readStore()).toEqual([]);
  });

  test('tell of a sync that is damaged, which the next one mends', async () => {
    const rig = await createRig();
    const storage = await openStorage({ url: `sqlite:${rig.folder}/data/signalbox.db`, clock: systemClock });
    await storage.catalog.replace('epoch', '{}');
    await storage.close();
    expect((await rig.run(['list'])).stdout).toMatch(/^epoch .* damaged$/m);
    const result = await rig.sync('epoch');
    expect(result).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('warning: The last sync of this source is'),
    });
    expect((await rig.run(['list'])).stdout).not.toContain('damaged');
  });
});

describe('fetching a text', () => {
  const options = { fetch, signal: new AbortController().signal, timeoutMs: 10_000, maxBytes: 1000 };
  const redirect =
    (to: string): RequestListener =>
    (_, response) =>
      void response.writeHead(302, { location: to }).end();

  test('follows redirections, but not without end, and to no other scheme', async () => {
    const target = await serve((_, response) => void response.end('text'));
    expect(await fetchText(await serve(redirect(target)), options)).toBe('text');
    await expect(fetchText(await serve(redirect('/')), options)).rejects.toThrow('redirects more than 5 times');
    await expect(fetchText(await serve(redirect('file:///etc/passwd')), options)).rejects.toThrow('is not https');
  });

  test('never goes from https to http', async () => {
    const urls: string[] = [];
    const answer = async (url: string): Promise<Response> => {
      urls.push(url);
      return new Response(null, { status: 301, headers: { location: 'http://a.example/' } });
    };
    await expect(fetchText('https://a.example/', { ...options, fetch: answer })).rejects.toThrow('is not https');
    expect(urls).toEqual(['https://a.example/']);
  });

  test('ends with what is too long, is no text, or does not come', async () => {
    const long = await serve((_, response) => void response.end('x'.repeat(1001)));
    await expect(fetchText(long, options)).rejects.toThrow('is longer than 1000 bytes');
    const bytes = await serve((_, response) => void response.end(Buffer.from([0xff])));
    await expect(fetchText(bytes, options)).rejects.toThrow('is not UTF-8');
    const silent = await serve((_, response) => void response.write('x'));
    await expect(fetchText(silent, { ...options, timeoutMs: 50 })).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('it took longer than 0.05 s'),
    });
  });
});

test.each([
  [0, '0'],
  [2500, '2500'],
  [0.0000375, '0.0000375'],
  [0.1 + 0.2, '0.3'],
])('the price %d is shown as %s', (price, text) => {
  expect(formatPrice(price)).toBe(text);
});
