import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commandList } from '../../src/cli/command-list.ts';
import { defaultUrl } from '../../src/cli/server-connection.ts';
import { commands, createHelpText } from '../../src/config/command-line.ts';
import { portSchema } from '../../src/config/server-schema.ts';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { startTestServer } from '../support/test-server.ts';
import { runCommand } from './run-command.ts';
import { startStubServer, stubKey } from './stub-server.ts';

test('the default address is that of a server without configuration', () => {
  expect(defaultUrl).toBe(`http://127.0.0.1:${portSchema.parse(undefined)}`);
});

test("the server's help text names every command", () => {
  const names = [...new Set(commandList.map(({ words }) => words[0]))];
  expect(commands.map(({ name }) => name)).toEqual(names);
  for (const { name, description } of commands)
    expect(createHelpText()).toMatch(new RegExp(`\\b${name} +${description}`));
});

describe('--help', () => {
  test.each(commandList.map(({ words }) => [words.join(' '), words] as const))('of %s', async (name, words) => {
    const { code, stdout, stderr } = await runCommand([...words, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: signalbox ${name}\\b`));
    const connection = words[0] === 'catalog' ? ['--config'] : ['--url', '--key-file', '--timeout'];
    for (const flag of ['--json', '--help', ...connection]) expect(stdout).toContain(`  ${flag}`);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(140);
    expect((await runCommand(['help', ...words])).stdout).toBe(stdout);
    expect((await runCommand([...words, '-h'])).stdout).toBe(stdout);
  });

  test('of routers lists its commands', async () => {
    const { code, stdout } = await runCommand(['routers', '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: signalbox routers COMMAND[\s\S]*routers apply +Create/);
    expect((await runCommand(['help'])).stdout).toContain('explain');
  });
});

describe('a wrong command line', () => {
  test.each([
    [['routrs', 'list'], 'The command "routrs" is not known. Did you mean routers?'],
    [['serv'], 'The command "serv" is not known. Did you mean serve?'],
    [['routers', 'lst'], 'The command "routers lst" is not known. Did you mean routers list?'],
    [
      ['routers', 'frobnicate'],
      'The command "routers frobnicate" is not known. Run signalbox --help for the commands.',
    ],
    [['routers'], 'Say what to do with routers: list, get, apply, delete.'],
    [['routers', 'list', '--jsn'], 'The flag "--jsn" is not known here. Did you mean --json?'],
    [['routers', 'list', '--key', stubKey], 'The flag "--key" is not known here. Run with --help for the flags.'],
    [['routers', 'list', '--json=yes'], 'The flag --json takes no value. Leave out what follows the equals sign.'],
    [['routers', 'list', '--url'], 'The flag --url needs a value: --url URL.'],
    [['routers', 'list', '--url', 'a:b', '--url', 'c:d'], 'The flag --url is given twice.'],
    [['routers', 'list', 'a'], 'routers list takes no name. Use routers get NAME.'],
    [['routers', 'get'], 'Name one router: signalbox routers get NAME.'],
    [['routers', 'get', 'a', 'b'], 'Name one router: signalbox routers get NAME.'],
    [['routers', 'apply'], 'Name a file: signalbox routers apply -f FILE.'],
    [['routers', 'apply', '-f', '-', '-f', '-'], 'Standard input can be read once.'],
    [['routers', 'delete'], 'Name a router: signalbox routers delete NAME.'],
    [['routers', 'delete', 'a', 'b', '--etag', 'x'], '--etag is for one router. Delete them one by one.'],
    [['models', 'list', 'a'], 'models list takes no name. Use models get NAME.'],
    [['models', 'get'], 'Name one model: signalbox models get NAME.'],
    [['models', 'get', 'a', 'b'], 'Name one model: signalbox models get NAME.'],
    [['explain'], 'Name a model or a router: signalbox explain MODEL.'],
    [['explain', 'm', 'text'], 'Name one model. The text of a message stands after --message.'],
    [['explain', 'm', '--metadata', 'tier'], 'Write --metadata with a name and a value: --metadata NAME=VALUE.'],
    [['explain', 'm', '--var', 'a=1', '--var', 'a=2'], 'The name "a" is given twice with --var.'],
    [['chat'], 'Name a model or a router: signalbox chat MODEL TEXT.'],
    [
      ['chat', 'm', 'x', '--timeout', '0'],
      'The value of --timeout is not a number of seconds above 0 and up to 2147483.',
    ],
    [['chat', 'm', 'x', '--url', '8585'], `The value of --url is no address of a server. Write it like ${defaultUrl}.`],
    [
      ['chat', 'm', 'x', '--url', 'http://me:secret@h'],
      'The value of --url holds a user or a password. Set SIGNALBOX_KEY to the key instead.',
    ],
    [
      ['chat', 'm', '--system', '--no-stream'],
      'The flag --system needs a value: --system TEXT. For a value that begins with a dash write --system=VALUE.',
    ],
  ])('%j ends with 2', async (argv, message) => {
    expect(await runCommand(argv, { env: { SIGNALBOX_KEY: stubKey } })).toEqual({
      code: 2,
      stdout: '',
      stderr: `${message}\n`,
    });
  });
});

describe('the key', () => {
  async function list(env: Readonly<Record<string, string>>, ...flags: readonly string[]) {
    const server = await startStubServer();
    return await runCommand(['routers', 'list', '--url', `${server.url}/`, ...flags], { env });
  }

  test('comes from the environment or a file, in both forms', async () => {
    const file = join(await createTemporaryFolder(), 'key');
    await writeFile(file, 'me:secret\n');
    expect((await list({ SIGNALBOX_KEY: stubKey })).code).toBe(0);
    expect((await list({ SIGNALBOX_API_KEY: 'me:secret' })).code).toBe(0);
    expect((await list({ SIGNALBOX_KEY: stubKey, SIGNALBOX_API_KEY: 'other:key' })).code).toBe(0);
    expect((await list({ SIGNALBOX_KEY: 'other' }, '--key-file', file)).code).toBe(0);
  });

  test.each([
    ['none', {}, [], /^There is no API key\. Set SIGNALBOX_KEY /],
    ['one that the server refuses', { SIGNALBOX_KEY: 'd3Jvbmc6a2V5' }, [], /^The API key is not valid\./],
    ['what is none', { SIGNALBOX_KEY: 'top secret\nx' }, [], /^What SIGNALBOX_KEY holds is no API key\./],
    ['a file that is not there', {}, ['--key-file', '/nowhere/key'], /cannot be read: there is no such file\.$/m],
  ])('%s ends with 4', async (_what, env, flags, message) => {
    const { code, stdout, stderr } = await list(env, ...flags);
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('top secret');
  });
});

describe('a server that cannot be reached ends with 3', () => {
  const env = { SIGNALBOX_KEY: stubKey };

  test('nothing listens', async () => {
    // Port 1 is tcpmux, which nobody runs.
    const { code, stderr } = await runCommand(['routers', 'list', '--url', 'http://127.0.0.1:1'], { env });
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^Cannot reach a server at http:\/\/127\.0\.0\.1:1: nothing listens there\. .*signalbox serve/,
    );
  });

  test('it does not answer in time', async () => {
    const server = await startStubServer({ chat: { createChatCompletion: () => new Promise(() => {}) } });
    const argv = ['chat', 'm', 'x', '--no-stream', '--timeout', '0.05'];
    const { code, stderr } = await runCommand(argv, { env: server.env });
    expect([code, stderr]).toEqual([3, expect.stringMatching(/did not answer in time\. .*--timeout\.\n$/)]);
  });
});

describe('an address without a Signalbox server', () => {
  async function listAt(status: number, type: string, body: string, path = '') {
    const other = createServer((request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': type, 'x-http-status': '299' }).end(body);
    });
    onTestFinished(() => {
      other.close();
      other.closeAllConnections();
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${path}`;
    const argv = ['routers', 'list', '--url', url];
    return { url, ...(await runCommand(argv, { env: { SIGNALBOX_KEY: stubKey } })) };
  }

  test.each([
    [404, 'text/html', '<h1>Not found</h1>', 1, 'HTTP 404'],
    [404, 'application/json', '{"error": {"message": "There is nothing."}}', 1, 'HTTP 404'],
    [501, 'text/html', '<h1>Unsupported method</h1>', 1, 'HTTP 501'],
    [301, 'text/html', '', 1, 'HTTP 301'],
    [200, 'text/html; charset=utf-8', '<h1>Welcome</h1>', 1, 'HTTP 200 and the type "text/html"'],
    [502, 'text/html', '<h1>Bad gateway</h1>', 3, 'HTTP 502'],
    [401, 'text/html', '<h1>Log in</h1>', 4, 'HTTP 401'],
  ])('that answers %i with %s says so', async (status, type, body, wantedCode, shown) => {
    const { url, code, stdout, stderr } = await listAt(status, type, body, '/foo');
    expect([code, stdout]).toEqual([wantedCode, '']);
    expect(stderr.startsWith(`What answers at ${url} is no Signalbox server: it answers with ${shown}. `)).toBe(true);
  });

  test('is a path of one, too', async () => {
    await using server = await startTestServer();
    const env = { SIGNALBOX_URL: `${server.origin}/foo`, SIGNALBOX_KEY: server.apiKey };
    const { code, stderr } = await runCommand(['routers', 'list'], { env });
    expect([code, stderr]).toEqual([1, expect.stringContaining('is no Signalbox server: it answers with HTTP 404.')]);
  });
});

describe('--json and an error', () => {
  test('of the server: its reason, code and fields', async () => {
    const server = await startStubServer();
    const { code, stdout, stderr } = await runCommand(['routers', 'get', 'nobody', '--json'], { env: server.env });
    expect([code, stdout]).toEqual([1, '']);
    const message = expect.stringMatching(/^The router nobody /);
    expect(stderr).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(stderr)).toEqual({
      error: { message, reason: 'ROUTER_UNKNOWN', code: 'NOT_FOUND', field_violations: [] },
    });
  });

  test('of a router file: each field with its place', async () => {
    const server = await startStubServer();
    const argv = ['routers', 'apply', '-f', '-', '--json'];
    const { code, stdout, stderr } = await runCommand(argv, { env: server.env, input: 'name: bad\ndisplayNam: x\n' });
    expect([code, stdout]).toEqual([1, '']);
    const place = 'standard input: bad';
    expect(JSON.parse(stderr)).toMatchObject({
      error: {
        reason: null,
        code: null,
        field_violations: [
          { place, field: 'displayNam', description: expect.stringMatching(/./) },
          { place, field: 'routes[0].condition.cel_expression', description: 'it does not parse' },
          { place, field: 'routes[0].route.variants', description: 'the weights sum to 99' },
        ],
      },
    });
  });

  test.each([
    [['routers', 'list', '--json', '--usr'], {}, 2],
    [['routrs', '--json'], {}, 2],
    [['routers', 'list', '--json'], {}, 4],
    [['routers', 'list', '--json', '--url', 'http://127.0.0.1:1'], { SIGNALBOX_KEY: stubKey }, 3],
  ])('%j keeps its exit code', async (argv, env, wantedCode) => {
    const { code, stdout, stderr } = await runCommand(argv, { env });
    expect([code, stdout]).toEqual([wantedCode, '']);
    expect(JSON.parse(stderr)).toMatchObject({ error: { message: expect.stringMatching(/[.?]$/), reason: null } });
  });

  test('is JSON also where it would steer a terminal', async () => {
    const server = await startStubServer();
    const argv = ['routers', 'apply', '-f', '-', '--json'];
    const { stderr } = await runCommand(argv, { env: server.env, input: '{"name": "\\u009b31m", "x": 1}' });
    expect(stderr).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { field_violations: [{ place: 'standard input: \u009b31m', field: 'x' }] },
    });
  });

  test('behind -- is text', async () => {
    const { stderr } = await runCommand(['chat', 'm', '--', '--json'], {});
    expect(stderr).toMatch(/^There is no API key\./);
  });
});
