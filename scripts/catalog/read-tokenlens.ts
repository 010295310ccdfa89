import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

const record = z.object({
  id: z.string(),
  name: z.string(),
  reasoning: z.boolean().optional(),
  tool_call: z.boolean().optional(),
  release_date: z.string().optional(),
  modalities: z.object({ input: z.array(z.string()), output: z.array(z.string()) }),
  limit: z.object({ context: z.number(), output: z.number() }).optional(),
});

const catalog = z.record(z.string(), z.object({ models: z.record(z.string(), record) }));

/** A model as models.dev had it when tokenlens copied it. */
export type TokenlensModel = z.infer<typeof record>;

/**
 * Loads tokenlens' copy of models.dev from its unpacked package: models by provider.
 *
 * @throws Error when the package or its data is not as expected.
 */
export async function readTokenlens(folder: string): Promise<ReadonlyMap<string, readonly TokenlensModel[]>> {
  const loaded: unknown = await import(pathToFileURL(join(folder, 'dist/index.js')).href);
  const { providersCatalog } = z.looseObject({ providersCatalog: catalog }).parse(loaded);
  return new Map(Object.entries(providersCatalog).map(([id, { models }]) => [id, Object.values(models)]));
}
