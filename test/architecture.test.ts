import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

/**
 * Which room may import which. This table is the architecture: docs/architecture.md explains it, and what is not in it is not
 * allowed. A room may always import itself. `gen` stands for the generated messages.
 */
const allowedRooms: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['run-server.ts', 'cli'],
  'run-server.ts': [
    'compose-server.ts',
    'open-router-files.ts',
    'banner.ts',
    'describe-listen-problem.ts',
    'stop-on-signal.ts',
    'version.ts',
    'config',
    'core',
    'providers',
    'storage',
    'telemetry',
  ],
  'banner.ts': ['config', 'providers'],
  'compose-server.ts': [
    'open-catalog.ts',
    'open-router-files.ts',
    'server.ts',
    'auth',
    'catalog',
    'config',
    'core',
    'providers',
    'routers',
    'storage',
    'telemetry',
    'upstream',
  ],
  'open-catalog.ts': ['catalog', 'config', 'core', 'providers', 'storage'],
  'open-router-files.ts': ['config', 'core', 'routers', 'routing'],
  'describe-listen-problem.ts': [],
  'stop-on-signal.ts': ['core'],
  'version.ts': [],
  'server.ts': ['wire', 'auth', 'catalog', 'config', 'core', 'providers', 'routers', 'routing'],
  cli: ['catalog', 'config', 'dialects', 'providers', 'storage', 'core', 'gen'],
  wire: ['auth', 'catalog', 'routing', 'routers', 'dialects', 'storage', 'core', 'gen'],
  routing: ['catalog', 'providers', 'routers', 'conditions', 'core', 'gen'],
  routers: ['conditions', 'config', 'dialects', 'storage', 'core', 'gen'],
  conditions: ['core', 'gen'],
  providers: ['dialects', 'upstream', 'core', 'gen'],
  dialects: ['core', 'gen'],
  upstream: [],
  catalog: ['storage', 'core', 'gen'],
  auth: ['storage', 'core'],
  storage: ['core'],
  telemetry: ['core', 'gen'],
  config: ['core'],
  core: ['gen'],
};

/** Which rooms may import which package. A package that is not here may be imported by nobody. */
const allowedPackages: Readonly<Record<string, readonly string[]>> = {
  '@bufbuild/cel': ['conditions'],
  '@bufbuild/protobuf': ['wire', 'routing', 'routers', 'providers', 'dialects', 'cli'],
  '@bufbuild/protovalidate': ['wire'],
  '@bufbuild/re2': ['conditions'],
  '@connectrpc/connect': ['wire', 'cli'],
  '@connectrpc/connect-node': ['wire', 'cli'],
  '@opentelemetry/api': ['telemetry'],
  '@opentelemetry/exporter-prometheus': ['telemetry'],
  '@opentelemetry/sdk-metrics': ['telemetry'],
  '@pydantic/genai-prices': ['catalog'],
  '@smithy/core': ['upstream'],
  '@smithy/signature-v4': ['providers'],
  cors: ['wire'],
  fastify: ['wire'],
  'google-auth-library': ['providers'],
  kysely: ['storage'],
  leven: ['core'],
  pino: ['telemetry'],
  undici: ['upstream'],
  yaml: ['config', 'cli'],
  zod: ['config'],
};

const root = join(import.meta.dirname, '..');
const source = join(root, 'src');

interface Import {
  /** Path below src/. */
  readonly file: string;
  readonly specifier: string;
}

/** Import and re-export statements, which begin their line, and import(...), also in types. */
const importPattern =
  /^(?:import\s+(?:[\w$*{},\s]+?\sfrom\s+)?|export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s+)['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]/gm;

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(source, file), 'utf8');
  const specifiers = text.matchAll(importPattern);
  return Array.from(specifiers, ([, statement, call]) => ({ file, specifier: statement ?? call ?? '' }));
});

function roomOf(file: string): string {
  return file.split('/', 1)[0] ?? file;
}

