import type { ConditionalRoute, Route, Router } from '../../gen/signalbox/router/v1/router_pb.ts';
import { checkConditions } from '../conditions/check-conditions.ts';
import type { ConditionProblem } from '../conditions/condition.ts';
import type { FieldViolation } from '../core/errors.ts';
import { ViolationList } from '../dialects/router-json/violation-list.ts';
import { checkCount, UsedIds } from './check-bounds.ts';
import { checkGenerationConfig } from './check-generation-config.ts';
import { checkId } from './check-id.ts';
import { checkMessageTemplates } from './check-message-template.ts';
import { checkVariants } from './check-variants.ts';
import { defaultRouteId } from './normalise-router.ts';
import type { RouterRules } from './router-limits.ts';
import { parseRouterName } from './router-name.ts';

/** The longest display name, in UTF-16 units. */
const maxDisplayNameChars = 512;

/**
 * Checks a router before it is saved: everything that would make a call of it fail, and every bound.
 *
 * @returns all violations, with the paths that encodeRouter writes, such as `routes[0].route.variants`. At most 1000, and one that says how
 * many more there are. Empty: it can be saved.
 */
export function checkRouter(router: Router, rules: RouterRules): FieldViolation[] {
  const violations = new ViolationList();
  checkNames(router, violations);
  const { defaults, routes, defaultRoute } = router;
  if (defaults?.textGenerationConfig !== undefined) {
    checkGenerationConfig(defaults.textGenerationConfig, 'defaults.text_generation_config', violations);
  }
  checkMessageTemplates(defaults?.messageTemplates ?? [], rules, 'defaults.message_templates', violations);
  if (routes.length === 0 && defaultRoute === undefined) {
    violations.add('routes', 'a router needs at least one route, or a default route');
  }
  const routeIds = new UsedIds();
  const checked = checkCount(routes, rules.maxRoutes, 'routes', violations);
  const { tooMuch, problems } = checkConditions(
    checked.map(({ condition }) => condition?.celExpression ?? ''),
    rules,
  );
  if (tooMuch !== undefined) violations.add('routes', tooMuch);
  checked.forEach((conditional, index) => {
    checkConditionalRoute(conditional, problems[index], rules, `routes[${index}]`, routeIds, violations);
  });
  if (defaultRoute !== undefined) checkDefaultRoute(defaultRoute, rules, routeIds, violations);
  return violations.toArray();
}

function checkNames({ name, displayName }: Router, violations: ViolationList): void {
  if (name === '') {
    const why =
      displayName === '' ? ', or a displayName' : ': displayName has no letters or digits that it could be made from';
    violations.add('name', `it is required${why}`);
  } else if (parseRouterName(name) !== name) {
    violations.add(
      'name',
      'it must be of lower-case letters, digits and hyphens, begin with a letter or digit, and have at most 63 characters',
    );
  }
  if (displayName.length > maxDisplayNameChars) {
    violations.add('displayName', `it must have at most ${maxDisplayNameChars} characters`);
  }
}

function checkConditionalRoute(
  { route, condition }: ConditionalRoute,
  problem: ConditionProblem | undefined,
  rules: RouterRules,
  path: string,
  routeIds: UsedIds,
  violations: ViolationList,
): void {
  if (route === undefined) violations.add(`${path}.route`, 'it is required');
  else checkRoute(route, rules, `${path}.route`, routeIds, violations);
  if (condition === undefined) violations.add(`${path}.condition`, 'it is required');
  else if (condition.celExpression.trim() === '') violations.add(`${path}.condition.cel_expression`, 'it is required');
  else if (problem !== undefined) violations.add(`${path}.condition.cel_expression`, problem.problem);
}

function checkDefaultRoute(route: Route, rules: RouterRules, routeIds: UsedIds, violations: ViolationList): void {
  // One that has no id gets this one when it is saved.
  const routeId = route.routeId === '' ? defaultRouteId : route.routeId;
  checkRoute({ ...route, routeId }, rules, 'defaultRoute', routeIds, violations);
}

function checkRoute(
  route: Route,
  rules: RouterRules,
  path: string,
  routeIds: UsedIds,
  violations: ViolationList,
): void {
  checkId(route.routeId, `${path}.route_id`, violations);
  routeIds.check(route.routeId, `${path}.route_id`, violations);
  checkVariants(route, rules, `${path}.variants`, violations);
}
