/** How hard Claude can be told to work: platform.claude.com/docs/en/build-with-claude/effort. */
type ClaudeEffort = 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** How a model is told to reason. */
export type ReasoningControl =
  /** `thinking` with a budget of tokens. */
  | 'claude-budget'
  /** `thinking` with a budget or adaptive, whichever is asked for. */
  | 'claude-either'
  /** `thinking` that is adaptive, with an effort. */
  | 'claude-adaptive'
  /** `reasoningConfig`. */
  | 'nova'
  /** `reasoning_effort`. */
  | 'effort'
  /** It does not reason. */
  | 'none'
  /** Nobody here knows. */
  | 'unknown';

/** What differs between the models that Converse reaches. */
export interface ModelTraits {
  readonly family: 'claude' | 'nova' | 'gpt-oss' | 'other';
  readonly reasoning: ReasoningControl;
  /** Whether it reasons when nobody asks for it. */
  readonly reasonsByDefault: boolean;
  /** Of Claude: what turns thinking off: leaving `thinking` out, a `type` of it, or nothing at all. */
  readonly thinkingOff: 'omit' | 'disabled' | 'between_tools' | 'never';
  /** The efforts that it takes, from the lowest. */
  readonly efforts: readonly string[];
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
  reasoning: 'unknown',
  reasonsByDefault: false,
  thinkingOff: 'omit',
  efforts: [],
  maxOutputTokens: undefined,
  sampling: 'any',
  takesForcedTools: false,
  takesSchemas: false,
  cacheTtls: [],
  searches: false,
};

/** claude-3-7-sonnet-20250219. */
const olderClaude = /claude-(\d)(?:[-.](\d))?-(?:opus|sonnet|haiku)/;
/** claude-sonnet-4-5-20250929, claude-opus-4-6-v1. The name may stand behind a region or in an ARN. */
const newerClaude = /claude-(opus|sonnet|haiku|fable|mythos)-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/;

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
  if (name.includes('gpt-oss')) {
    // docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-openai.html.
    const efforts = ['low', 'medium', 'high'];
    return { ...otherModel, family: 'gpt-oss', reasoning: 'effort', reasonsByDefault: true, efforts, takesSchemas };
  }
  return { ...otherModel, takesSchemas };
}

function novaTraits(name: string): ModelTraits {
  const isSecond = /\bnova-2\b/.test(name);
  return {
    ...otherModel,
    family: 'nova',
    // docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html.
    reasoning: isSecond ? 'nova' : 'none',
    efforts: isSecond ? ['low', 'medium', 'high'] : [],
    takesForcedTools: true,
    // docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html.
    cacheTtls: ['5m'],
    // docs.aws.amazon.com/nova/latest/nova2-userguide/web-grounding.html.
    searches: isSecond || name.includes('nova-premier'),
  };
}

function claudeTraits(name: string): ModelTraits {
  if (name.includes('claude-mythos-preview')) {
    // docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-adaptive-thinking.html: adaptive thinking only, never off.
    return { ...newerClaudeTraits('mythos', 50), efforts: ['low', 'medium', 'high', 'max'] };
  }
  const newer = newerClaude.exec(name);
  if (newer !== null) return newerClaudeTraits(newer[1] ?? '', 10 * Number(newer[2]) + Number(newer[3] ?? 0));
  const older = olderClaude.exec(name);
  const version = older === null ? 20 : 10 * Number(older[1]) + Number(older[2] ?? 0);
  return {
    ...otherModel,
    family: 'claude',
    reasoning: version >= 37 ? 'claude-budget' : 'none',
    maxOutputTokens: version >= 37 ? 64_000 : version >= 35 ? 8192 : 4096,
    takesForcedTools: version >= 30,
    cacheTtls: version >= 35 ? ['5m'] : [],
  };
}

const claudeEfforts: readonly ClaudeEffort[] = ['low', 'medium', 'high', 'xhigh', 'max'];

/**
 * What Claude takes since its fourth generation. Anthropic's own pages are at platform.claude.com/docs/en/build-with-claude.
 *
 * @param version - 40 for Claude 4, 55 for Claude 5.5.
 */
function newerClaudeTraits(family: string, version: number): ModelTraits {
  const reasonsByDefault = version >= 50;
  return {
    family: 'claude',
    // adaptive-thinking: budgets are deprecated on 4.6 and refused from 4.7 on.
    reasoning: version >= 47 ? 'claude-adaptive' : version >= 46 ? 'claude-either' : 'claude-budget',
    reasonsByDefault,
    thinkingOff: reasonsByDefault ? thinkingOffOf(family, version) : 'omit',
    // effort: `xhigh` came with 4.7, `max` with 4.6.
    efforts: version >= 47 ? claudeEfforts : version >= 46 ? claudeEfforts.filter((effort) => effort !== 'xhigh') : [],
    maxOutputTokens: version >= 46 ? 128_000 : family === 'opus' && version < 45 ? 32_000 : 64_000,
    // Since 4.7 other values than the default are refused, since 4.1 one of the two is.
    sampling: version >= 47 ? 'none' : version >= 41 ? 'one-of-two' : 'any',
    // Not on Opus 5.5, Sonnet 5.5 and Fable 5.1.
    takesForcedTools: version <= 50 || family === 'haiku',
    // docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-structured-outputs.html: 4.5 and later.
    takesSchemas: version >= 45,
    // docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html: an hour since 4.5.
    cacheTtls: version >= 45 ? ['5m', '1h'] : ['5m'],
    searches: false,
  };
}

function thinkingOffOf(family: string, version: number): ModelTraits['thinkingOff'] {
  if (family === 'fable' || family === 'mythos') return 'never';
  if (version === 50 || family === 'haiku') return 'disabled';
  return family === 'sonnet' ? 'between_tools' : 'never';
}
