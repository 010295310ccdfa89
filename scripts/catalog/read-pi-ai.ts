import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const rate = z.number().nonnegative();

const rates = { input: rate, output: rate, cacheRead: rate, cacheWrite: rate };

const row = z.object({
  type: z.string().optional(),
  id: z.string().min(1),
  name: z.string(),
  api: z.string(),
  baseUrl: z.string(),
  reasoning: z.boolean().optional(),
  input: z.array(z.enum(['text', 'image'])),
  cost: z.object({
    ...rates,
    tiers: z.array(z.object({ ...rates, inputTokensAbove: z.int().positive() })).optional(),
  }),
  contextWindow: z.int().nonnegative().optional(),
  maxTokens: z.int().nonnegative().optional(),
  thinkingLevelMap: z.record(z.string(), z.string().nullable()).optional(),
  compat: z.looseObject({ supportsStrictMode: z.boolean().optional() }).optional(),
});

const imageRow = z.object({ id: z.string(), output: z.array(z.string()) });

const manifest = z.object({ generatedAt: z.iso.datetime() });

/** A model as pi-ai has it. Costs are USD per million tokens. */
export type PiAiModel = z.infer<typeof row>;

/** What pi-ai knows. */
export interface PiAiData {
  /** When it was put together, `YYYY-MM-DD`. */
  readonly date: string;
  /** Chat models by pi-ai's name of the provider. */
  readonly models: ReadonlyMap<string, readonly PiAiModel[]>;
  /** What models that make images give, by provider and id: some of them are chat models too, whose row does not say it. */
  readonly imageOutputs: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads the models of an unpacked pi-ai: `dist/providers/data/PROVIDER.json`, by API, then by type and id.
 *
 * @throws Error when a file is not as expected.
 */
export function readPiAi(folder: string): PiAiData {
  const data = join(folder, 'dist/providers/data');
  const { generatedAt } = manifest.parse(JSON.parse(readFileSync(join(data, '.manifest.json'), 'utf8')));
  const file = z.record(z.string(), z.record(z.string(), z.unknown()));
  const names = readdirSync(data).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  const models = new Map<string, readonly PiAiModel[]>();
  const imageOutputs = new Map<string, readonly string[]>();
  for (const name of names) {
    const provider = name.slice(0, -'.json'.length);
    const groups = Object.values(file.parse(JSON.parse(readFileSync(join(data, name), 'utf8'))));
    const rows = groups.flatMap((group) => Object.entries(group));
    models.set(
      provider,
      rows.filter(([key]) => key.startsWith('chat:')).map(([, value]) => row.parse(value)),
    );
    for (const [, value] of rows.filter(([key]) => key.startsWith('image:'))) {
      const { id, output } = imageRow.parse(value);
      imageOutputs.set(`${provider}/${id}`, output);
    }
  }
  return { date: generatedAt.slice(0, 'YYYY-MM-DD'.length), models, imageOutputs };
}
