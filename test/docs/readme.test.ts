import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { providerKinds } from '../../src/providers/registry.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { projectFolder, readDocument } from './documents.ts';

const readme = readDocument('README.md');
const run = promisify(execFile);

/** The code blocks of a language. */
function listBlocks(language: string): string[] {
  return [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, code = '']) =>
    name === language ? [code] : [],
  );
}

/** The only code block of a language that has this text. */
function findBlock(language: string, text = ''): string {
  const found = listBlocks(language).filter((code) => code.includes(text));
  expect(found, `${language} with ${text}`).toHaveLength(1);
  return found[0] ?? '';
}

function canRun(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('README.md', () => {
  let server: TestServer;
  let folder: string;
  beforeAll(async () => {
    server = await startTestServer();
    // As the reader's folder is with the packages installed.
    folder = mkdtempSync(join(tmpdir(), 'signalbox-readme-'));
    symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await server.close();
  });

  /** Runs code of the README against the test's server, and gives back what it prints. */
  async function runCode(command: string, fileName: string, code: string): Promise<string> {
    writeFileSync(join(folder, fileName), code.replaceAll('127.0.0.1:8585', `127.0.0.1:${server.port}`));
    const path = `${join(projectFolder, 'node_modules/.bin')}${delimiter}${process.env['PATH']}`;
    const env = { ...process.env, PATH: path, SIGNALBOX_KEY: server.apiKey, SIGNALBOX_URL: server.origin };
    const { stdout } = await run(command, [fileName], { cwd: folder, env });
    return stdout;
  }

  test('makes the key of an id and a secret', async () => {
    const { stdout } = await run('sh', ['-c', `${findBlock('sh', 'export')} printf %s "$SIGNALBOX_KEY"`]);
    expect(Buffer.from(stdout, 'base64').toString()).toBe('me:my-secret');
  });

  test.skipIf(!canRun('curl', '--version'))('has curl lines that work (needs curl)', async () => {
    const blocks = listBlocks('sh').filter((code) => code.startsWith('curl ') && !code.includes('router/'));
    const [whole = '', stream = '', fallback = ''] = await Promise.all(
      blocks.map((code, index) => runCode('sh', `curl-${index}.sh`, code)),
    );
    expect(blocks).toHaveLength(3);
    expect(JSON.parse(whole)).toMatchObject({ choices: [{ message: { content: 'Hello!' } }] });
    expect(stream).toMatch(/^data: \{.*"content":"One".*\n\ndata: \[DONE\]\n\n$/s);
    expect(JSON.parse(fallback)).toMatchObject({
      model: 'sandbox/echo',
      // The model that fails is tried once more before the next one is.
      metadata: { attempts: [{ success: false }, { success: false }, { success: true }] },
    });
  });

  test.skipIf(!canRun('curl', '--version'))('has a router that works (needs curl)', async () => {
    writeFileSync(join(folder, 'router.yaml'), findBlock('yaml', 'my-router'));
    const runCommand = (code: string): Promise<string> =>
      runCode(
        'sh',
        'router.sh',
        code.replace('npx --no-install signalbox', `node ${join(projectFolder, 'bin/signalbox.js')}`),
      );
    expect(await runCommand(findBlock('sh', 'routers apply'))).toBe('created my-router\n');
    const answer = JSON.parse(await runCommand(findBlock('sh', '"router/my-router"')));
    const explained = await runCommand(findBlock('sh', 'signalbox explain router'));
    expect(answer.metadata).toMatchObject({ router: 'my-router', route_id: 'premium' });
    expect(`${explained.split('\n')[0]} - success`).toBe(answer.metadata.reasoning);
  });

  test.skipIf(!canRun('curl', '--version'))(
    'shows what it chooses from, and what it would choose (needs curl)',
    async () => {
      const signalbox = `node ${join(projectFolder, 'bin/signalbox.js')}`;
      const runLines = (code: string): Promise<string> =>
        runCode('sh', 'choosing.sh', code.replaceAll('npx --no-install signalbox', signalbox));
      const listed = await runLines(findBlock('sh', 'models list'));
      expect(listed).toMatch(/sandbox\s+echo|sandbox\/echo/);
      expect(listed).toContain('"models":[');
      expect(await runLines(findBlock('sh', 'explain auto'))).toMatch(/'sandbox\/\w+' for 'auto'/);
    },
  );

  test('has a program for the OpenAI SDK that works', async () => {
    expect(await runCode('node', 'openai.js', findBlock('js'))).toBe('Hello!');
  });

  test.skipIf(!canRun('python3', '-c', 'import openai'))(
    'has a program for the OpenAI SDK in Python that works (needs python3 with openai)',
    async () => {
      expect(await runCode('python3', 'first.py', findBlock('python'))).toBe('Hello!');
    },
  );

  test.skipIf(!canRun('grpcurl', '-version'))('has a grpcurl line that works (needs grpcurl)', async () => {
    const printed = await runCode('sh', 'grpcurl.sh', findBlock('sh', 'grpcurl'));
    expect(printed).toContain('"content": "Hello"');
    expect(printed).toContain('"finishReason": "stop"');
  });

  test('has a TypeScript client that works with the code that its commands generate', async () => {
    const commands = findBlock('sh', 'buf generate');
    const [generate = ''] = /^npx buf generate .*/ms.exec(commands) ?? [];
    await runCode('sh', 'generate.sh', generate.replace('npx ', '').replaceAll('../signalbox', projectFolder));
    const printed = await runCode('node', 'client.ts', findBlock('ts'));
    expect(printed).toBe("Hello!\nUsing specified model: 'sandbox/echo' - success\n");
  });

  test('has a configuration that loads', () => {
    const launch = loadConfig({
      argv: ['--config', 'signalbox.yaml'],
      cwd: '/',
      env: { APP_SECRET: 'secret of the app', OPENAI_API_KEY: 'sk-test-key' },
      readFile: () => Buffer.from(findBlock('yaml', 'providers:')),
      knownKinds: providerKinds,
    });
    expect(launch).toMatchObject({
      action: 'serve',
      config: {
        providers: expect.arrayContaining([
          expect.objectContaining({ name: 'my-vllm', kind: 'openai-compatible' }),
          expect.objectContaining({ name: 'sandbox', enabled: false }),
        ]),
      },
    });
  });
});
