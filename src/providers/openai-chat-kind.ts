import type { OpenAiChatQuirks } from '../dialects/openai-chat/quirks.ts';
import { classifyByRules, type ErrorRule } from './error-rule.ts';
import { createOpenAiChatProvider, type OpenAiChatRoute } from './openai-chat-provider.ts';
import type { ProviderKind, ProviderSettings } from './provider.ts';

/** A kind of provider that speaks OpenAI's chat completions: all of it is data, so that documents and tests can read it. */
export interface OpenAiChatKind extends ProviderKind {
  /** The reference of its API, without a scheme. What of the quirks has no link of its own stands there. */
  readonly documentation: string;
  readonly quirks: OpenAiChatQuirks;
  readonly errorRules: readonly ErrorRule[];
}

/** What a kind is made of. */
export interface OpenAiChatKindOptions extends Omit<OpenAiChatKind, 'create' | 'errorRules'> {
  /** Default: none. */
  readonly errorRules?: readonly ErrorRule[];
  /** Where and with which key models are called. Default: `/chat/completions`, with the key as bearer. */
  readonly route?: (settings: ProviderSettings) => OpenAiChatRoute;
}

/** Makes a kind. */
export function createOpenAiChatKind({ route, errorRules = [], ...kind }: OpenAiChatKindOptions): OpenAiChatKind {
  return {
    ...kind,
    errorRules,
    create: (id, settings, dependencies) =>
      createOpenAiChatProvider(
        {
          id,
          settings,
          quirks: kind.quirks,
          classify: (answer) => classifyByRules(answer, errorRules),
          ...(route !== undefined && { route: route(settings) }),
        },
        dependencies,
      ),
  };
}

/** Whether a kind is one of these. */
export function isOpenAiChatKind(kind: ProviderKind): kind is OpenAiChatKind {
  return 'quirks' in kind;
}
