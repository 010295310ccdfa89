import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBodyText } from '../../src/upstream/read-body.ts';
import { UpstreamClient } from '../../src/upstream/upstream-client.ts';
import type { UpstreamResponse } from '../../src/upstream/upstream-response.ts';
import { createFakeUpstream, cutBytes } from '../support/fake-upstream.ts';
import { upstreamOptions } from './upstream-options.ts';

function responseOf(chunks: readonly Uint8Array[]): UpstreamResponse {
  async function* body() {
    yield* chunks;
  }
  return { status: 200, headers: {}, body: body() };
}

describe('readBodyText', () => {
  it('reads text whatever its bytes are cut into', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 5 }), async (text, size) => {
        const bytes = Buffer.from(`"${text}"`);
        expect(await readBodyText(responseOf(cutBytes(bytes, size)), 10_000)).toBe(bytes.toString());
      }),
    );
  });

  it('leaves out a byte order mark, which JSON does not know', async () => {
    expect(await readBodyText(responseOf([Buffer.from('\uFEFF{}')]), 100)).toBe('{}');
  });

  it('reads as many bytes as allowed, and no more', async () => {
    const chunks = cutBytes(Buffer.from('0123456789'), 3);
    expect(await readBodyText(responseOf(chunks), 10)).toBe('0123456789');
    await expect(readBodyText(responseOf(chunks), 9)).rejects.toMatchObject({
      kind: 'too-large',
      message: 'the answer is larger than 9 bytes',
    });
  });

  it('closes the connection of a body that is too large', async () => {
    await using fake = await createFakeUpstream();
    const client = new UpstreamClient(upstreamOptions);
    fake.respond({ body: ['0123456789'], ending: 'hang' });
    const { signal } = new AbortController();
    const response = await client.post({ url: fake.origin, headers: {}, body: '{}', signal });
    await expect(readBodyText(response, 9)).rejects.toMatchObject({ kind: 'too-large' });
    await fake.requests[0]?.closed;
    await client.close();
  });
});
