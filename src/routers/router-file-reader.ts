import { basename, join } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import { maxFileBytes } from '../config/config-file.ts';
import { type InlineRouters, readInlineRouters } from '../config/inline-routers.ts';
import { describeReadProblem } from '../config/read-bounded-file.ts';
import { escapeControls } from '../config/show-name.ts';
import { hasErrorCode } from '../storage/storage-error.ts';
import type { RouterEntry } from './decode-router-entry.ts';
import { decodeEntries, type ParsedRouterFile, parseRouterFile } from './parse-router-file.ts';
import type { RouterFileSystem } from './router-file-system.ts';
import type { RouterRules } from './router-limits.ts';
import type { SettledFiles } from './settled-files.ts';

/** The most files of the folder. */
const maxFiles = 10_000;
/** How many files are looked at at a time. */
const batchSize = 64;

/** Where routers are read from. */
export interface RouterFilePlaces {
  /** The list in the configuration file, as it was read at the start. */
  readonly inline: InlineRouters;
  /** The configuration file: its name for messages, and its absolute path. `undefined`: there is none to read again. */
  readonly configFile: { readonly name: string; readonly path: string } | undefined;
  /** The folder, absolute. `undefined`: there is none. */
  readonly folder: string | undefined;
  readonly fileSystem: RouterFileSystem;
}

/** A router of a file, with the file's name as clients may see it: without its folder. */
export interface PlacedEntry extends RouterEntry {
  readonly file: string;
}

/** What all files hold together. */
export interface ReadRouters {
  readonly entries: readonly PlacedEntry[];
  /** One sentence each, all of them. */
  readonly problems: readonly string[];
  /** Whether any file is another one than at the last reading. */
  readonly hasChanged: boolean;
  /** Whether all files lie still. If not, none of the changes is taken: routers may be on their way from one file to another. */
  readonly isSettled: boolean;
}

/** A file as it was read last. */
interface KnownFile extends ParsedRouterFile {
  /** The version of its stamp. */
  readonly stamp: string | undefined;
  readonly file: string;
  /** Whether it had routers when it was last in order. */
  readonly hasHeld: boolean;
}

/** A file to look at. */
interface FilePlace {
  readonly path: string;
  /** Its path as messages show it. */
  readonly shownPath: string;
  readonly known: KnownFile | undefined;
  readonly parse: (content: Uint8Array) => ParsedRouterFile;
}

/** Stands for a file, or a folder with a file, that may be half written. */
const changing = 'changing';

/** Reads the files of routers, each again only when it has changed. */
export class RouterFileReader {
  readonly #places: RouterFilePlaces;
  readonly #rules: RouterRules;
  readonly #settled: SettledFiles;
  #known: ReadonlyMap<string, KnownFile> = new Map<string, KnownFile>();
  #inline: KnownFile | undefined;
  /** At the first look files are taken as they are: there is nothing yet that half of one could take away. */
  #isFirstLook = true;

  constructor(places: RouterFilePlaces, rules: RouterRules, settled: SettledFiles) {
    this.#places = places;
    this.#rules = rules;
    this.#settled = settled;
  }

  /** Reads what there is at the start: the list of the configuration file that was read already, and the folder. */
  async readFirst(): Promise<ReadRouters> {
    const { inline, configFile } = this.#places;
    const parsed = this.#decodeInline(inline);
    const file = basename(configFile?.name ?? '');
    this.#inline = { ...parsed, stamp: undefined, file, hasHeld: parsed.entries.length > 0 };
    const known = await this.#lookAtFolder();
    if (known !== changing) this.#known = known;
    this.#isFirstLook = false;
    return this.#collect(true);
  }

