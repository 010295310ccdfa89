import type { Capabilities, CatalogModel, Modality } from '../catalog/catalog-model.ts';
import type { RequestNeeds } from './request-needs.ts';

/** What of a call a model cannot do. */
export type AbilityFilter =
  | 'tools'
  | 'image-input'
  | 'audio-input'
  | 'video-input'
  | 'file-input'
  | 'json-schema'
  | 'reasoning'
  | 'text-output'
  | 'image-output'
  | 'audio-output'
  | 'web-search'
  | 'context-length'
  | 'output-length';

/** Why a model is not for a call. */
export interface Inability {
  readonly filter: AbilityFilter;
  /** Whether the catalogue says that the call would fail there. Otherwise it does not know, or the call would only be answered less well. */
  readonly isKnown: boolean;
  /** One sentence. */
  readonly reason: string;
}

/** A model whose context is not known is taken to hold this: what all chat models of the last years do. */
const usualContextTokens = 8192;

/** Something a call can need, and how a model has it. */
interface Ability {
  readonly filter: AbilityFilter;
  readonly isNeeded: (needs: RequestNeeds) => boolean;
  /** `undefined`: not known. */
  readonly has: (model: CatalogModel) => boolean | undefined;
  /** Why not: what follows "It". */
  readonly lack: string;
  /** What follows "It is not known whether it". */
  readonly doubt: string;
  /** Whether a model without it answers all the same. Default false. */
  readonly isWish?: boolean;
}

const abilities: readonly Ability[] = [
  {
    filter: 'text-output',
    isNeeded: ({ textOutput }) => textOutput,
    // What a source does not say of a chat catalogue's model is that it writes text.
    has: ({ outputModalities }) => outputModalities?.includes('text') ?? true,
    lack: 'writes no text',
    doubt: 'writes text',
  },
  needCapability('tools', ({ tools }) => tools, 'functionCalling', 'does not call tools', 'calls tools'),
  needInput('image-input', ({ imageInput }) => imageInput, 'image', 'images'),
  needInput('audio-input', ({ audioInput }) => audioInput, 'audio', 'audio'),
  needInput('video-input', ({ videoInput }) => videoInput, 'video', 'video'),
  needInput('file-input', ({ fileInput }) => fileInput, 'file', 'files'),
  needCapability(
    'json-schema',
    ({ jsonSchema }) => jsonSchema,
    'responseSchema',
    'does not keep to a JSON schema',
    'keeps to a JSON schema',
  ),
  needOutput('image-output', ({ imageOutput }) => imageOutput, 'image', 'images'),
  needOutput('audio-output', ({ audioOutput }) => audioOutput, 'audio', 'audio'),
  needCapability(
    'web-search',
    ({ webSearch }) => webSearch,
    'webSearch',
    'does not search the web by itself',
    'searches the web by itself',
  ),
  {
    ...needCapability('reasoning', ({ reasoning }) => reasoning, 'reasoning', 'does not reason', 'reasons'),
    isWish: true,
  },
];

/**
 * Finds why a model is not for a call. What the catalogue knows comes before what it does not know, so that of a model that is sure to fail
 * that is told.
 *
 * @returns `undefined`: the model can do it.
 */
export function findInability(model: CatalogModel, needs: RequestNeeds): Inability | undefined {
  let doubt: Inability | undefined;
  for (const ability of abilities) {
    if (!ability.isNeeded(needs)) continue;
    const has = ability.has(model);
    if (has === true) continue;
    const isKnown = has === false && ability.isWish !== true;
    const reason = has === false ? `It ${ability.lack}.` : `It is not known whether it ${ability.doubt}.`;
    if (isKnown) return { filter: ability.filter, isKnown, reason };
    doubt ??= { filter: ability.filter, isKnown, reason };
  }
  const shortage = findShortage(model, needs);
  return shortage?.isKnown === true ? shortage : (doubt ?? shortage);
}

function findShortage({ contextTokens, maxOutputTokens }: CatalogModel, needs: RequestNeeds): Inability | undefined {
  if (needs.contextTokens > (contextTokens ?? usualContextTokens)) {
    const isKnown = contextTokens !== undefined;
    const reason = isKnown
      ? `Its context holds ${contextTokens} tokens, and the call needs about ${needs.contextTokens}.`
      : `It is not known how many tokens its context holds, and the call needs about ${needs.contextTokens}.`;
    return { filter: 'context-length', isKnown, reason };
  }
  const { outputTokens } = needs;
  if (maxOutputTokens === undefined || outputTokens === undefined || outputTokens <= maxOutputTokens) return undefined;
  const reason = `Its answers have at most ${maxOutputTokens} tokens, and the call allows ${outputTokens}.`;
  return { filter: 'output-length', isKnown: true, reason };
}

function needCapability(
  filter: AbilityFilter,
  isNeeded: Ability['isNeeded'],
  capability: Exclude<keyof Capabilities, 'reasoningEfforts'>,
  lack: string,
  doubt: string,
): Ability {
  return { filter, isNeeded, has: ({ capabilities }) => capabilities?.[capability], lack, doubt };
}

function needInput(filter: AbilityFilter, isNeeded: Ability['isNeeded'], modality: Modality, what: string): Ability {
  const has = ({ inputModalities }: CatalogModel): boolean | undefined => inputModalities?.includes(modality);
  return { filter, isNeeded, has, lack: `takes no ${what}`, doubt: `takes ${what}` };
}

function needOutput(filter: AbilityFilter, isNeeded: Ability['isNeeded'], modality: Modality, what: string): Ability {
  const has = ({ outputModalities }: CatalogModel): boolean | undefined => outputModalities?.includes(modality);
  return { filter, isNeeded, has, lack: `gives no ${what}`, doubt: `gives ${what}` };
}
