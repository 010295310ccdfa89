import type { FindGenaiProvider } from './read-genai-prices.ts';
import type { OpenAiRecord } from './read-gpt-tokenizer.ts';
import type { PiAiData } from './read-pi-ai.ts';
import type { TokenlensModel } from './read-tokenlens.ts';

/** What all packages say. */
export interface Sources {
  readonly piAi: PiAiData;
  readonly genaiPrices: FindGenaiProvider;
  readonly gptTokenizer: ReadonlyMap<string, OpenAiRecord>;
  readonly tokenlens: ReadonlyMap<string, readonly TokenlensModel[]>;
}
