import { z } from 'zod';
import { findPriceProblem } from './find-price-problem.ts';
import { OperatorModels } from './operator-models.ts';
import { keyDescriptions, milliseconds, units, wholeNumber } from './reference.ts';

const maxModels = 5000;
const maxNameLength = 256;
const maxAliases = 100;
const maxTokens = 1_000_000_000;

/** `provider/model`. */
const modelId = z
  .string()
  .max(maxNameLength + 64)
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,62}\/[^\s/]\S*$/,
    'Write it as calls name it: the name of a provider, a slash, and the name of the model, such as my-vllm/qwen3-32b.',
  );

const line = z
  .string()
  .min(1)
  .max(maxNameLength)
  .regex(/^[^\p{Cc}]*$/u, 'It holds a control character. Write it in one line.');

const modalities = ['text', 'image', 'audio', 'video', 'file'] as const;

function modalityList(description: string) {
  return z
    .array(z.enum(modalities))
    .min(1)
    .max(modalities.length)
    .optional()
    .register(keyDescriptions, { description });
}

function tokenCount(description: string) {
  return z.int().min(1).max(maxTokens).optional().register(keyDescriptions, { description, unit: 'tokens' });
}

function capability(description: string) {
  return z.boolean().optional().register(keyDescriptions, { description });
}

/** A score need not be whole, as other numbers of the configuration are. */
function score(description: string) {
  return z
    .unknown()
    .refine((value) => typeof value === 'number' && value >= 0 && value <= 100, 'It must be a number from 0 to 100.')
    .transform(Number)
    .optional()
    .register(keyDescriptions, { description, typeText: 'number', bounds: '`0` to `100`' });
}

const prices = z
  .unknown()
  .superRefine((value, context) => {
    const problem = findPriceProblem(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: [...problem.path], message: problem.text });
  })
  .optional()
  .register(keyDescriptions, {
    typeText: 'table, or list of tables',
    description:
      'What it costs, in USD: input_mtok, output_mtok, cache_read_mtok and others, per million tokens. All of them together take the place of those in the catalogue.',
    bounds: '`0` to `1000000` each',
  });

const isoDate = z
  .string()
  .refine((text) => z.iso.date().safeParse(text).success, 'Write a day as "YYYY-MM-DD", in quotation marks.');

/** What the operator says of one model. */
const modelSchema = z
  .strictObject({
    prices,
    context_tokens: tokenCount('Most tokens of a prompt and its answer together.'),
    max_output_tokens: tokenCount('Most tokens of an answer.'),
    input_modalities: modalityList('What it takes.'),
    output_modalities: modalityList('What it gives.'),
    capabilities: z
      .strictObject({
        function_calling: capability('Whether it calls functions.'),
        response_schema: capability('Whether it keeps to a JSON schema.'),
        reasoning: capability('Whether it reasons before it answers.'),
        web_search: capability('Whether it searches the web by itself.'),
        prompt_caching: capability('Whether its provider caches prompts.'),
      })
      .optional()
      .register(keyDescriptions, { description: 'What it can do. What is not said is as the catalogue has it.' }),
    scores: z
      .strictObject({
        intelligence: score('How good it is in general.'),
        coding: score('How good it is at writing programs.'),
        math: score('How good it is at mathematics.'),
      })
      .optional()
      .register(keyDescriptions, { description: 'How good you find it. What is not said is as the catalogue has it.' }),
    canonical_name: line.optional().register(keyDescriptions, {
      description:
        'What the same model is called wherever it runs, so that its bare name finds it at this provider too.',
      defaultText: 'what its name comes to',
    }),
    aliases: z.array(line).max(maxAliases).optional().register(keyDescriptions, {
      description: 'Further names that the provider takes for it.',
      typeText: 'list of names',
    }),
    display_name: line.optional().register(keyDescriptions, { description: 'Its name for people.' }),
    creator: line.optional().register(keyDescriptions, { description: 'Who made it, for people.' }),
    release_date: isoDate
      .optional()
      .register(keyDescriptions, { description: 'When it came out.', typeText: 'day, `"YYYY-MM-DD"`' }),
    deprecated: z
      .boolean()
      .optional()
      .register(keyDescriptions, { description: 'Whether the provider will switch it off.' }),
  })
  .register(keyDescriptions, {
    description: `Models of your own, and what you know better than the catalogue, by the name that calls use, such as "my-vllm/qwen3-32b": up to ${maxModels} of them. What you do not say of a model is as the catalogue has it.`,
  });

const models = z
  .record(modelId, modelSchema)
  .default({})
  .transform((map, context) => {
    if (Object.keys(map).length > maxModels) {
      context.addIssue(`There are more than ${maxModels} models. Remove some.`);
    }
    return new OperatorModels(map);
  });

/** A share need not be whole, as other numbers of the configuration are. */
const probeShare = z
  .unknown()
  .refine((value) => typeof value === 'number' && value >= 0 && value <= 0.2, 'It must be a number from 0 to 0.2.')
  .transform(Number)
  .default(0.01)
  .register(keyDescriptions, {
    description:
      'The share of calls, where models are ranked by speed, that first try another model than the best, to learn how fast that one is now. Where few may be tried, one in ten calls first tries one that was never measured. 0: none of either.',
    typeText: 'number',
    bounds: '`0` to `0.2`',
  });

/** The section `catalog.speed`. */
const speedSchema = z
  .strictObject({
    half_life_ms: milliseconds(
      { min: 1000, max: units.hourMs, default: units.minuteMs },
      'After how long a call counts half for how fast a model is taken to be.',
    ),
    window_calls: wholeNumber(
      'calls',
      { min: 5, max: 1000, default: 20 },
      'How many calls count at most for it, so that a busy server notices a change by calls, and not by minutes.',
    ),
    probe_share: probeShare,
    probe_interval_ms: milliseconds(
      { min: 100, max: units.hourMs, default: 10_000 },
      'How long after such a try of a model the next one may be.',
    ),
    max_candidates: wholeNumber(
      'models',
      { min: 10, max: 100_000, default: 2000 },
      'Of how many models their speed is remembered. Those that were not called for the longest time are forgotten first.',
    ),
    share_interval_ms: milliseconds(
      { min: 100, max: 10 * units.minuteMs, default: 5000 },
      'How often what was measured is written to the store, and what other processes measured is read.',
    ),
  })
  .register(keyDescriptions, { description: 'How the speed of models is measured.' });

/** The section `catalog`. */
export const catalogSchema = z
  .strictObject({
    models,
    poll_ms: milliseconds(
      { min: 50, max: units.minuteMs, default: 500 },
      'How often the store is asked whether the catalogue was synced.',
    ),
    speed: speedSchema.prefault({}),
  })
  .register(keyDescriptions, { description: 'The models that are known, their prices, scores and speed.' });
