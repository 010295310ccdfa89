import { readFileSync } from 'node:fs';
import { z } from 'zod';

const correction = z.strictObject({
  provider: z.string(),
  /** A regular expression on names of models. */
  models: z.string().transform((source) => new RegExp(source)),
  /** Whose prices hold. Default: see choose-prices.ts. */
  prices: z.enum(['pi-ai', 'genai-prices']).optional(),
  /** What holds in place of what the sources say. */
  set: z
    .strictObject({
      canonicalName: z.string().optional(),
      contextTokens: z.int().positive().optional(),
      maxOutputTokens: z.int().positive().optional(),
      capabilities: z
        .strictObject({
          functionCalling: z.boolean().optional(),
          responseSchema: z.boolean().optional(),
          reasoning: z.boolean().optional(),
          webSearch: z.boolean().optional(),
        })
        .optional(),
    })
    .optional(),
  /** Why, and where it says so. */
  reason: z.string().min(1),
  link: z.url(),
});

/** What is known better than the sources have it, one by one, with the reason and where it is written. */
export type Correction = z.infer<typeof correction>;

/**
 * Reads corrections.json.
 *
 * @throws Error when it is not as expected.
 */
export function readCorrections(path: URL = new URL('corrections.json', import.meta.url)): readonly Correction[] {
  return z.array(correction).parse(JSON.parse(readFileSync(path, 'utf8')));
}
