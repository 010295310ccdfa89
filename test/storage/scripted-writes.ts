import type { Storage } from '../../src/storage/open-storage.ts';
import type { RouterRow } from '../../src/storage/router-store.ts';

/**
 * One write of an endless list that the position in it decides, so that what a store must hold after so many of them is known without asking
 * it. Of every kind that the store has; documents are of every length up to several pages of the database.
 */
export type ScriptedWrite =
  | { readonly kind: 'save-router'; readonly name: string; readonly document: string }
  | { readonly kind: 'delete-router'; readonly name: string }
  | { readonly kind: 'replace-sync'; readonly source: string; readonly document: string }
  | { readonly kind: 'remove-sync'; readonly source: string }
  | { readonly kind: 'merge-speed'; readonly candidates: readonly string[]; readonly document: string }
  | { readonly kind: 'put-key'; readonly id: string; readonly workspace: string };

/** What a store holds, as one text for each thing in it, by what it is. */
export type StoreContent = Map<string, string>;

const workspace = 'default';
const maxDocumentChars = 20_000;

/** @param position - from 1. */
export function scriptWrite(position: number): ScriptedWrite {
  const name = `router-${position % 5}`;
  const source = `source-${position % 3}`;
  // Steps of a prime number: near positions have lengths far apart.
  const document = `${position}:${'x'.repeat((position * 7919) % maxDocumentChars)}`;
  switch (position % 8) {
    case 1:
    case 4:
      return { kind: 'merge-speed', candidates: ['a/1', `b/${position % 7}`, `c/${position % 4}`], document };
    case 2:
      return { kind: 'replace-sync', source, document };
    case 5:
      return { kind: 'delete-router', name };
    case 6:
      return { kind: 'remove-sync', source };
    case 7:
      return { kind: 'put-key', id: `key-${position % 4}`, workspace: `workspace-${position}` };
    default:
      return { kind: 'save-router', name, document };
  }
}

/** Makes the write at a position. Rejects with StorageError when the store fails. */
export async function makeWrite({ routers, catalog, performance, keys }: Storage, position: number): Promise<void> {
  const write = scriptWrite(position);
  switch (write.kind) {
    case 'save-router': {
      const content = { workspace, name: write.name, document: write.document, etag: `${position}` };
      const describe = (row: RouterRow) => ({
        name: operationName(position),
        workspace,
        document: row.document,
        expireTimeMs: Number.MAX_SAFE_INTEGER,
      });
      const row = await routers.get(workspace, write.name);
      const saved =
        row === undefined || row.isDeleted
          ? await routers.insert(content, describe)
          : await routers.update(content, row.revision, describe);
      if (saved === undefined) throw new Error('nobody else writes these routers, and yet one was refused');
      break;
    }
    case 'delete-router': {
      const row = await routers.get(workspace, write.name);
      if (row !== undefined && !row.isDeleted) await routers.delete(workspace, write.name, row.revision);
      break;
    }
    case 'replace-sync':
      await catalog.replace(write.source, write.document);
      break;
    case 'remove-sync':
      await catalog.remove(write.source);
      break;
    case 'merge-speed':
      await performance.merge(write.candidates, () => write.document);
      break;
    case 'put-key':
      await keys.put({
        id: write.id,
        workspace: write.workspace,
        scopes: new Set(['inference']),
        secretHash: new Uint8Array(32),
        hashKeyId: 'test',
      });
      break;
  }
}

/** Makes the same change to what is expected of the store. */
export function expectWrite(content: StoreContent, position: number): void {
  const write = scriptWrite(position);
  switch (write.kind) {
    case 'save-router':
      content.set(`router ${write.name}`, write.document);
      content.set('operation', `${operationName(position)} ${write.document}`);
      break;
    case 'delete-router':
      content.delete(`router ${write.name}`);
      break;
    case 'replace-sync':
      content.set(`sync ${write.source}`, write.document);
      break;
    case 'remove-sync':
      content.delete(`sync ${write.source}`);
      break;
    case 'merge-speed':
      for (const candidate of write.candidates) content.set(`speed ${candidate}`, write.document);
      break;
    case 'put-key':
      content.set(`key ${write.id}`, write.workspace);
      break;
  }
}

/** Reads all that the scripted writes can have left in a store; of operations the last one that there can be. */
export async function readContent(storage: Storage, lastPosition: number): Promise<StoreContent> {
  const content: StoreContent = new Map();
  for (const { name, document, isDeleted } of await storage.routers.listChangesAfter(0)) {
    if (!isDeleted) content.set(`router ${name}`, document);
  }
  for (const { source, document } of await storage.catalog.list()) content.set(`sync ${source}`, document);
  for (const { candidate, document } of await storage.performance.listSince(0)) {
    content.set(`speed ${candidate}`, document);
  }
  for (const key of await storage.keys.list()) content.set(`key ${key.id}`, key.workspace);
  for (let position = lastPosition; position > 0; position -= 1) {
    const operation = await storage.routers.getOperation(operationName(position));
    if (operation === undefined) continue;
    content.set('operation', `${operation.name} ${operation.document}`);
    break;
  }
  return content;
}

function operationName(position: number): string {
  return `workspaces/${workspace}/operations/${position}`;
}
