import type { WorkBudget } from '../work-budget.ts';
import type { PatternNode } from './pattern-node.ts';

/**
 * Whether a pattern matches somewhere in a text, as JSON Schema's `pattern` means it.
 *
 * It follows sets of places through the tree, so the time is bounded by the tree's size times the square of the text's length:
 * there is no backtracking that a caller's pattern could blow up.
 *
 * @throws WorkExhausted
 */
export function matchPattern(pattern: PatternNode, text: string, budget: WorkBudget): boolean {
  budget.spend(1 + text.length);
  const chars = Array.from(text);
  const everywhere = new Set(Array.from({ length: chars.length + 1 }, (_, index) => index));
  return findEnds(pattern, { chars, budget }, everywhere).size > 0;
}

interface Subject {
  readonly chars: readonly string[];
  readonly budget: WorkBudget;
}

type Places = ReadonlySet<number>;

/** Where matches of `node` end that start at one of `starts`. */
function findEnds(node: PatternNode, subject: Subject, starts: Places): Places {
  subject.budget.spend(1 + starts.size);
  switch (node.kind) {
    case 'class': {
      const ends = new Set<number>();
      for (const start of starts) {
        const char = subject.chars[start];
        if (char !== undefined && node.matches(char)) {
          ends.add(start + 1);
        }
      }
      return ends;
    }
    case 'sequence': {
      let places = starts;
      for (const item of node.items) {
        places = findEnds(item, subject, places);
        if (places.size === 0) {
          break;
        }
      }
      return places;
    }
    case 'choice': {
      const ends = new Set<number>();
      for (const option of node.options) {
        for (const end of findEnds(option, subject, starts)) {
          ends.add(end);
        }
      }
      return ends;
    }
    case 'repeat':
      return findRepeatEnds(node.item, node.min, node.max, subject, starts);
    case 'edge':
      return filterPlaces(starts, (place) => isAtEdge(node.at, subject.chars, place));
    case 'lookahead':
      return filterPlaces(starts, (place) => findEnds(node.item, subject, new Set([place])).size > 0 !== node.negative);
  }
}

function findRepeatEnds(item: PatternNode, min: number, max: number, subject: Subject, starts: Places): Places {
  let places = starts;
  for (let count = 0; count < min && places.size > 0; count++) {
    const next = findEnds(item, subject, places);
    if (isSamePlaces(next, places)) {
      // Another round cannot change it either: what is left of a count like {1000000} is skipped.
      break;
    }
    places = next;
  }
  const reached = new Set(places);
  let fresh: Places = places;
  for (let count = min; count < max && fresh.size > 0; count++) {
    fresh = filterPlaces(findEnds(item, subject, fresh), (place) => !reached.has(place));
    for (const place of fresh) {
      reached.add(place);
    }
  }
  return reached;
}

function filterPlaces(places: Places, keep: (place: number) => boolean): Places {
  const kept = new Set<number>();
  for (const place of places) {
    if (keep(place)) {
      kept.add(place);
    }
  }
  return kept;
}

function isSamePlaces(left: Places, right: Places): boolean {
  return left.size === right.size && filterPlaces(left, (place) => !right.has(place)).size === 0;
}

function isAtEdge(at: 'start' | 'end' | 'boundary' | 'no-boundary', chars: readonly string[], place: number): boolean {
  switch (at) {
    case 'start':
      return place === 0;
    case 'end':
      return place === chars.length;
    default:
      return (isWordChar(chars[place - 1]) !== isWordChar(chars[place])) === (at === 'boundary');
  }
}

function isWordChar(char: string | undefined): boolean {
  return char !== undefined && /^\w$/.test(char);
}