/** The room that a relative import leads to; `gen` and package.json are outside of src/. */
function targetOf({ file, specifier }: Import): string {
  const target = relative(root, normalize(join(source, dirname(file), specifier)));
  return target.startsWith('src/') ? roomOf(target.slice('src/'.length)) : roomOf(target);
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

const relativeImports = imports.filter(({ specifier }) => specifier.startsWith('.'));
const packageImports = imports.filter(({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'));

describe('imports', () => {
  test('are found at all', () => {
    expect(files.length).toBeGreaterThan(80);
    expect(relativeImports.length).toBeGreaterThan(files.length);
  });

  test('between rooms are those of the table', () => {
    const offences = relativeImports.filter((entry) => {
      const [room, target] = [roomOf(entry.file), targetOf(entry)];
      return room !== target && target !== 'package.json' && !allowedRooms[room]?.includes(target);
    });
    expect(offences).toEqual([]);
  });

  test('of packages are those of the table', () => {
    const offences = packageImports.filter(
      ({ file, specifier }) => !allowedPackages[packageOf(specifier)]?.includes(roomOf(file)),
    );
    expect(offences).toEqual([]);
  });

  test('of built-in modules say so', () => {
    expect(packageImports.filter(({ specifier }) => builtinModules.includes(specifier))).toEqual([]);
  });

  test('the tables name nothing that is not there', () => {
    const rooms = new Set(files.map(roomOf));
    expect(Object.keys(allowedRooms).filter((room) => !rooms.has(room))).toEqual([]);
    const used = new Set(relativeImports.map((entry) => `${roomOf(entry.file)} -> ${targetOf(entry)}`));
    const unused = Object.entries(allowedRooms).flatMap(([room, targets]) =>
      targets.map((target) => `${room} -> ${target}`).filter((edge) => !used.has(edge)),
    );
    expect(unused).toEqual([]);
    const usedPackages = new Set(
      packageImports.map(({ file, specifier }) => `${packageOf(specifier)} in ${roomOf(file)}`),
    );
    const unusedPackages = Object.entries(allowedPackages).flatMap(([name, users]) =>
      users.map((room) => `${name} in ${room}`).filter((edge) => !usedPackages.has(edge)),
    );
    expect(unusedPackages).toEqual([]);
  });
});

describe('rooms inside rooms', () => {
  test('routing knows the provider contract and the directory, no provider', () => {
    const offences = relativeImports.filter(
      ({ file, specifier }) => roomOf(file) === 'routing' && /providers\/[^/]+\//.test(specifier),
    );
    expect(offences).toEqual([]);
  });

  test('one provider does not import another', () => {
    const offences = relativeImports.filter(({ file, specifier }) => {
      const [room, folder, ...rest] = file.split('/');
      if (room !== 'providers' || folder === undefined || rest.length === 0) return false;
      const target = relative(join(source, 'providers'), normalize(join(source, dirname(file), specifier)));
      return target.includes('/') && !target.startsWith('..') && target.split('/')[0] !== folder;
    });
    expect(offences).toEqual([]);
  });

  test('one dialect does not import another', () => {
    const offences = relativeImports.filter(({ file, specifier }) => {
      const [room, folder, ...rest] = file.split('/');
      if (room !== 'dialects' || folder === undefined || rest.length === 0) return false;
      const target = relative(join(source, 'dialects'), normalize(join(source, dirname(file), specifier)));
      return target.includes('/') && !target.startsWith('..') && target.split('/')[0] !== folder;
    });
    expect(offences).toEqual([]);
  });

  test('rest and rpc do not import each other', () => {
    const offences = relativeImports.filter(({ file, specifier }) => {
      const target = relative(source, normalize(join(source, dirname(file), specifier)));
      return (
        (file.startsWith('wire/rest/') && target.startsWith('wire/rpc/')) ||
        (file.startsWith('wire/rpc/') && target.startsWith('wire/rest/'))
      );
    });
    expect(offences).toEqual([]);
  });
});
