import { describe, expect, it } from 'vitest';
import type { ErrorReason } from '../../../src/core/error-registry.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { sandboxModels } from '../../../src/providers/sandbox/sandbox-models.ts';
import { ask, collectChoice, findError, readEvents } from './collect-reply.ts';

describe('models that fail', () => {
  it('refusal refuses', async () => {
    const choice = collectChoice(await readEvents(await ask('refusal')));
    expect(choice).toMatchObject({ refusal: expect.stringMatching(/./), content: undefined, finishReason: 'stop' });
  });

  it.each<[string, ErrorReason, JsonObject]>([
    ['error-429', 'PROVIDER_RATE_LIMITED', { httpStatus: 429, details: { retryAfterMs: 1000 } }],
    ['error-500', 'PROVIDER_FAILED', { httpStatus: 502 }],
    ['no-such-model', 'PROVIDER_REFUSED', { httpStatus: 404, details: { code: 'model_not_found', param: 'model' } }],
    // Names that objects inherit are no models either.
    ['constructor', 'PROVIDER_REFUSED', { httpStatus: 404 }],
  ])('%s fails with %s', async (model, reason, shape) => {
    expect(await findError(ask(model))).toMatchObject({ reason, ...shape });
  });

  it('lists the models when one is not known', async () => {
    const { message } = await findError(ask('no-such-model'));
    for (const model of sandboxModels.keys()) {
      expect(message).toContain(model);
    }
  });

  it.each([true, false])('cut breaks off half-way (streamed: %s)', async (stream) => {
    const contents: string[] = [];
    const reply = await ask('cut', {}, { stream });
    const error = await findError(
      (async () => {
        for await (const event of reply.events) {
          expect(event.kind).toBe('delta');
          contents.push(event.kind === 'delta' ? (event.delta.content ?? '') : '');
        }
      })(),
    );
    expect(error.reason).toBe('PROVIDER_CUT');
    expect(contents.join('')).toMatch(/^This answer breaks off/);
  });

  it('cut breaks off even an answer of one token', async () => {
    const reply = await ask('cut', { maxTokens: 1 });
    expect(await findError(readEvents(reply))).toMatchObject({ reason: 'PROVIDER_CUT' });
  });
});
