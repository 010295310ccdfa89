import { describe, expect, it } from 'vitest';
import { globalBaseUrl, isLocation, placeUrl } from '../../../src/providers/google-vertex/vertex-place.ts';

const settings = {
  apiKey: undefined,
  baseUrl: globalBaseUrl,
  headers: {},
  maxReplyBytes: 1,
  maxEventBytes: 1,
  finishTimeoutMs: 1,
};

describe('the place of a model', () => {
  it.each([
    [undefined, 'https://aiplatform.googleapis.com/v1/projects/p/locations/global'],
    ['global', 'https://aiplatform.googleapis.com/v1/projects/p/locations/global'],
    ['us', 'https://aiplatform.us.rep.googleapis.com/v1/projects/p/locations/us'],
    ['eu', 'https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu'],
    ['us-central1', 'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1'],
  ])('in the location %s is %s', (location, url) => {
    expect(placeUrl({ ...settings, options: location === undefined ? {} : { location } }, 'p')).toBe(url);
  });

  it('is where the operator says, in the same location', () => {
    const own = { ...settings, baseUrl: 'http://proxy.example/vertex', options: { location: 'us-east5' } };
    expect(placeUrl(own, 'p')).toBe('http://proxy.example/vertex/projects/p/locations/us-east5');
  });

  it('is global without a project', () => {
    expect(placeUrl({ ...settings, options: { location: 'us-east5' } }, undefined)).toBe(globalBaseUrl);
  });

  it.each(['evil.example/', 'US', '-a', 'a-', '', 'a.b', 'a'.repeat(64), 'a\n'])('is not in %j', (text) => {
    expect(isLocation(text)).toBe(false);
  });
});
