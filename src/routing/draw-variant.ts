import { hash } from 'node:crypto';
import type { RouteProgram, VariantProgram } from '../routers/router-program.ts';

/** A variant of a route and what the choice was made by. */
export interface VariantDraw {
  readonly variant: VariantProgram;
  /** Above 0 and below 1. `undefined`: the choice was random. */
  readonly hash: number | undefined;
  /** The highest wins. `undefined`: the choice was random, or the variant has no share. */
  readonly score: number | undefined;
}

/** The variant that a call gets. */
export interface DrawnVariant {
  readonly variant: VariantProgram;
  readonly isRandom: boolean;
  /** Of every variant of the route, in its order. */
  readonly draws: readonly VariantDraw[];
}

/** Who draws. */
export interface DrawOptions {
  readonly router: string;
  /** The end user. `undefined` or empty: nobody in particular, so that chance decides. */
  readonly user: string | undefined;
  /** From 0, below 1. */
  readonly random: () => number;
}

/**
 * Chooses a variant by weight. The same user always gets the same variant of a route, on any process, as long as nothing about the
 * route's variants changes; a change moves only the users that it must move.
 *
 * Weighted rendezvous hashing: every variant gets a score from the user and itself alone, and the highest wins. A user moves only when
 * the score of the winner falls or another's rises past it. (Schindelhauer and Schomaker, "Weighted Distributed Hash Tables", 2005.)
 */
export function drawVariant(route: RouteProgram, { router, user, random }: DrawOptions): DrawnVariant {
  if (user === undefined || user === '') return drawRandomly(route, random());
  const prefix = `${router}\n${route.routeId}\n`;
  const draws = route.variants.map((variant): VariantDraw => {
    const hash = hashText(`${prefix}${variant.variantId}\n${user}`);
    return { variant, hash, score: variant.weight > 0 ? scoreVariant(hash, variant.weight) : undefined };
  });
  // Equal scores would need equal hashes, 1 in 2^52; the first one wins then, on every process.
  const winner = draws.reduce((best, draw) => ((draw.score ?? 0) > (best.score ?? 0) ? draw : best));
  return { variant: winner.variant, isRandom: false, draws };
}

/**
 * What a user's place among the variants is made of: SHA-256 of the text's UTF-8, its first 52 bits as a whole number n, and of that
 * (n + 0.5) / 2^52. 52 bits, so that the half is exact in a double and the result is never 0 or 1.
 */
export function hashText(text: string): number {
  const digest = hash('sha256', text, 'hex');
  return (Number.parseInt(digest.slice(0, 13), 16) + 0.5) / 2 ** 52;
}

/** -ln of a uniform number is exponentially distributed: the smallest of several such, each divided by its weight, is drawn by weight. */
function scoreVariant(hash: number, weight: number): number {
  return weight / -Math.log(hash);
}

function drawRandomly({ variants }: RouteProgram, chance: number): DrawnVariant {
  const total = variants.reduce((sum, { weight }) => sum + weight, 0);
  let rest = chance * total;
  const winner =
    variants.find(({ weight }) => {
      rest -= weight;
      return rest < 0;
    }) ?? variants.findLast(({ weight }) => weight > 0);
  if (winner === undefined) throw new RangeError('a route needs a variant with a weight above 0');
  return {
    variant: winner,
    isRandom: true,
    draws: variants.map((variant) => ({ variant, hash: undefined, score: undefined })),
  };
}
