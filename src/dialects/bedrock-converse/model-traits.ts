import { findClaudeTraits, type ThinkingTraits } from '../claude-traits.ts';

/** How a model is told to reason. */
export type ReasoningControl =
  /** Claude: `thinking`, as Anthropic's own API has it. */
  | { readonly by: 'thinking'; readonly traits: ThinkingTraits }
  /** Nova: `reasoningConfig`. It reasons only when it is told to. */
  | { readonly by: 'reasoning-config' }
  /** `reasoning_effort`. It always reasons. */
  | { readonly by: 'effort' }
  /** It does not reason. */
  | { readonly by: 'none' }
  /** Nobody here knows. */
  | { readonly by: 'unknown' };

/** What differs between the models that Converse reaches. */
export interface ModelTraits {
  readonly family: 'claude' | 'nova' | 'openai' | 'other';
  readonly reasoning: ReasoningControl;
  /** The most tokens of one answer. `undefined`: not known. */
  readonly maxOutputTokens: number | undefined;
  /** Whether it takes temperature and top_p, and whether both at once. */
  readonly sampling: 'any' | 'one-of-two' | 'none';
  /** Whether it can be made to call a tool. */
  readonly takesForcedTools: boolean;
  /** Whether it keeps to a schema by itself (`outputConfig.textFormat`, and `strict` on tools). */
  readonly takesSchemas: boolean;
  /** How long it keeps what is marked for the cache, the shortest first. Empty: it has no cache. */
  readonly cacheTtls: readonly ('5m' | '1h')[];
  /** Whether it searches the web by itself. */
  readonly searches: boolean;
}

const otherModel: ModelTraits = {
  family: 'other',
  reasoning: { by: 'unknown' },
  maxOutputTokens: undefined,
  sampling: 'any',
  takesForcedTools: false,
  takesSchemas: false,
  cacheTtls: [],
  searches: false,
};

/**
 * An ARN that does not say which model is behind it: profiles and deployments of the operator's own
 * (docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-create.html).
 */
const opaqueArn = /^arn:[^:]*:[^:]*:.*(?:application-inference-profile|provisioned-model|imported-model|custom-model)/;

/**
 * Open models that keep to a schema by themselves, by their makers and names:
 * docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html.
 */
const schemaModels =
  /\b(?:qwen3|gpt-oss|deepseek\.v3|gemma-3|minimax-m2|magistral|ministral|mistral-large-3|voxtral|kimi-k2|nemotron-nano|glm-4)/;

/** What is known of a model by its id or ARN. Of a model that is newer than this table it is assumed that it goes on as its family. */
export function traitsOf(model: string): ModelTraits {
  const name = model.toLowerCase();
  if (opaqueArn.test(name)) return { ...otherModel, takesForcedTools: true, cacheTtls: ['5m', '1h'] };
  if (name.includes('claude')) return claudeTraits(name);
  if (/\bnova-/.test(name)) return novaTraits(name);
  const takesSchemas = schemaModels.test(name);
  if (/gpt-oss|\bopenai\.gpt-/.test(name)) {
    // docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-openai.html.
    return { ...otherModel, family: 'openai', reasoning: { by: 'effort' }, takesSchemas };
  }
  return { ...otherModel, takesSchemas };
}

function novaTraits(name: string): ModelTraits {
  const isSecond = /\bnova-2\b/.test(name);
  return {
    ...otherModel,
    family: 'nova',
    // docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html.
    reasoning: { by: isSecond ? 'reasoning-config' : 'none' },
    takesForcedTools: true,
    // docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html.
    cacheTtls: ['5m'],
    // docs.aws.amazon.com/nova/latest/nova2-userguide/web-grounding.html.
    searches: isSecond || name.includes('nova-premier'),
  };
}

function claudeTraits(name: string): ModelTraits {
  const traits = findClaudeTraits(name);
  // Before Claude 3 there were no tools.
  if (traits === undefined) {
    return { ...otherModel, family: 'claude', reasoning: { by: 'none' }, maxOutputTokens: 4096 };
  }
  const { version, sampling, takesForcedTools, maxOutputTokens } = traits;
  return {
    ...otherModel,
    family: 'claude',
    reasoning: { by: 'thinking', traits },
    maxOutputTokens,
    sampling,
    takesForcedTools,
    // docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-structured-outputs.html: 4.5 and later.
    takesSchemas: version >= 45,
    // docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html: since 3.5, and an hour since 4.5.
    cacheTtls: version >= 45 ? ['5m', '1h'] : version >= 35 ? ['5m'] : [],
  };
}
