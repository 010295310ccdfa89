import type { Config } from './config/config.ts';
import type { ConfigFilePlace } from './config/config-file.ts';
import type { Clock } from './core/clock.ts';
import { createFileRouters } from './routers/create-file-routers.ts';
import type { FileRouters } from './routers/file-routers.ts';
import { nodeRouterFileSystem } from './routers/router-file-system.ts';
import type { OnRouterNotice } from './routers/router-notice.ts';

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
