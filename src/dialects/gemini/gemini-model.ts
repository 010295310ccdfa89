/** What a model's name tells of how it is to be asked. */
export interface GeminiModel {
  /** Such as 2.5. `undefined`: it is not of the Gemini family, or does not say. */
  readonly version: number | undefined;
  /** How its reasoning is set. `undefined`: not at all. */
  readonly thinking: ThinkingByBudget | ThinkingByLevel | undefined;
}

/** Gemini 2.5: ai.google.dev/gemini-api/docs/thinking#set-budget. */
export interface ThinkingByBudget {
  readonly by: 'budget';
  /** The smallest budget that is not 0, in tokens. */
  readonly minTokens: number;
  readonly maxTokens: number;
  /** Whether 0 switches it off. */
  readonly canBeOff: boolean;
}

/** Gemini 3 and later: ai.google.dev/gemini-api/docs/thinking#thinking-levels. It cannot be switched off. */
export interface ThinkingByLevel {
  readonly by: 'level';
  /** The level that is nearest to none. */
  readonly least: 'MINIMAL' | 'LOW';
  /** What stands for a middling effort. Gemini 3 Pro knows no MEDIUM. */
  readonly medium: 'MEDIUM' | 'HIGH';
}

/** Models of one modality, which do not reason or not in a way that can be set, whatever their version. */
const withoutThinking = /image|tts|audio|live|embedding|robotics|computer-use/;

/** Tells a model by its name, such as `gemini-2.5-flash`, `gemini-flash-latest` or a path that ends so. */
export function parseModel(name: string): GeminiModel {
  const last = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  const [, digits] = /^gemini-(\d{1,3}(?:\.\d{1,3})?)(?![\d.])/.exec(last) ?? [];
  // The aliases without a version follow the newest one, which is 3 or later.
  const version = digits === undefined ? (/^gemini-[a-z-]+-latest$/.test(last) ? 3 : undefined) : Number(digits);
  return { version, thinking: withoutThinking.test(last) ? undefined : findThinking(last, version) };
}

function findThinking(name: string, version: number | undefined): GeminiModel['thinking'] {
  if (version === undefined || version < 2.5) return undefined;
  const isFlash = name.includes('flash');
  if (version >= 3) {
    return { by: 'level', least: isFlash ? 'MINIMAL' : 'LOW', medium: version === 3 && !isFlash ? 'HIGH' : 'MEDIUM' };
  }
  if (!isFlash) return { by: 'budget', minTokens: 128, maxTokens: 32_768, canBeOff: false };
  return { by: 'budget', minTokens: name.includes('lite') ? 512 : 1, maxTokens: 24_576, canBeOff: true };
}
