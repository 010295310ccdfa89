import type { CatalogModel } from './catalog/catalog-model.ts';
import type { CatalogProvider } from './catalog/catalog-provider.ts';
import type { ModelCatalog } from './catalog/catalog-view.ts';
import { type CatalogNotice, createCatalog } from './catalog/create-catalog.ts';
import { decodeOperatorModels } from './catalog/decode-operator-models.ts';
import { estimateScores } from './catalog/estimate-scores.ts';
import { loadShippedCatalog } from './catalog/load-shipped-catalog.ts';
import type { PerformanceBook } from './catalog/performance.ts';
import { createPerformanceBook } from './catalog/speed/create-performance-book.ts';
import { followAttempts } from './catalog/speed/follow-attempts.ts';
import type { PerformanceNotice } from './catalog/speed/performance-notice.ts';
import { startSharing } from './catalog/speed/start-sharing.ts';
import type { Config } from './config/config.ts';
import type { Clock } from './core/clock.ts';
import type { ProviderKind } from './providers/provider.ts';
import type { ProviderDirectory } from './providers/provider-directory.ts';
import type { Storage } from './storage/open-storage.ts';

/** What the catalogue is made of. */
export interface CatalogParts {
  readonly config: Config;
  readonly storage: Storage;
  readonly providers: ProviderDirectory;
  readonly kinds: readonly ProviderKind[];
  /** Models that servers on this machine have said that they have. */
  readonly localModels: readonly CatalogModel[];
  readonly clock: Clock;
  /** From 0, below 1: draws probes. */
  readonly random: () => number;
  readonly onNotice: (notice: CatalogNotice | PerformanceNotice) => void;
}

/** The catalogue and what is measured of its models. */
export interface OpenCatalog {
  readonly catalog: ModelCatalog;
  readonly performance: PerformanceBook;
}

/**
 * Opens the catalogue, and begins to measure how fast its models are.
 *
 * @param owned - gets whatever has to be closed.
 */
export async function openCatalog(parts: CatalogParts, owned: AsyncDisposableStack): Promise<OpenCatalog> {
  const { clock, config, onNotice, random, storage } = parts;
  const today = new Date(clock.nowMs()).toISOString().slice(0, 10);
  const catalog = await createCatalog({
    shipped: [...loadShippedCatalog().models, ...parts.localModels],
    operator: decodeOperatorModels(config.catalog.models.models, today),
    providers: listProviders(parts),
    estimateScores: (models, canonicalName) => estimateScores(models, { canonicalName, atMs: clock.nowMs() }),
    store: storage.catalog,
    pollMs: config.catalog.pollMs,
    clock,
    onNotice,
  });
  owned.defer(() => catalog.close());
  const { shareIntervalMs, ...speed } = config.catalog.speed;
  const book = createPerformanceBook({ ...speed, clock, random });
  const sharing = await startSharing({
    book,
    store: storage.performance,
    clock,
    intervalMs: shareIntervalMs,
    maxCandidates: speed.maxCandidates,
    onNotice,
  });
  owned.defer(() => sharing.close());
  owned.defer(followAttempts(book));
  return { catalog, performance: book };
}

function listProviders({ kinds, providers }: CatalogParts): CatalogProvider[] {
  const aliases = new Map(kinds.map((kind) => [kind.kind, kind.aliases ?? []]));
  return providers.list().map(({ id, kind, live }) => ({
    id,
    kind,
    isLive: live,
    // An alias stands for the provider that has the kind's own name.
    aliases: id === kind ? (aliases.get(kind) ?? []) : [],
  }));
}
