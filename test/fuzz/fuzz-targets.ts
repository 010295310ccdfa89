import { catalogTargets } from './catalog-targets.ts';
import { dialectTargets } from './dialect-targets.ts';
import { edgeTargets } from './edge-targets.ts';
import { frameTargets } from './frame-targets.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { requestTargets } from './request-targets.ts';

/** Everything that is fuzzed. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...frameTargets,
  ...dialectTargets,
  ...requestTargets,
  ...catalogTargets,
  ...edgeTargets,
];
