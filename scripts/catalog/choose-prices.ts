import type {
  ConditionalPrices,
  ModelPrices,
  PriceKey,
  PriceTable,
  TieredPrice,
} from '../../src/catalog/model-prices.ts';
import type { PiAiModel } from './read-pi-ai.ts';

/** Two sources that do not agree on what a model costs, in USD per million tokens. */
export interface PriceDisagreement {
  readonly id: string;
  readonly piAi: string;
  readonly genai: string;
  /** `none`: neither is to be believed. */
  readonly taken: 'pi-ai' | 'genai-prices' | 'none';
}

/** The prices of a model, and who says so. */
export interface ChosenPrices {
  /** `undefined`: nobody knows. */
  readonly prices: ModelPrices | undefined;
  readonly from: readonly ('pi-ai' | 'genai-prices')[];
  readonly disagreement?: Omit<PriceDisagreement, 'id'>;
}

/** What {@link choosePrices} chooses from. */
export interface PriceChoice {
  readonly model: string;
  readonly piAi: PiAiModel['cost'] | undefined;
  /** Of genai-prices, as they hold from {@link date} on. Empty: none. */
  readonly genai: ModelPrices;
  /** When pi-ai was put together, `YYYY-MM-DD`. */
  readonly date: string;
  /** Whose prices hold where both have some that differ. Default: pi-ai's. */
  readonly preferred?: 'pi-ai' | 'genai-prices' | undefined;
}

/** How far two prices may be apart and still be the same: sources round. */
const tolerance = 0.02;

/**
 * How much more an answer may cost than the same length of prompt. Providers ask for up to ten times as much; a gateway that lists the best
 * price of each kind from among its offers, which no offer has together, comes to hundreds.
 */
const maxOutputFactor = 20;

/** Prices that pi-ai does not know, and that do not depend on those that it knows. */
const independentKeys = ['web_searches_kcount', 'requests_kcount'] as const satisfies readonly PriceKey[];

/**
 * Decides what a model costs. Where the sources agree on the price of input and output, genai-prices knows more (dates, hours, audio, long
 * cache writes) and gives its sources, so its row is taken, with tiers and the price of cache reads from pi-ai where it has none.
 *
 * Where they do not agree, pi-ai is taken: it is newer by months, and most disagreements are genai-prices' patterns that take the name of a
 * new model for an old one's (`mistral-large-latest`). The exceptions are in corrections.json, one by one.
 *
 * pi-ai writes 0 for a cache price that it does not know, so a 0 there is no price; and it writes 0 for input and output where a
 * subscription or a trial pays, so both are no price unless the model's name says `free`. A price of output far from that of input is not
 * believed.
 */
export function choosePrices({ model, piAi, genai, date, preferred }: PriceChoice): ChosenPrices {
  const told = piAi === undefined ? undefined : toPrices(piAi, model);
  const theirs = narrowToDate(genai, date);
  if (told !== undefined && !isCredible(told[0].prices)) {
    const taken = theirs.length > 0 ? 'genai-prices' : 'none';
    const disagreement = { piAi: describe(told), genai: describe(theirs), taken } as const;
    return { prices: taken === 'none' ? undefined : theirs, from: taken === 'none' ? [] : [taken], disagreement };
  }
  return chooseCredible({ ours: told, theirs, preferred });
}

function chooseCredible({
  ours,
  theirs,
  preferred,
}: {
  readonly ours: [ConditionalPrices] | undefined;
  readonly theirs: ModelPrices;
  readonly preferred: PriceChoice['preferred'];
}): ChosenPrices {
  if (theirs.length === 0) return { prices: ours, from: ours === undefined ? [] : ['pi-ai'] };
  if (ours === undefined) return { prices: theirs, from: ['genai-prices'] };

  const isAgreed = theirs.some(({ prices }) => isSame(prices, ours[0]?.prices ?? {}));
  if (isAgreed && preferred !== 'pi-ai') return complete(theirs, ours);
  const taken = preferred ?? 'pi-ai';
  const chosen: ChosenPrices =
    taken === 'genai-prices'
      ? { prices: theirs, from: ['genai-prices'] }
      : { prices: addIndependent(ours, theirs), from: ['pi-ai'] };
  if (isAgreed) return chosen;
  return { ...chosen, disagreement: { piAi: describe(ours), genai: describe(theirs), taken } };
}

