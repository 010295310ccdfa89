import { createError } from '../../core/errors.ts';

/** A model of Vertex AI, found by the name that a client gave it. */
export interface VertexModel {
  /** Whose format it speaks. */
  readonly publisher: 'google' | 'anthropic';
  /** Its name alone: what it can do is told by it. */
  readonly name: string;
  /** What names it in a URL, after the location. */
  readonly path: string;
}

const publisherPattern = /^(?:publishers\/)?(google|anthropic)\/(?:models\/)?(.+)$/s;

/** Tuned models of Google answer at an endpoint: cloud.google.com/vertex-ai/generative-ai/docs/models/gemini-use-supervised-tuning. */
const endpointPattern = /^endpoints\/\d+$/;

/**
 * Finds a model by its name: `gemini-…` and `gemma-…` are Google's, `claude-…` Anthropic's. Others name their publisher first
 * (`google/MODEL`), or are a tuned model's endpoint (`endpoints/ID`).
 *
 * @throws SignalboxError PROVIDER_REFUSED for the name of any other.
 */
export function parseVertexModel(model: string): VertexModel {
  const name = model.toWellFormed();
  // A dot alone is a step to another place, and an empty step is none.
  if (name.split('/').some((step) => /^\.*$/.test(step))) throw createUnknown(name);
  if (endpointPattern.test(name)) return { publisher: 'google', name, path: name };
  const [, given, rest] = publisherPattern.exec(name) ?? [];
  if (rest !== undefined) return createModel(given === 'google' ? 'google' : 'anthropic', rest);
  if (/^gemini|^gemma/i.test(name)) return createModel('google', name);
  if (/^claude/i.test(name)) return createModel('anthropic', name);
  throw createUnknown(name);
}

function createModel(publisher: VertexModel['publisher'], name: string): VertexModel {
  // RFC 3986 §3.3 lets an @ stand in a path, and Google's names of versions are written with it: claude-sonnet-4-5@20250929.
  const path = name.split('/').map((step) => encodeURIComponent(step).replaceAll('%40', '@'));
  return { publisher, name, path: `publishers/${publisher}/models/${path.join('/')}` };
}

function createUnknown(name: string): Error {
  const problem = `The model ${JSON.stringify(name)} is neither one of Google's nor of Anthropic's, which are those that can be called on Vertex AI. Name it as google/MODEL or anthropic/MODEL if it is.`;
  return createError('PROVIDER_REFUSED', { problem }, { param: 'model', code: 'model_not_found' });
}
