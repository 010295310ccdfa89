import type { ProviderKind } from '../../../src/providers/provider.ts';

/** The kind, as if every model were one of a publisher's: the contract names its model without one. */
export function withPublisher(kind: ProviderKind, publisher: 'google' | 'anthropic'): ProviderKind {
  return {
    ...kind,
    create(id, settings, dependencies) {
      const provider = kind.create(id, settings, dependencies);
      return {
        ...provider,
        startChat: (attempt) => provider.startChat({ ...attempt, model: `${publisher}/${attempt.model}` }),
      };
    },
  };
}
