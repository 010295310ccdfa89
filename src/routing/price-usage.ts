import { create } from '@bufbuild/protobuf';
import { type Usage, UsageSchema } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import { computeCost } from '../catalog/compute-cost.ts';
import type { Candidate } from './resolve-model.ts';

/**
 * Adds to what a provider counted what it cost: by the prices that the operator gave, for nobody else knows a contract; else what the
 * provider itself says; else by the prices of the catalogue. Without cost: nobody knows.
 *
 * @param usage - what the provider counted, and maybe what it says that it cost.
 * @param atMs - when the answer was made, Unix time in milliseconds.
 */
export function priceUsage({ entry }: Candidate, usage: Usage, atMs: number): Usage {
  const prices = entry?.model.prices;
  if (prices === undefined || (usage.cost !== undefined && entry?.hasOperatorPrices !== true)) return usage;
  const { cost: _, $typeName: __, ...counts } = usage;
  const cost = computeCost(usage, prices, atMs);
  return create(UsageSchema, { ...counts, ...(cost !== undefined && { cost }) });
}
