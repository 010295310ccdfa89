import type { Config } from './config/config.ts';
import type { ConfigFilePlace } from './config/config-file.ts';
import type { Clock } from './core/clock.ts';
import { createFileRouters } from './routers/create-file-routers.ts';
import type { FileRouters } from './routers/file-routers.ts';
import { nodeRouterFileSystem } from './routers/router-file-system.ts';
import type { OnRouterNotice } from './routers/router-notice.ts';
import type { SavedRouter } from './routers/saved-router.ts';
import { describeModelProblems } from './routing/describe-model-problems.ts';
import type { ModelNames } from './routing/resolve-model.ts';

/** Where routers of files are looked for. */
export interface RouterFileSources {
  readonly config: Config;
  /** The file that the configuration came from, to read its routers again. `undefined`: there is none. */
  readonly configFile?: ConfigFilePlace | undefined;
  readonly clock: Clock;
}

/** Whether a file can bring routers, now or after it was changed. */
export function hasRouterFiles({ config, configFile }: RouterFileSources): boolean {
  return configFile !== undefined || config.routersDir !== undefined;
}

/**
 * Reads the routers of the configuration's files, and follows them.
 *
 * @throws ConfigError with every problem.
 */
export function openRouterFiles(
  { config, configFile, clock }: RouterFileSources,
  onNotice: OnRouterNotice,
): Promise<FileRouters> {
  return createFileRouters({
    inline: config.routers,
    configFile,
    folder: config.routersDir,
    fileSystem: nodeRouterFileSystem,
    rules: config.routing,
    clock,
    pollMs: config.routing.filesPollMs,
    onNotice,
  });
}

/** The most warnings of one router: it may name some thousand models. */
const maxWarnings = 100;

/**
 * Tells what of the routers of files this server cannot do now, as whoever saves one through the API is told: one notice for each router,
 * now and whenever it is another one.
 */
export function reportModelProblems(files: FileRouters, names: ModelNames, onNotice: OnRouterNotice): void {
  let reported: ReadonlySet<SavedRouter> = new Set();
  const report = (): void => {
    const before = reported;
    reported = new Set(files.routers);
    for (const router of reported) if (!before.has(router)) reportRouter(router);
  };
  const reportRouter = ({ workspace, name, file = '', createResource }: SavedRouter): void => {
    const problems = describeModelProblems(createResource(), names, maxWarnings);
    if (problems.length === 0) return;
    const warnings = problems.slice(0, maxWarnings);
    if (problems.length > maxWarnings) warnings.push('And more.');
    const text = 'A router of a file names what this server cannot do now.';
    onNotice({
      kind: 'file-router-warnings',
      severity: 'warn',
      text,
      fields: { workspace, router: name, file, warnings },
    });
  };
  report();
  files.onChange(report);
}
