import { z } from 'zod';

/** What the reference page says of a key or section, beside what the schema knows: type, default and bounds. */
export interface KeyDescription {
  /** Sentences on what the key does, or on what the section holds. */
  readonly description: string;
  /** What its number counts. */
  readonly unit?: string;
  /** Replaces the schema's type in the reference, where "string" says too little. */
  readonly typeText?: string;
  /** Replaces the schema's default in the reference, where the default depends on something. */
  readonly defaultText?: string;
  /** Replaces the schema's bounds in the reference, where they are code. */
  readonly bounds?: string;
}

/** The descriptions of all keys and sections. The schemas register theirs where they define a key. */
export const keyDescriptions = z.registry<KeyDescription>();

/** The default and bounds of a number. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

/** A whole number with bounds. */
export function wholeNumber(unit: string, range: NumberRange, description: string) {
  return z.int().min(range.min).max(range.max).default(range.default).register(keyDescriptions, { description, unit });
}

/** A duration. */
export function milliseconds(range: NumberRange, description: string) {
  return wholeNumber('ms', range, description);
}

/** A size. */
export function bytes(range: NumberRange, description: string) {
  return wholeNumber('bytes', range, description);
}

const minuteMs = 60_000;
/** Units that the bounds are written in. */
export const units = {
  minuteMs,
  hourMs: 60 * minuteMs,
  dayMs: 24 * 60 * minuteMs,
  kibibyte: 1024,
  mebibyte: 1024 * 1024,
} as const;
