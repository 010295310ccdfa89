import { type ChildProcess, spawn } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuthenticator } from '../../src/auth/authenticator.ts';
import { parseCredential } from '../../src/auth/credential.ts';
import { createFirstKey } from '../../src/auth/first-key.ts';
import { resolveHashKey } from '../../src/auth/hash-key.ts';
import { createKeyHasher } from '../../src/auth/key-hasher.ts';
import { systemClock } from '../../src/core/clock.ts';
import { scopes } from '../../src/core/principal.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';

const hasher = createKeyHasher(createSecretKey(Buffer.alloc(32, 1)));

async function openForTest(url: string): Promise<Storage> {
  const storage = await openStorage({ url, clock: systemClock });
  onTestFinished(() => storage.close());
  return storage;
}

describe('createFirstKey', () => {
  it('makes a key that may do everything', async () => {
    const { keys } = await openForTest('sqlite::memory:');
    const credential = await createFirstKey({ configuredKeys: [], keys, hasher });
    const { authenticate } = createAuthenticator({ configuredKeys: [], storedKeys: await keys.list(), hasher });
    const principal = authenticate(`Bearer ${credential}`);
    expect(principal.keyId).toMatch(/^key_[0-9a-f]{16}$/);
    expect(principal.workspace).toBe('default');
    expect(principal.scopes).toEqual(new Set(scopes));
    expect(Buffer.from(parseCredential(`Bearer ${credential}`)?.secret ?? '', 'base64url')).toHaveLength(32);
  });

  it('makes none when there is one, stored or configured', async () => {
    const { keys } = await openForTest('sqlite::memory:');
    const configured = { id: 'app', secret: 'x', workspace: 'default', scopes } as const;
    expect(await createFirstKey({ configuredKeys: [configured], keys, hasher })).toBeUndefined();
    expect(await keys.list()).toEqual([]);
    expect(await createFirstKey({ configuredKeys: [], keys, hasher })).toBeDefined();
    expect(await createFirstKey({ configuredKeys: [], keys, hasher })).toBeUndefined();
    expect(await keys.list()).toHaveLength(1);
  });

  it('never makes the same key twice', async () => {
    const credentials = await Promise.all(
      [1, 2].map(async () =>
        createFirstKey({ configuredKeys: [], keys: (await openForTest('sqlite::memory:')).keys, hasher }),
      ),
    );
    expect(new Set(credentials).size).toBe(2);
  });

  it('takes its workspace and its random bytes from the caller', async () => {
    const { keys } = await openForTest('sqlite::memory:');
    const createRandomBytes = (count: number) => Buffer.alloc(count, 0xff);
    const credential = await createFirstKey({ configuredKeys: [], keys, hasher, workspace: 'ops', createRandomBytes });
    expect(parseCredential(`Basic ${credential}`)).toEqual({
      id: `key_${'f'.repeat(16)}`,
      secret: Buffer.alloc(32, 0xff).toString('base64url'),
    });
    expect((await keys.list())[0]?.workspace).toBe('ops');
  });

  it('stores no secret', async () => {
    const { keys } = await openForTest('sqlite::memory:');
    const credential = await createFirstKey({ configuredKeys: [], keys, hasher });
    const secret = parseCredential(`Basic ${credential}`)?.secret ?? '';
    const [record] = await keys.list();
    expect(Buffer.from(record?.secretHash ?? []).toString('hex')).toBe(
      Buffer.from(hasher.hash(secret)).toString('hex'),
    );
    expect(JSON.stringify(record)).not.toContain(secret);
  });
});

const program = fileURLToPath(new URL('first-key-process.ts', import.meta.url));

interface Start {
  readonly child: ChildProcess;
  /** Lines as they come; ends with the process. */
  readonly lines: AsyncIterable<string>;
  readonly closed: Promise<unknown>;
}

function start(url: string): Start {
  const child = spawn(process.execPath, [program, url], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, lines: createInterface({ input: child.stdout }), closed: once(child, 'close') };
}

/** Starts, kills at once after a line that begins so, and returns the credential if it was printed. */
async function startAndKill(url: string, lineStart: string): Promise<string | undefined> {
  const { child, lines, closed } = start(url);
  let credential: string | undefined;
  for await (const line of lines) {
    if (line.startsWith(lineStart)) {
      child.kill('SIGKILL');
    }
    credential = line.startsWith('credential ') ? line.slice('credential '.length) : credential;
  }
  await closed;
  expect(child.signalCode).toBe('SIGKILL');
  return credential;
}

async function authenticate(url: string, credential: string): Promise<string> {
  const storage = await openForTest(url);
  const authenticator = createAuthenticator({
    configuredKeys: [],
    storedKeys: await storage.keys.list(),
    hasher: createKeyHasher(await resolveHashKey({ folder: storage.folder })),
  });
  expect(authenticator.unverifiableKeyIds).toEqual([]);
  return authenticator.authenticate(`Bearer ${credential}`).keyId;
}

describe('a first start that is killed', () => {
  it.each(Array.from({ length: 8 }, (_, round) => round))('keeps the key that it printed (round %i)', async () => {
    const url = `sqlite:${await createTemporaryFolder()}/data/signalbox.db`;
    const credential = await startAndKill(url, 'credential');
    expect(await authenticate(url, credential ?? '')).toMatch(/^key_/);
    expect(await startAndKill(url, 'credential')).toBe('none');
  });

  it.each(['opened', 'hash-key'])('leaves a folder that the next start can use, killed after "%s"', async (line) => {
    const url = `sqlite:${await createTemporaryFolder()}/data/signalbox.db`;
    const first = await startAndKill(url, line);
    const second = await startAndKill(url, 'credential');
    const storage = await openForTest(url);
    expect(await storage.keys.list()).toHaveLength(1);
    // How far the first start came before the signal is open. What counts: nobody was shown a key that does not work.
    for (const credential of [first, second].filter((shown) => shown !== undefined && shown !== 'none')) {
      expect(await authenticate(url, credential ?? '')).toMatch(/^key_/);
    }
  });
});

describe('first starts at the same time', () => {
  it('print one key between them, and all know it', async () => {
    const url = `sqlite:${await createTemporaryFolder()}/data/signalbox.db`;
    const starts = Array.from({ length: 4 }, () => start(url));
    const printed = await Promise.all(
      starts.map(async ({ child, lines, closed }) => {
        const seen: string[] = [];
        for await (const line of lines) {
          seen.push(line);
          if (line.startsWith('credential ')) {
            child.stdin?.end();
          }
        }
        await closed;
        expect(child.exitCode).toBe(0);
        return seen.at(-1)?.slice('credential '.length);
      }),
    );
    const credentials = printed.filter((credential) => credential !== 'none');
    expect(credentials).toHaveLength(1);
    expect(await authenticate(url, credentials[0] ?? '')).toMatch(/^key_/);
  });
});
