import type { AttemptRecord } from '../core/events.ts';
import type { Plan } from './plan-chat.ts';
import type { Ranking } from './rank-candidates.ts';
import { describeCriterion } from './rank-criterion.ts';
import type { RouterDecision } from './route-call.ts';

/** The longest part of a condition that a sentence repeats, in characters. */
const maxExpressionChars = 100;

/**
 * Why this model, in one sentence: `metadata.reasoning` of an answer.
 *
 * @param served - the answer's model. The last attempt may be another one's, when it completed an answer that broke off.
 */
export function explainChoice(plan: Plan, attempts: readonly AttemptRecord[], served: string): string {
  const failed = attempts.slice(0, -1);
  const first = plan.candidates[0]?.id ?? '';
  if (served === first) {
    const tries = failed.length === 0 ? '' : ` after ${describeFailures(failed)}`;
    const last = attempts.at(-1)?.model;
    const end = last === undefined || last === served ? '' : `, completed by '${last}'`;
    return `${explainPlan(plan)} - success${tries}${end}`;
  }
  const reasons = failed.some(({ model }) => model === first)
    ? []
    : [`'${first}' was passed over, since it keeps failing`];
  if (failed.length > 0) reasons.push(describeFailures(failed));
  return `${createSentence(plan, `using fallback model: '${served}' after ${reasons.join(', and ')}`)} - success`;
}

/** `'a' failed (PROVIDER_TIMEOUT), 'b' failed (PROVIDER_FAILED, PROVIDER_FAILED)`: each model once, in the order of its first failure. */
function describeFailures(failed: readonly AttemptRecord[]): string {
  const byModel = Map.groupBy(failed, ({ model }) => model);
  return [...byModel]
    .map(([model, records]) => `'${model}' failed (${records.map(({ errorReason }) => errorReason).join(', ')})`)
    .join(', ');
}

/** The same before anything was tried, as far as it can be said then. */
export function explainPlan(plan: Plan): string {
  const { candidates, decision, isProbe = false, ranking, request } = plan;
  const first = candidates[0]?.id ?? '';
  if (first === request.model) return createSentence(plan, `using specified model: '${first}'`);
  const isChosen = !request.model.includes('/');
  if (isChosen && ranking !== undefined) {
    const place = isProbe ? 'to measure how fast it is now, before those ranked better' : 'ranked';
    const clause = `using model: '${first}' for '${request.model}', ${place} by ${describeRanking(ranking)}`;
    return createSentence(plan, clause);
  }
  if (isChosen) return createSentence(plan, `using model: '${first}' for '${request.model}'`);
  const fallback = `using fallback model: '${first}'${isProbe ? ', to measure how fast it is now' : ''}`;
  if (candidates.some(({ id }) => id === request.model)) {
    return createSentence(plan, `${fallback}, since '${request.model}' keeps failing`);
  }
  const absence = decision === undefined ? 'is to be ignored' : 'is not to be had or to be ignored';
  return createSentence(plan, `${fallback}, since '${request.model}' ${absence}`);
}

function describeRanking({ criteria, prefersIntelligent }: Ranking): string {
  const names = criteria.map(describeCriterion).join(', then ');
  return prefersIntelligent ? `${names} among models of at least median intelligence` : names;
}

function createSentence({ decision }: Plan, clause: string): string {
  if (decision === undefined) return clause.charAt(0).toUpperCase() + clause.slice(1);
  return `${describeDecision(decision)}: ${clause}`;
}

/** What a router decided, as a clause. */
function describeDecision({ router, routeId, variantId, isRandom, expression }: RouterDecision): string {
  const route =
    expression === undefined ? `the default route '${routeId}'` : `the route '${routeId}' (${shorten(expression)})`;
  return `Router '${router}' took ${route} and the variant '${variantId}' (${isRandom ? 'by chance' : 'by user'})`;
}

function shorten(expression: string): string {
  const line = expression.replaceAll(/\s+/g, ' ');
  if (line.length <= maxExpressionChars) return line;
  return `${line.slice(0, maxExpressionChars - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
