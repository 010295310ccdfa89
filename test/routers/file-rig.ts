import { onTestFinished } from 'vitest';
import { InlineRouters } from '../../src/config/inline-routers.ts';
import { createFileRouters, type FileRoutersOptions } from '../../src/routers/create-file-routers.ts';
import type { FileRouters } from '../../src/routers/file-routers.ts';
import type { RouterFileSystem } from '../../src/routers/router-file-system.ts';
import type { RouterNotice } from '../../src/routers/router-notice.ts';
import { createManualClock } from '../contract/manual-clock.ts';
import { rules } from './book-rig.ts';

/** How long files have to lie still, in milliseconds. */
const settleMs = 200;

/** A router as people write it. */
export function routerYaml(name: string, displayName = '', modelId = 'openai/gpt-4o-mini'): string {
  return [
    `name: ${name}`,
    ...(displayName === '' ? [] : [`displayName: ${displayName}`]),
    'defaultRoute:',
    '  route_id: default',
    '  variants:',
    '    - weight: 100',
    `      variant: { variant_id: only, model_id: ${modelId} }`,
    '',
  ].join('\n');
}

/** Files by path; a text, or the code of the error that reading throws. */
export type FakeFiles = Map<string, string | { readonly code: string }>;

/** A file system of the test's, that counts what is read. */
export function createFakeFileSystem(files: FakeFiles): RouterFileSystem & { readonly reads: string[] } {
  const reads: string[] = [];
  const find = (path: string): string => {
    const content = files.get(path) ?? { code: 'ENOENT' };
    if (typeof content === 'string') return content;
    throw Object.assign(new Error(content.code), content);
  };
  return {
    reads,
    async list(folder, isWanted) {
      const names = [...files.keys()]
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1));
      if (names.length === 0) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
      return names.filter(isWanted).reverse();
    },
    // A content is its own stamp.
    stamp: async (path) => ({ version: find(path) || 'empty', changedMs: 0 }),
    async read(path) {
      reads.push(path);
      return Buffer.from(find(path));
    },
  };
}

/** The routers of files, with what a test steers them by. */
export interface FileRig {
  readonly files: FileRouters;
  readonly notices: RouterNotice[];
  /** Runs the next look at the files, with the pauses that it makes, and waits until it is over. */
  poll(): Promise<void>;
  advance(ms: number): void;
}

/** Reads routers of files. What reads them is closed when the test ends. */
export async function openFiles(options: Partial<FileRoutersOptions>): Promise<FileRig> {
  const manual = createManualClock();
  let passedMs = 0;
  let pausedMs = 0;
  const clock = { ...manual, nowMs: () => manual.nowMs() + passedMs, monotonicMs: () => passedMs + pausedMs };
  const notices: RouterNotice[] = [];
  const files = await createFileRouters({
    inline: new InlineRouters([]),
    configFile: undefined,
    folder: undefined,
    fileSystem: createFakeFileSystem(new Map()),
    rules,
    clock,
    pollMs: 1000,
    settleMs,
    onNotice: (notice) => notices.push(notice),
    ...options,
  });
  onTestFinished(() => files.close());
  let timer = clock.nextTimer();
  return {
    files,
    notices,
    advance(ms) {
      passedMs += ms;
    },
    async poll() {
      const current = await timer;
      timer = clock.nextTimer();
      current.fire();
      for (let next = await timer; next.delayMs === settleMs; next = await timer) {
        pausedMs += settleMs;
        timer = clock.nextTimer();
        next.fire();
      }
    },
  };
}

/** `WORKSPACE/NAME DISPLAY_NAME (FILE)`, sorted. */
export function showFiles({ routers }: FileRouters): string[] {
  return routers
    .map((router) => {
      const { displayName } = router.createResource();
      return `${router.workspace}/${`${router.name} ${displayName}`.trim()} (${router.file})`;
    })
    .sort();
}

/** The folder of {@link openFolder}. */
export const folder = '/srv/routers';

/** Reads the routers of a folder that holds such files. */
export async function openFolder(content: Readonly<Record<string, string | { readonly code: string }>>) {
  const files: FakeFiles = new Map(Object.entries(content).map(([name, text]) => [`${folder}/${name}`, text]));
  const fileSystem = createFakeFileSystem(files);
  return { content: files, fileSystem, ...(await openFiles({ folder, fileSystem })) };
}

/** A text with more space before each line but the first. */
export function indented(text: string, columns = 4): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(columns)).trimStart();
}
