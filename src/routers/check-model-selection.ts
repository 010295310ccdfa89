import {
  type ModelSelection,
  SortDirectionSchema,
  SortMetric,
  SortMetricSchema,
} from '../../gen/signalbox/router/v1/variant_pb.ts';
import type { ViolationList } from '../dialects/router-json/violation-list.ts';
import { checkCount, checkText } from './check-bounds.ts';

/** As `model` of a request. */
const maxModelChars = 512;

/** What a name begins with when it names a model of the operator's own. It is never a router. */
const firstPartyPrefix = 'inworld/models/';

/** White space at either end, or beside a slash. */
const spacePattern = /^\s|\s$|\s\/|\/\s/;

/** What the names of models are checked by. */
export interface ModelRules {
  readonly maxModels: number;
  readonly routerPrefix: string;
}

/** Checks the lists of a model selection. */
export function checkModelSelection(
  selection: ModelSelection,
  rules: ModelRules,
  path: string,
  violations: ViolationList,
): void {
  const { maxModels, routerPrefix } = rules;
  checkCount(selection.models, maxModels, `${path}.models`, violations).forEach((model, index) => {
    checkModel(model, routerPrefix, `${path}.models[${index}]`, violations);
  });
  checkCount(selection.sort, maxModels, `${path}.sort`, violations).forEach(({ metric, direction }, index) => {
    const place = `${path}.sort[${index}]`;
    if (metric === SortMetric.UNSPECIFIED) violations.add(`${place}.metric`, 'it is required');
    else if (SortMetricSchema.value[metric] === undefined) violations.add(`${place}.metric`, 'there is no such metric');
    if (SortDirectionSchema.value[direction] === undefined) {
      violations.add(`${place}.direction`, 'there is no such direction');
    }
  });
  checkNames(selection.ignore, maxModels, `${path}.ignore`, violations);
  checkNames(selection.provider?.order ?? [], maxModels, `${path}.provider.order`, violations);
}

/**
 * Checks a model that a variant may call. A router is none: one that named itself, directly or around a ring, would never come to an end.
 *
 * @param routerPrefix - what stands before the name of a router, beside `router/`.
 */
export function checkModel(model: string, routerPrefix: string, path: string, violations: ViolationList): void {
  checkText(model, maxModelChars, path, violations);
  if (isRouter(model, routerPrefix)) violations.add(path, 'it must be a model, and this is a router');
  else if (spacePattern.test(model)) violations.add(path, 'it must have no white space around its names');
  else if (model.startsWith('/')) violations.add(path, 'it must name a provider before the slash');
  else if (model === firstPartyPrefix || /^[^/]+\/$/.test(model)) {
    violations.add(path, 'it must name a model after the slash');
  }
}

function isRouter(model: string, routerPrefix: string): boolean {
  if (model.startsWith(firstPartyPrefix)) return false;
  return model.startsWith('router/') || model.startsWith(routerPrefix);
}

function checkNames(names: readonly string[], maxNames: number, path: string, violations: ViolationList): void {
  checkCount(names, maxNames, path, violations).forEach((name, index) => {
    checkText(name, maxModelChars, `${path}[${index}]`, violations);
  });
}