function toPrices(cost: PiAiModel['cost'], model: string): [ConditionalPrices] | undefined {
  const isFree = cost.input === 0 && cost.output === 0;
  if (isFree && !/[:-]free$/.test(model)) return undefined;
  // A write costs as much as the prompt, or more. Where it says less, it is the price of storage alone, which comes on top.
  const isWriteKnown = [cost, ...(cost.tiers ?? [])].every(
    ({ cacheWrite, input }) => cacheWrite > 0 && cacheWrite >= input,
  );
  const tiers = (cost.tiers ?? []).toSorted((a, b) => a.inputTokensAbove - b.inputTokensAbove);
  const write = (key: 'input' | 'output' | 'cacheRead' | 'cacheWrite'): number | TieredPrice =>
    tiers.length === 0
      ? cost[key]
      : { base: cost[key], tiers: tiers.map((tier) => ({ start: tier.inputTokensAbove, price: tier[key] })) };
  return [
    {
      prices: {
        input_mtok: write('input'),
        output_mtok: write('output'),
        ...(cost.cacheRead > 0 && tiers.every((tier) => tier.cacheRead > 0) && { cache_read_mtok: write('cacheRead') }),
        ...(isWriteKnown && { cache_write_mtok: write('cacheWrite') }),
      },
    },
  ];
}

/** Leaves out what no longer holds, so that the list begins with the prices of the day. */
function narrowToDate(prices: ModelPrices, date: string): ModelPrices {
  const isBegun = ({ constraint }: ConditionalPrices) =>
    constraint === undefined || (constraint.type === 'start_date' && constraint.start_date <= date);
  const begun = prices.findLastIndex(isBegun);
  const first = prices[begun];
  return first === undefined ? prices : [{ prices: first.prices }, ...prices.slice(begun + 1)];
}

function isCredible({ input_mtok, output_mtok }: PriceTable): boolean {
  return (readBase(output_mtok) ?? 0) <= (readBase(input_mtok) ?? 0) * maxOutputFactor;
}

function isSame(a: PriceTable, b: PriceTable): boolean {
  const isNear = (key: PriceKey) => {
    const [x, y] = [readBase(a[key]), readBase(b[key])];
    return x !== undefined && y !== undefined && Math.abs(x - y) <= tolerance * Math.max(x, y);
  };
  return isNear('input_mtok') && isNear('output_mtok');
}

function complete(theirs: ModelPrices, [ours]: [ConditionalPrices]): ChosenPrices {
  // Prices that depend on the hour have no one row that pi-ai's could be added to.
  const [only, ...others] = theirs;
  if (only === undefined || others.length > 0) return { prices: theirs, from: ['genai-prices'] };
  const hasTiers = (prices: PriceTable) => Object.values(prices).some((price) => typeof price === 'object');
  const prices =
    hasTiers(ours.prices) && !hasTiers(only.prices)
      ? { ...only.prices, ...ours.prices }
      : only.prices.cache_read_mtok === undefined && ours.prices.cache_read_mtok !== undefined
        ? { ...only.prices, cache_read_mtok: ours.prices.cache_read_mtok }
        : only.prices;
  return { prices: [{ prices }], from: prices === only.prices ? ['genai-prices'] : ['pi-ai', 'genai-prices'] };
}

function addIndependent([ours]: [ConditionalPrices], theirs: ModelPrices): ModelPrices {
  const known = theirs[0]?.prices ?? {};
  const added = Object.fromEntries(
    independentKeys.flatMap((key) => (known[key] === undefined ? [] : [[key, known[key]] as const])),
  );
  return [{ prices: { ...ours.prices, ...added } }];
}

/** The price below all tiers. */
export function readBase(price: number | TieredPrice | undefined): number | undefined {
  return typeof price === 'object' ? price.base : price;
}

function describe(prices: ModelPrices): string {
  if (prices.length === 0) return 'not known';
  return prices
    .map(({ prices: { input_mtok, output_mtok } }) => `${readBase(input_mtok) ?? '?'}/${readBase(output_mtok) ?? '?'}`)
    .join(' or ');
}
