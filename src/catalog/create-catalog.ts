import type { Clock } from '../core/clock.ts';
import type { CatalogStore, CatalogSync } from '../storage/catalog-store.ts';
import type { CatalogModel } from './catalog-model.ts';
import type { CatalogProvider } from './catalog-provider.ts';
import type { CatalogView, ModelCatalog } from './catalog-view.ts';
import type { ScoreEstimator } from './collect-entries.ts';
import { createCatalogView } from './create-catalog-view.ts';
import type { SyncedCatalog } from './sync/catalog-source.ts';
import { matchScores } from './sync/match-scores.ts';
import { decodeSyncedDocument } from './sync/synced-document.ts';

/** Something about the catalogue that the operator should hear of. Each is told once, not again and again while it lasts. */
export interface CatalogNotice {
  readonly kind: /** The store cannot be followed; what is known stays in force. */
    | 'catalog-store-failing'
    /** The store is followed again. */
    | 'catalog-store-recovered'
    /** What was synced from a source cannot be read; what it said before stays in force. */
    | 'catalog-sync-damaged'
    /** What was synced, or removed, is in force. */
    | 'catalog-synced';
  readonly severity: 'info' | 'warn' | 'error';
  /** A sentence. */
  readonly text: string;
  /** What belongs to it, under the names that the log gives them. */
  readonly fields: Readonly<Record<string, string | number | readonly string[]>>;
  /** What was thrown, if something was. */
  readonly cause?: unknown;
}

/** What a catalogue is made of. */
export interface CatalogOptions {
  /** The models that came with this version. */
  readonly shipped: readonly CatalogModel[];
  /** What the operator says in the configuration. */
  readonly operator: readonly CatalogModel[];
  /** In the order in which their models are listed. */
  readonly providers: readonly CatalogProvider[];
  /** Fills scores that are not known. Default: they stay so. */
  readonly estimateScores?: ScoreEstimator | undefined;
  /** What was synced. */
  readonly store: CatalogStore;
  /** How long after one look at the store the next one is, in milliseconds. */
  readonly pollMs: number;
  readonly clock: Clock;
  /** Must not throw. */
  readonly onNotice: (notice: CatalogNotice) => void;
}

/** A catalogue that keeps up with its store. */
export interface FollowingCatalog extends ModelCatalog {
  /** Looks at the store now. Never rejects. */
  refresh(): Promise<void>;
  /** Stops following. Resolves when nothing of this uses the store any more. */
  close(): Promise<void>;
}

/**
 * Makes the catalogue, and keeps it up with the store, which the command line and other processes write. Never rejects: without the store
 * there is what was shipped and what the operator says.
 */
export async function createCatalog(options: CatalogOptions): Promise<FollowingCatalog> {
  const follower = new CatalogFollower(options);
  await follower.refresh();
  return follower;
}

/** What a source said when it could last be read. */
interface GoodSync extends SyncedCatalog {
  readonly revision: number;
}

class CatalogFollower implements FollowingCatalog {
  readonly #options: CatalogOptions;
  #current: CatalogView;
  #goodSyncs: ReadonlyMap<string, GoodSync> = new Map();
  /** The revision of the damaged sync of each source that was told of. */
  readonly #toldRevisions = new Map<string, number>();
  /** 0: that of an empty store. */
  #revision = 0;
  #isFailing = false;
  #isClosed = false;
  #cancelTimer = (): void => {};
  #running: Promise<void> = Promise.resolve();

  constructor(options: CatalogOptions) {
    this.#options = options;
    this.#current = this.#createView(new Map());
  }

  get current(): CatalogView {
    return this.#current;
  }

  refresh(): Promise<void> {
    // One at a time: a look that began earlier must not have the last word.
    this.#running = this.#running.then(() => this.#look());
    return this.#running;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    await this.#running;
  }

  async #look(): Promise<void> {
    if (this.#isClosed) return;
    this.#cancelTimer();
    try {
      await this.#read();
      this.#tellRecovered();
    } catch (cause) {
      this.#tellFailing(cause);
    }
    if (this.#isClosed) return;
    this.#cancelTimer = this.#options.clock.after(this.#options.pollMs, () => void this.refresh());
  }

  async #read(): Promise<void> {
    const { store } = this.#options;
    const revision = await store.readRevision();
    if (revision === this.#revision) return;
    // What is written between the two reads is read twice: the next look finds another revision.
    const syncs = await store.list();
    const goodSyncs = new Map(
      syncs.flatMap((sync) => {
        const good = this.#decode(sync);
        return good === undefined ? [] : [[sync.source, good] as const];
      }),
    );
    this.#current = this.#createView(goodSyncs);
    this.#goodSyncs = goodSyncs;
    this.#revision = revision;
    const fields = { sources: [...goodSyncs.keys()], models: this.#current.entries.length };
    this.#tell({
      kind: 'catalog-synced',
      severity: 'info',
      text: 'What was synced of the catalogue is in force.',
      fields,
    });
  }

  /** @returns what the source says, or said when it could last be read. */
  #decode({ source, revision, document }: CatalogSync): GoodSync | undefined {
    const good = this.#goodSyncs.get(source);
    if (good?.revision === revision) return good;
    try {
      return { ...decodeSyncedDocument(document), revision };
    } catch (cause) {
      if (this.#toldRevisions.get(source) !== revision) {
        this.#toldRevisions.set(source, revision);
        const text =
          'What was synced from a source cannot be read; what it said before stays in force. Sync it again: signalbox catalog sync --from SOURCE.';
        this.#tell({ kind: 'catalog-sync-damaged', severity: 'error', text, fields: { source }, cause });
      }
      return good;
    }
  }

  /** @param syncs - by source, the newest last. */
  #createView(syncs: ReadonlyMap<string, GoodSync>): CatalogView {
    const { shipped, operator, providers, estimateScores } = this.#options;
    const sources = { shipped, operator, providers, synced: [...syncs.values()].map(({ models }) => models) };
    const scored = [...syncs].filter(([, { scores }]) => scores.length > 0);
    if (scored.length === 0) return createCatalogView({ ...sources, estimateScores });
    // Which models a score is of depends on the canonical names that all sources together give.
    const { entries } = createCatalogView(sources);
    const rows = scored.map(([source, { scores }]) => matchScores(entries, scores, source));
    return createCatalogView({ ...sources, synced: [...sources.synced, ...rows], estimateScores });
  }

  #tellFailing(cause: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    const text = 'The store of the catalogue fails. The models that are known stay in force; syncs are not heard of.';
    this.#tell({ kind: 'catalog-store-failing', severity: 'error', text, fields: {}, cause });
  }

  #tellRecovered(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    const text = 'The store of the catalogue works again.';
    this.#tell({ kind: 'catalog-store-recovered', severity: 'info', text, fields: {} });
  }

  #tell(notice: CatalogNotice): void {
    this.#options.onNotice(notice);
  }
}
