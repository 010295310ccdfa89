import type { CatalogModel } from '../catalog/catalog-model.ts';
import { createFieldError } from '../core/json-fields.ts';
import { suggest } from '../core/suggest.ts';

/** What models can be asked for by, and whether one is known to have it. */
const checks = {
  function_calling: ({ capabilities }) => capabilities?.functionCalling,
  web_search: ({ capabilities }) => capabilities?.webSearch,
  reasoning: ({ capabilities }) => capabilities?.reasoning,
  prompt_caching: ({ capabilities }) => capabilities?.promptCaching,
  response_schema: ({ capabilities }) => capabilities?.responseSchema,
  vision: ({ inputModalities }) => inputModalities?.includes('image'),
  audio: ({ inputModalities }) => inputModalities?.includes('audio'),
  image_output: ({ outputModalities }) => outputModalities?.includes('image'),
  audio_output: ({ outputModalities }) => outputModalities?.includes('audio'),
} as const satisfies Readonly<Record<string, (model: CatalogModel) => boolean | undefined>>;

/** Something that models can do, by the name that clients give it. */
export type CapabilityName = keyof typeof checks;

/** How much of a name that a client made up is shown. */
const maxShownChars = 100;

/**
 * Reads names of capabilities, in snake_case or in camelCase.
 *
 * @param field - where they come from, in the client's own terms.
 * @throws SignalboxError INVALID_FIELD for one that there is not, which lists those that there are.
 */
export function parseCapabilities(names: readonly string[], field: string): ReadonlySet<CapabilityName> {
  return new Set(names.map((name) => parseCapability(name, field)));
}

/** Whether a model is known to have all of some capabilities. */
export function hasCapabilities(model: CatalogModel, names: Iterable<CapabilityName>): boolean {
  for (const name of names) if (checks[name](model) !== true) return false;
  return true;
}

function parseCapability(text: string, field: string): CapabilityName {
  const snake = text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (isCapability(snake)) return snake;
  const known = Object.keys(checks);
  const near = suggest(text, known);
  const meant = near === undefined ? '' : `, and ${near} was perhaps meant`;
  throw createFieldError(
    field,
    `there is no capability ${JSON.stringify(text.slice(0, maxShownChars))}${meant}; it takes ${known.join(', ')}`,
  );
}

function isCapability(text: string): text is CapabilityName {
  return Object.hasOwn(checks, text);
}