  /** Reads what has changed since. */
  async readAgain(): Promise<ReadRouters> {
    this.#settled.startLook();
    const inline = await this.#lookAtConfigFile();
    const known = await this.#lookAtFolder();
    this.#settled.endLook();
    if (inline === changing || known === changing) return { ...this.#collect(false), isSettled: false };
    const hasChanged =
      inline !== this.#inline ||
      known.size !== this.#known.size ||
      [...known].some(([path, file]) => this.#known.get(path) !== file);
    this.#inline = inline;
    this.#known = known;
    return this.#collect(hasChanged);
  }

  #collect(hasChanged: boolean): ReadRouters {
    const files = [...(this.#inline === undefined ? [] : [this.#inline]), ...this.#known.values()];
    return {
      entries: files.flatMap(({ entries, file }) => entries.map((entry) => ({ ...entry, file }))),
      problems: files.flatMap(({ problems }) => problems),
      hasChanged,
      isSettled: true,
    };
  }

  #decodeInline(inline: InlineRouters): ParsedRouterFile {
    return decodeEntries(inline.entries, ['routers'], ([, ...path]) => inline.locate(path), this.#rules);
  }

  async #lookAtConfigFile(): Promise<KnownFile | typeof changing | undefined> {
    const { configFile } = this.#places;
    if (configFile === undefined) return this.#inline;
    const parse = (content: Uint8Array): ParsedRouterFile => {
      try {
        return this.#decodeInline(readInlineRouters(content, configFile));
      } catch (thrown) {
        if (thrown instanceof ConfigError) return { entries: [], problems: thrown.problems };
        throw thrown;
      }
    };
    return await this.#lookAtFile({ path: configFile.path, shownPath: configFile.name, known: this.#inline, parse });
  }

  async #lookAtFolder(): Promise<ReadonlyMap<string, KnownFile> | typeof changing> {
    const { folder, fileSystem } = this.#places;
    if (folder === undefined) return this.#known;
    let paths: string[];
    try {
      const names = await fileSystem.list(folder, isRouterFile, maxFiles);
      if (names.length > maxFiles) return this.#withFailedFolder(folder, `it holds more than ${maxFiles} files`);
      paths = names.toSorted().map((name) => join(folder, name));
    } catch (thrown) {
      return this.#withFailedFolder(folder, describeFolderProblem(thrown));
    }
    const present = new Set(paths);
    const gone = [...this.#known.keys()].filter((path) => path !== folder && !present.has(path));
    // Some programs save by deleting a file and writing it anew.
    const isLeaving = gone.map((path) => this.#settled.classify(path, undefined) === changing);
    if (isLeaving.includes(true)) return changing;
    const next = new Map<string, KnownFile>();
    for (let start = 0; start < paths.length; start += batchSize) {
      const batch = paths.slice(start, start + batchSize);
      const files = await Promise.all(batch.map((path) => this.#lookAtFile(this.#placeOf(path))));
      for (const [index, path] of batch.entries()) {
        const file = files[index];
        if (file === changing) return changing;
        if (file !== undefined) next.set(path, file);
      }
    }
    return next;
  }

  /** What is known of the files, so that the next look does not begin anew, and why there is no more. */
  #withFailedFolder(folder: string, problem: string): ReadonlyMap<string, KnownFile> {
    const failed = asBefore(this.#known.get(folder), createFailed(folder, problem));
    const inOrder = [...this.#known].filter(([, { problems }]) => problems.length === 0);
    return new Map([...inOrder, [folder, failed]]);
  }

  #placeOf(path: string): FilePlace {
    const parse = (content: Uint8Array): ParsedRouterFile => parseRouterFile(content, path, this.#rules);
    return { path, shownPath: path, known: this.#known.get(path), parse };
  }

  /** The file as it was, when its stamp is the same. */
  async #lookAtFile(place: FilePlace): Promise<KnownFile | typeof changing> {
    const { path, shownPath, known } = place;
    const { fileSystem } = this.#places;
    const fail = (problem: string, stamp?: string): KnownFile =>
      asBefore(known, { ...createFailed(shownPath, problem), stamp, hasHeld: known?.hasHeld ?? false });
    try {
      const stamp = await fileSystem.stamp(path);
      if (stamp === undefined) return fail('it is no file');
      if (stamp.version === known?.stamp) return known;
      const state = this.#isFirstLook ? 'still' : this.#settled.classify(path, stamp);
      if (state === changing) return changing;
      if (state === 'restless') return fail('it changes all the time. Write another file, and rename that one to it');
      const content = await fileSystem.read(path, maxFileBytes);
      // The stamp is older than the content, so that at the first look a change in between is seen next time.
      if (!this.#isFirstLook && (await fileSystem.stamp(path))?.version !== stamp.version) return changing;
      if (content.length > maxFileBytes) return fail(`it is longer than ${maxFileBytes} bytes`, stamp.version);
      return takeFile(place, content, stamp.version);
    } catch (thrown) {
      // It may have gone between the listing and this, or be about to come back. A link to nothing stays.
      const isGone = hasErrorCode(thrown, 'ENOENT') && !this.#isFirstLook;
      if (isGone && this.#settled.classify(path, undefined) === changing) return changing;
      return fail(describeReadProblem(thrown));
    }
  }
}

/** What became of a file that could be read. */
function takeFile({ shownPath, known, parse }: FilePlace, content: Uint8Array, stamp: string): KnownFile {
  const hadRouters = known?.hasHeld ?? false;
  if (content.length === 0 && hadRouters) {
    // Whoever writes a file in place empties it first.
    const text = `${escapeControls(shownPath)}: It is empty now, and had routers. If they are to go, write a comment into it.`;
    return { entries: [], problems: [text], stamp, file: basename(shownPath), hasHeld: true };
  }
  const parsed = parse(content);
  const hasHeld = parsed.entries.length > 0 || (parsed.problems.length > 0 && hadRouters);
  return { ...parsed, stamp, file: basename(shownPath), hasHeld };
}

/** A file that cannot be read is tried every time. It has changed only when the reason has. */
function asBefore(known: KnownFile | undefined, failed: KnownFile): KnownFile {
  const isSame = known?.stamp === failed.stamp && known?.problems[0] === failed.problems[0];
  return isSame && known !== undefined ? known : failed;
}

/** Editors keep their own files beside those that they edit, with a dot in front. */
function isRouterFile(name: string): boolean {
  return !name.startsWith('.') && /\.(?:yaml|yml|json)$/.test(name);
}

function createFailed(path: string, problem: string): KnownFile {
  const text = `${escapeControls(path)}: It cannot be read: ${problem}.`;
  return { entries: [], problems: [text], stamp: undefined, file: basename(path), hasHeld: false };
}

function describeFolderProblem(thrown: unknown): string {
  if (hasErrorCode(thrown, 'ENOENT')) return 'there is no such folder';
  return hasErrorCode(thrown, 'ENOTDIR') ? 'it is no folder' : describeReadProblem(thrown);
}
