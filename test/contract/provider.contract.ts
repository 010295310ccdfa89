import { describe } from 'vitest';
import type { ProviderKind } from '../../src/providers/provider.ts';
import { providerAnswersContract } from './provider-answers.contract.ts';
import { providerFailuresContract } from './provider-failures.contract.ts';
import { providerStreamsContract } from './provider-streams.contract.ts';
import type { ProviderWire } from './provider-wire.ts';

/**
 * What every provider does that reaches its models over HTTP, whatever it speaks: through a real client, before an upstream that the
 * test steers.
 *
 * @param wire - how its upstream speaks.
 */
export function providerContract(kind: ProviderKind, wire: ProviderWire): void {
  describe(`provider contract: ${kind.kind}`, () => {
    providerAnswersContract(kind, wire);
    providerStreamsContract(kind, wire);
    providerFailuresContract(kind, wire);
  });
}
