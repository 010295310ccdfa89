import type { AttemptRecord } from '../core/events.ts';
import type { Plan } from './plan-chat.ts';
import type { RouterDecision } from './route-call.ts';

/** The longest part of a condition that a sentence repeats, in characters. */
const maxExpressionChars = 100;

/** Why this model, in one sentence: `metadata.reasoning` of an answer. */
export function explainChoice(plan: Plan, attempts: readonly AttemptRecord[]): string {
  const failed = attempts.slice(0, -1).map(({ model, errorReason }) => `'${model}' failed (${errorReason})`);
  if (failed.length === 0) return `${explainPlan(plan)} - success`;
  const served = attempts.at(-1)?.model ?? '';
  return `${createSentence(plan, `using fallback model: '${served}' after ${failed.join(', ')}`)} - success`;
}

/** The same before anything was tried, as far as it can be said then. */
export function explainPlan(plan: Plan): string {
  const { candidates, decision, request } = plan;
  const first = candidates[0]?.id ?? '';
  if (first === request.model) return createSentence(plan, `using specified model: '${first}'`);
  if (!request.model.includes('/')) return createSentence(plan, `using model: '${first}' for '${request.model}'`);
  const absence = decision === undefined ? 'is to be ignored' : 'is not to be had or to be ignored';
  return createSentence(plan, `using fallback model: '${first}', since '${request.model}' ${absence}`);
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
