import { describe, expect, test, vi } from 'vitest';
import { type CallForm, callForms, describeForm, startIsolationRig } from './isolation-rig.ts';

const inside = 'the-inside-of-the-server';

const forms = callForms.map((form): [string, CallForm] => [describeForm(form), form]);

describe('a fault of the server itself', () => {
  test.each(forms)('fails its own call alone, and tells nothing of the inside: %s', async (_how, form) => {
    const rig = await startIsolationRig();
    const { providers } = rig.server.composition;
    vi.spyOn(providers, 'get').mockImplementationOnce(() => {
      throw new TypeError(inside);
    });
    const { error, hasEnd } = await rig.call('sandbox/echo', form);
    expect(error).toMatchObject({ reason: 'internal' });
    expect(error?.message).not.toContain(inside);
    expect(hasEnd).toBe(false);
    expect(await rig.isAlive()).toBe(true);
    expect(rig.failures()).toMatchObject([{ error_reason: 'INTERNAL' }]);
    expect(JSON.stringify(rig.failures())).toContain(inside);
  });
});
