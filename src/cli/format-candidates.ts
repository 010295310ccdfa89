import type { CandidateVerdict, RoutingExplanation } from '../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import { formatTable } from './format-table.ts';

/** The most models that are shown of those that would not be tried: `auto` leaves out hundreds. */
const maxOmitted = 10;

/** The scores that models can be ranked by. The first is always shown, the others where they were ranked by. */
const axes = ['intelligence', 'coding', 'math'] as const;

/** One column of the table. A cell is `undefined` when it is not known. */
interface Column {
  readonly heading: string;
  readonly show: (candidate: CandidateVerdict) => string | undefined;
}

/**
 * Tells the models that were considered as a table: those that would be tried, numbered, then some of those that would not be. A column in
 * which nothing is known is left out. No lines when no model was considered.
 */
export function formatCandidates({ candidates, refusal, sort }: RoutingExplanation): string[] {
  if (candidates.length === 0) return [];
  const included = candidates.filter(({ isIncluded }) => isIncluded);
  const omitted = candidates.filter(({ isIncluded }) => !isIncluded);
  const shownOmitted = pickOmitted(omitted);
  const shown = [...included, ...shownOmitted];
  const columns = listColumns(sort, refusal?.message).filter(({ show }) => shown.some((it) => show(it) !== undefined));
  const rows = shown.map((candidate, index) => [
    candidate.isIncluded ? `${index + 1}.` : 'no',
    ...columns.map(({ show }) => show(candidate) ?? '-'),
  ]);
  const more = omitted.length - shownOmitted.length;
  return [
    ...formatTable([['', ...columns.map(({ heading }) => heading)], ...rows]),
    ...(more === 0 ? [] : [`and ${more} more, which --json lists`]),
  ];
}

function listColumns(sort: readonly string[], refusal: string | undefined): Column[] {
  // `coding ascending` is about coding as well.
  const isRankedBy = (axis: string): boolean => sort.some((criterion) => criterion.split(' ')[0] === axis);
  return [
    { heading: 'MODEL', show: ({ model }) => model },
    { heading: 'COST', show: ({ cost }) => (cost === undefined ? undefined : formatCost(cost)) },
    { heading: 'FIRST TOKEN', show: showFirstToken },
    { heading: 'TOKENS/S', show: showTokensPerSecond },
    ...axes
      .filter((axis, index) => index === 0 || isRankedBy(axis))
      .map((axis) => ({
        heading: axis.toUpperCase(),
        show: ({ scores }: CandidateVerdict) => showScore(scores[axis]),
      })),
    { heading: 'WHY', show: (candidate) => showReason(candidate, refusal) },
  ];
}

/** USD with three digits that say something, and without an exponent. */
function formatCost(cost: number): string {
  return `$${cost.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 20, maximumSignificantDigits: 3 })}`;
}

/** What latency is ranked by. */
function showFirstToken(candidate: CandidateVerdict): string | undefined {
  const { expectedFirstTokenMs, isSpeedAssumed } = candidate;
  return expectedFirstTokenMs === undefined
    ? undefined
    : `${mark(isSpeedAssumed)}${Math.round(expectedFirstTokenMs)} ms`;
}

function showTokensPerSecond({ tokensPerSecond, isSpeedAssumed }: CandidateVerdict): string | undefined {
  return tokensPerSecond === undefined ? undefined : `${mark(isSpeedAssumed)}${Math.round(tokensPerSecond)}`;
}

function showScore(score: CandidateVerdict['scores'][string] | undefined): string | undefined {
  return score === undefined ? undefined : `${mark(score.estimated)}${Math.round(score.value)}`;
}

function mark(isGuessed: boolean): string {
  return isGuessed ? '~' : '';
}

/** @param refusal - what stands at the top, and so is not said again. */
function showReason({ reason, isUnhealthy }: CandidateVerdict, refusal: string | undefined): string {
  const shown = reason === refusal ? 'see above' : reason;
  return isUnhealthy ? `keeps failing: passed over while another is left. ${shown}` : shown;
}

/** Some of those that would not be tried, in their order, and with every reason rather than many times the first. */
function pickOmitted(omitted: readonly CandidateVerdict[]): CandidateVerdict[] {
  const countByReason = new Map<string, number>();
  const turns = omitted.map((candidate) => {
    const turn = countByReason.get(candidate.reason) ?? 0;
    countByReason.set(candidate.reason, turn + 1);
    return { candidate, turn };
  });
  const picked = new Set(
    turns
      .toSorted((a, b) => a.turn - b.turn)
      .slice(0, maxOmitted)
      .map(({ candidate }) => candidate),
  );
  return omitted.filter((candidate) => picked.has(candidate));
}
