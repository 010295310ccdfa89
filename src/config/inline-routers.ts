import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { type ConfigFile, decodeConfigFile } from './config-file.ts';
import { describeIssue } from './describe-issue.ts';
import { keyDescriptions } from './reference.ts';
import { showPath } from './show-name.ts';

/** The most routers of one list. */
const maxEntries = 10_000;

/** Where a path into a list of routers stands, such as `signalbox.yaml:12`. */
export type LocateRouter = (path: readonly PropertyKey[]) => string;

/**
 * The routers in the configuration file, as they are written: what a router may hold is checked where routers are understood. Frozen at
 * every depth, the names of its keys untouched.
 */
export class InlineRouters {
  readonly entries: readonly unknown[];
  readonly #locate: LocateRouter;

  constructor(entries: readonly unknown[], locate: LocateRouter = () => '') {
    this.entries = freezeData(entries);
    this.#locate = locate;
    Object.freeze(this);
  }

  /** Where a path of an entry stands; the first step is the entry's index. */
  locate(path: readonly PropertyKey[]): string {
    return this.#locate(path);
  }
}

function freezeData<Data>(data: Data): Data {
  if (typeof data !== 'object' || data === null || Object.isFrozen(data)) return data;
  for (const item of Object.values(data)) freezeData(item);
  return Object.freeze(data);
}

/** The section `routers`. */
export function createInlineRoutersSchema(locate?: (path: readonly PropertyKey[]) => string) {
  return z
    .array(z.unknown())
    .max(maxEntries)
    .default([])
    .register(keyDescriptions, {
      typeText: 'list of routers',
      description:
        'Routers that are kept in this file: each as in the JSON API, with workspace beside its name (default: default). Read again when the file changes, and on SIGHUP.',
    })
    .transform((entries) => new InlineRouters(entries, locate && ((path) => locate(['routers', ...path]))));
}

/**
 * Reads the routers of a configuration file again. Other keys of the file are not looked at.
 *
 * @param content - the file's bytes.
 * @param file - its name for messages, and its path.
 * @throws ConfigError when the file is no YAML, or the key holds no list.
 */
export function readInlineRouters(content: Uint8Array, file: { readonly name: string; readonly path: string }) {
  const decoded: ConfigFile = decodeConfigFile(content, file.name, file.path);
  const section = z.looseObject({ routers: createInlineRoutersSchema(decoded.locate) });
  const result = section.safeParse(decoded.value ?? {}, { reportInput: true });
  if (result.success) return result.data.routers;
  throw new ConfigError(
    result.error.issues
      .flatMap((issue) => describeIssue(issue, []))
      .map(({ path, text }) => [decoded.locate(path), showPath(path), text].filter((part) => part !== '').join(': ')),
  );
}
