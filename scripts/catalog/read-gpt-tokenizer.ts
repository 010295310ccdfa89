import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

const record = z.object({
  modalities: z.object({ input: z.array(z.string()).optional(), output: z.array(z.string()).optional() }).optional(),
  supported_endpoints: z.array(z.string()).optional(),
  supported_features: z.array(z.string()).optional(),
  context_window: z.number().optional(),
  max_output_tokens: z.number().optional(),
  deprecated: z.boolean().optional(),
});

/** A model of OpenAI's as gpt-tokenizer has it. */
export type OpenAiRecord = z.infer<typeof record>;

/**
 * Loads gpt-tokenizer's records of OpenAI's models, by name, from its unpacked package.
 *
 * @throws Error when the package or its data is not as expected.
 */
export async function readGptTokenizer(folder: string): Promise<ReadonlyMap<string, OpenAiRecord>> {
  const loaded: unknown = await import(pathToFileURL(join(folder, 'esm/models.gen.js')).href);
  const exported = Object.entries(z.looseObject({}).parse(loaded));
  if (exported.length === 0) throw new Error(`gpt-tokenizer has no records in ${folder}.`);
  return new Map(exported.map(([name, value]) => [name, record.parse(value)]));
}
