import { SortDirection, SortMetric } from '../../gen/signalbox/router/v1/variant_pb.ts';

/** What candidates can be ranked by. */
export type RankMetric = 'price' | 'latency' | 'throughput' | 'intelligence' | 'math' | 'coding';

/** One thing that candidates are ranked by. */
export interface RankCriterion {
  readonly metric: RankMetric;
  /** Whether the highest value is to be first. */
  readonly isDescending: boolean;
}

/** Whether the best value is the highest one. */
const naturallyDescending: Readonly<Record<RankMetric, boolean>> = {
  price: false,
  latency: false,
  throughput: true,
  intelligence: true,
  math: true,
  coding: true,
};

const metricNames: Readonly<Record<SortMetric, RankMetric | undefined>> = {
  [SortMetric.UNSPECIFIED]: undefined,
  [SortMetric.PRICE]: 'price',
  [SortMetric.LATENCY]: 'latency',
  [SortMetric.THROUGHPUT]: 'throughput',
  [SortMetric.INTELLIGENCE]: 'intelligence',
  [SortMetric.MATH]: 'math',
  [SortMetric.CODING]: 'coding',
};

/** A metric with the best first. */
export function createCriterion(metric: RankMetric): RankCriterion {
  return { metric, isDescending: naturallyDescending[metric] };
}

/** The criteria of a request's `sort`. What is no metric does not pass validation, and is left out. */
export function parseCriteria(names: readonly string[]): RankCriterion[] {
  return names.flatMap((name) => (isRankMetric(name) ? createCriterion(name) : []));
}

/** The criteria of a variant. */
export function readCriteria(
  criteria: readonly { readonly metric: SortMetric; readonly direction: SortDirection }[],
): RankCriterion[] {
  return criteria.flatMap(({ metric, direction }) => {
    const name = metricNames[metric];
    if (name === undefined) return [];
    if (direction === SortDirection.UNSPECIFIED) return createCriterion(name);
    return { metric: name, isDescending: direction === SortDirection.DESCENDING };
  });
}

/** `price`, or `price descending` where that is not the natural order. */
export function describeCriterion({ metric, isDescending }: RankCriterion): string {
  if (isDescending === naturallyDescending[metric]) return metric;
  return `${metric} ${isDescending ? 'descending' : 'ascending'}`;
}

function isRankMetric(name: string): name is RankMetric {
  return Object.hasOwn(naturallyDescending, name);
}
