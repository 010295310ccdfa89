import { z } from 'zod';
import { bytes, keyDescriptions, milliseconds, units, wholeNumber } from './reference.ts';

const { minuteMs, kibibyte, mebibyte } = units;

/** The section `routing`. */
export const routingSchema = z
  .strictObject({
    router_prefix: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9-]{0,62}\/$/,
        'Write lower-case letters, digits and hyphens, then one slash, such as inworld/.',
      )
      .default('inworld/')
      .register(keyDescriptions, {
        description: 'What stands before the name of a router where a model is named. router/ is understood as well.',
        bounds: 'letters, digits and hyphens, up to 63, then a slash',
      }),
    max_routers: wholeNumber('routers', { min: 1, max: 100_000, default: 1000 }, 'Most routers of one workspace.'),
    max_router_bytes: bytes(
      { min: kibibyte, max: 64 * mebibyte, default: mebibyte },
      'The longest router, as the JSON that is stored. One that is there stays when this is lowered, and must be shorter when it is changed.',
    ),
    max_routes: wholeNumber(
      'routes',
      { min: 1, max: 10_000, default: 100 },
      'Most routes with a condition in one router.',
    ),
    max_variants: wholeNumber('variants', { min: 1, max: 10_000, default: 100 }, 'Most variants of one route.'),
    max_expression_chars: wholeNumber('characters', { min: 16, max: 65_536, default: 4096 }, 'The longest condition.'),
    max_template_chars: wholeNumber(
      'characters',
      { min: 16, max: 10_000_000, default: 100_000 },
      'The longest text of one message template.',
    ),
    max_templates: wholeNumber(
      'templates',
      { min: 1, max: 1000, default: 64 },
      "Most message templates of a variant, or of a router's defaults.",
    ),
    max_models: wholeNumber(
      'models',
      { min: 1, max: 1000, default: 64 },
      'Most models of one model selection, and most entries of its other lists.',
    ),
    poll_ms: milliseconds(
      { min: 50, max: minuteMs, default: 500 },
      'How often the store is asked for changes that other processes made.',
    ),
    files_poll_ms: milliseconds(
      { min: 50, max: 60 * minuteMs, default: 1000 },
      'How often the files that routers come from are looked at for changes.',
    ),
  })
  .register(keyDescriptions, { description: 'The bounds of saved routers, and how soon changes of them are seen.' });
