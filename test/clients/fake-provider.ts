import type { FakeUpstream } from '../support/fake-upstream.ts';

/** The part of a test server's configuration that makes a fake upstream the provider `fake`. */
export function configureFakeProvider(upstream: FakeUpstream): string {
  return `providers: { fake: { kind: openai-compatible, base_url: "${upstream.origin}/v1" } }\n`;
}
