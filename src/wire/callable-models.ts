import type { CatalogEntry } from '../catalog/catalog-view.ts';
import type { RouterBook } from '../routers/router-book.ts';
import type { SavedRouter } from '../routers/saved-router.ts';

/** Something that `model` of a chat request can say. */
export interface CallableModel {
  readonly id: string;
  /** Who made it: a company, the workspace of a router, or this server. */
  readonly owner: string;
  /** When it came out or was saved, Unix time in seconds. 0: not known. */
  readonly createdS: number;
}

/** Routers that are read from the book at a time. */
const pageSize = 1000;

/** The provider whose models are named in another way, since its id stands before the names of routers. */
const firstPartyProvider = 'inworld';
const firstPartyPrefix = `${firstPartyProvider}/models/`;

/** The id in the catalogue of what a request names. */
export function readCatalogId(name: string): string {
  if (!name.startsWith(firstPartyPrefix)) return name;
  return `${firstPartyProvider}/${name.slice(firstPartyPrefix.length)}`;
}

/** Makes what a client calls out of a model of the catalogue. */
export function createCallableModel({ id: catalogId, providerId, model }: CatalogEntry): CallableModel {
  const id = providerId === firstPartyProvider ? firstPartyPrefix + model.model : catalogId;
  return { id, owner: model.creator ?? providerId, createdS: parseDayS(model.releaseDate) };
}

/** Makes what a client calls out of a saved router. */
export function createCallableRouter(
  { name, workspace, createTimeMs }: SavedRouter,
  routerPrefix: string,
): CallableModel {
  return { id: routerPrefix + name, owner: workspace, createdS: Math.floor(createTimeMs / 1000) };
}

/** All routers of a workspace, by name. */
export function listRouters(book: Pick<RouterBook, 'list'>, workspace: string): SavedRouter[] {
  const found: SavedRouter[] = [];
  let afterName: string | undefined;
  do {
    const page = book.list(workspace, { pageSize, afterName });
    found.push(...page.routers);
    afterName = page.nextAfterName;
  } while (afterName !== undefined);
  return found;
}

/** The beginning of a day, `YYYY-MM-DD` in UTC. 0 for what is no day. */
function parseDayS(day: string | undefined): number {
  const timeMs = day === undefined ? Number.NaN : Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(timeMs) ? 0 : timeMs / 1000;
}
