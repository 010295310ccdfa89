import { type ClaudeTraits, findClaudeTraits, type ThinkingTraits } from '../claude-traits.ts';

/** What differs between the models that speak the Messages API. */
export type ModelTraits = Omit<ClaudeTraits, 'version' | keyof ThinkingTraits> & ThinkingTraits;

/** A server of which nothing is known but the format: what Claude models have had since thinking began. */
const unknownModel: ModelTraits = {
  maxOutputTokens: undefined,
  thinking: 'budget',
  thinksByDefault: undefined,
  thinkingOff: 'omit',
  efforts: [],
  sampling: 'any',
  takesForcedTools: true,
  takesSchemas: false,
  takesPrefill: false,
  takesSystemTurns: false,
};

/** What is known of a model by its name. */
export function traitsOf(model: string): ModelTraits {
  return findClaudeTraits(model) ?? unknownModel;
}
