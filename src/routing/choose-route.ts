import type { ConditionScope, ConditionVerdict } from '../conditions/condition.ts';
import type { ConditionalRouteProgram, RouteProgram, RouterProgram } from '../routers/router-program.ts';

/** A conditional route that was looked at, and what its condition came to. */
export interface RouteVerdict {
  readonly route: ConditionalRouteProgram;
  readonly verdict: ConditionVerdict;
}

/** The route that a call takes. */
export interface ChosenRoute {
  /** `undefined`: no condition is true, and there is no default. */
  readonly route: RouteProgram | undefined;
  /** What was looked at until then, in order. */
  readonly verdicts: readonly RouteVerdict[];
}

/** Chooses the first route whose condition is true, else the default one. */
export function chooseRoute({ routes, defaultRoute }: RouterProgram, scope: ConditionScope): ChosenRoute {
  const verdicts: RouteVerdict[] = [];
  for (const route of routes) {
    const verdict = route.condition.evaluate(scope);
    verdicts.push({ route, verdict });
    if (verdict.isTrue) return { route, verdicts };
  }
  return { route: defaultRoute, verdicts };
}
