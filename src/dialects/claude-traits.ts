/** How hard Claude can be told to work: platform.claude.com/docs/en/build-with-claude/effort. */
export type ClaudeEffort = 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** How a model of Claude's kind can be told to think. */
export interface ThinkingTraits {
  /** The most tokens of one answer. `undefined`: not known. */
  readonly maxOutputTokens: number | undefined;
  /** How thinking is asked for: by a budget of tokens, by an effort (`adaptive`), by either, or not at all. */
  readonly thinking: 'none' | 'budget' | 'budget-or-adaptive' | 'adaptive';
  /** Whether it thinks when nobody asks for it. `undefined`: not known. */
  readonly thinksByDefault: boolean | undefined;
  /** What turns thinking off: leaving `thinking` out, a `type` of it, or nothing at all. */
  readonly thinkingOff: 'omit' | 'disabled' | 'between_tools' | 'never';
  /** The efforts that it takes, from the lowest. */
  readonly efforts: readonly ClaudeEffort[];
}

/** What differs between the models of Claude, wherever they run. */
export interface ClaudeTraits extends ThinkingTraits {
  /** 30 for Claude 3, 37 for Claude 3.7, 55 for Claude 5.5. */
  readonly version: number;
  readonly maxOutputTokens: number;
  readonly thinksByDefault: boolean;
  /** Whether it takes `temperature`, `top_p` and `top_k`, and whether the first two together. */
  readonly sampling: 'any' | 'one-of-two' | 'none';
  /** Whether it can be made to call a tool. */
  readonly takesForcedTools: boolean;
  /** Whether it keeps to a schema by itself. */
  readonly takesSchemas: boolean;
  /** Whether it goes on from an assistant's turn at the end of the conversation. */
  readonly takesPrefill: boolean;
  /** Whether a system message may stand between others. */
  readonly takesSystemTurns: boolean;
}

const efforts: readonly ClaudeEffort[] = ['low', 'medium', 'high', 'xhigh', 'max'];

/** claude-3-7-sonnet-20250219, and with a dot. */
const olderName = /claude-(\d)(?:[-.](\d))?-(?:opus|sonnet|haiku)/;
/** claude-sonnet-4-5-20250929, claude-sonnet-4-20250514, claude-opus-4-1@20250805, us.anthropic.claude-opus-4-6-v1. */
const newerName = /claude-(opus|sonnet|haiku|fable|mythos)-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/;

/**
 * What is known of a model of Claude by its name, with whatever a platform puts around it. Of a model that is newer than this table it is
 * assumed that it goes on where its family was.
 *
 * Sources: platform.claude.com/docs/en/about-claude/models/overview and the pages that the lines below name.
 *
 * @returns `undefined` when the name does not say which one it is.
 */
export function findClaudeTraits(model: string): ClaudeTraits | undefined {
  const name = model.toLowerCase();
  if (name.includes('claude-mythos-preview')) {
    // docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-adaptive-thinking.html: adaptive thinking only, never off.
    return { ...sinceFour('mythos', 50), efforts: ['low', 'medium', 'high', 'max'], takesSystemTurns: false };
  }
  const newer = newerName.exec(name);
  if (newer !== null) return sinceFour(newer[1] ?? '', 10 * Number(newer[2]) + Number(newer[3] ?? 0));
  const older = olderName.exec(name);
  return older === null ? undefined : beforeFour(10 * Number(older[1]) + Number(older[2] ?? 0));
}

function beforeFour(version: number): ClaudeTraits {
  return {
    version,
    maxOutputTokens: version >= 37 ? 64_000 : version >= 35 ? 8192 : 4096,
    thinking: version >= 37 ? 'budget' : 'none',
    thinksByDefault: false,
    thinkingOff: 'omit',
    efforts: [],
    sampling: 'any',
    takesForcedTools: true,
    takesSchemas: false,
    takesPrefill: true,
    takesSystemTurns: false,
  };
}

function sinceFour(family: string, version: number): ClaudeTraits {
  const thinksByDefault = version >= 50;
  return {
    version,
    maxOutputTokens: maxOutputTokensOf(family, version),
    // build-with-claude/adaptive-thinking: budgets are deprecated on 4.6 and refused from 4.7 on.
    thinking: version >= 47 ? 'adaptive' : version >= 46 ? 'budget-or-adaptive' : 'budget',
    thinksByDefault,
    thinkingOff: thinksByDefault ? thinkingOffOf(family, version) : 'omit',
    // build-with-claude/effort: `xhigh` came with 4.7, `max` with 4.6.
    efforts: version >= 47 ? efforts : version >= 46 ? efforts.filter((effort) => effort !== 'xhigh') : [],
    // models/opus-4-7/migration-guide: other values than the default are refused. Since 4.1 one of the two is.
    sampling: version >= 47 ? 'none' : version >= 41 ? 'one-of-two' : 'any',
    // models/opus-5-5/whats-new-opus-5-5#forced-tool-use-is-not-supported, also of Fable 5.1 and Sonnet 5.5.
    takesForcedTools: version <= 50 || family === 'haiku',
    // build-with-claude/structured-outputs: 4.5 and later, and Opus 4.1.
    takesSchemas: version >= 45 || (family === 'opus' && version === 41),
    // models/opus-4-6/migration-guide: refused since 4.6.
    takesPrefill: version < 46,
    // build-with-claude/mid-conversation-system-messages: since Opus 4.8, except Sonnet 5.
    takesSystemTurns: version >= 48 && !(family === 'sonnet' && version === 50),
  };
}

function maxOutputTokensOf(family: string, version: number): number {
  if (version >= 46) return 128_000;
  return family === 'opus' && version < 45 ? 32_000 : 64_000;
}

/** models/opus-5-5/whats-new-opus-5-5, models/sonnet-5-5/whats-new-sonnet-5-5, models/opus-5/migration-guide. */
function thinkingOffOf(family: string, version: number): ClaudeTraits['thinkingOff'] {
  if (family === 'fable' || family === 'mythos') return 'never';
  if (version === 50 || family === 'haiku') return 'disabled';
  return family === 'sonnet' ? 'between_tools' : 'never';
}
