import { type FileHandle, open, opendir, stat } from 'node:fs/promises';

/** What tells versions of a file apart without reading it. */
export interface FileStamp {
  /** Another text whenever the file that a path leads to, through links, may have another content. */
  readonly version: string;
  /** When it was last changed, renamed included, Unix time in milliseconds, as the file system says. */
  readonly changedMs: number;
}

/** What the files of routers are read through. Every method rejects with what node:fs throws, with its `code`. */
export interface RouterFileSystem {
  /**
   * The names in a folder for which `isWanted`, in any order.
   *
   * @param maxNames - one more than this is enough, so that the caller sees that there are too many.
   */
  list(folder: string, isWanted: (name: string) => boolean, maxNames: number): Promise<string[]>;
  /** The stamp of the file that a path leads to, through links. `undefined`: it is no file. */
  stamp(path: string): Promise<FileStamp | undefined>;
  /**
   * A file's content.
   *
   * @param maxBytes - one byte more than this is enough, so that the caller sees that it is longer.
   */
  read(path: string, maxBytes: number): Promise<Uint8Array>;
}

/** The machine's file system. */
export const nodeRouterFileSystem: RouterFileSystem = {
  async list(folder, isWanted, maxNames) {
    const names: string[] = [];
    for await (const { name } of await opendir(folder)) {
      if (!isWanted(name)) continue;
      names.push(name);
      if (names.length > maxNames) break;
    }
    return names;
  },
  async stamp(path) {
    const stats = await stat(path, { bigint: true });
    const { dev, ino, size, mtimeNs, ctimeNs } = stats;
    if (!stats.isFile()) return undefined;
    const changedNs = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
    return { version: [dev, ino, size, mtimeNs, ctimeNs].join(':'), changedMs: Number(changedNs / 1_000_000n) };
  },
  async read(path, maxBytes) {
    const file = await open(path, 'r');
    try {
      return await readUpTo(file, maxBytes + 1);
    } finally {
      await file.close();
    }
  },
};

async function readUpTo(file: FileHandle, maxBytes: number): Promise<Uint8Array> {
  const { size } = await file.stat();
  const chunks: Uint8Array[] = [];
  let left = maxBytes;
  while (left > 0) {
    // One byte more than the file has shows its end without another buffer.
    const chunk = new Uint8Array(Math.min(left, chunks.length === 0 ? size + 1 : 65_536));
    const { bytesRead } = await file.read(chunk);
    if (bytesRead === 0) break;
    chunks.push(chunk.subarray(0, bytesRead));
    left -= bytesRead;
  }
  return Buffer.concat(chunks);
}
