import { describe, expect, test } from 'vitest';
import {
  collectUpdateMask,
  decodeUpdateMask,
  decodeUpdatePaths,
} from '../../../src/dialects/router-json/decode-update-mask.ts';

describe('decodeUpdateMask', () => {
  test.each([
    ['', []],
    [' , ', []],
    ['displayName', ['display_name']],
    ['display_name', ['display_name']],
    ['displayName,routes', ['display_name', 'routes']],
    [' routes , default_route ', ['routes', 'default_route']],
    ['defaultRoute,default_route', ['default_route']],
    ['defaults', ['defaults']],
    ['defaults.textGenerationConfig', ['defaults.text_generation_config']],
    ['defaults.message_templates', ['defaults.message_templates']],
    ['*', ['*']],
  ])('%j', (text, paths) => {
    expect(decodeUpdateMask(text)).toEqual({ paths, violations: [] });
  });

  test.each([
    ['DisplayName', 'DisplayName is no field; perhaps displayName is meant'],
    ['DISPLAY_NAME', 'DISPLAY_NAME is no field; perhaps displayName is meant'],
    ['display-name', 'display-name is no field; perhaps displayName is meant'],
    ['Routes', 'Routes is no field; perhaps routes is meant'],
    [
      'Defaults.textGenerationConfig',
      '"Defaults.textGenerationConfig" is no field; perhaps defaults.textGenerationConfig is meant',
    ],
    ['name', 'name cannot be changed'],
    ['etag', 'etag cannot be changed'],
    ['createTime', 'createTime cannot be changed'],
    ['update_time', 'update_time cannot be changed'],
    ['readOnly', 'readOnly cannot be changed'],
    ['warnings', 'warnings cannot be changed'],
  ])('refuses %s', (path, description) => {
    expect(decodeUpdateMask(`routes,${path}`)).toEqual({
      paths: ['routes'],
      violations: [{ field: 'update_mask', description }],
    });
  });

  test.each(['nonsense', 'routes[0]', 'routes.0', 'defaults.x', 'constructor', '__proto__', 'routes;defaults'])(
    'refuses %s and says what there is',
    (path) => {
      const { paths, violations } = decodeUpdateMask(path);
      expect(paths).toEqual([]);
      expect(violations).toHaveLength(1);
      expect(violations[0]?.description).toContain(
        'is no field that can be changed; there are displayName, defaults, defaults.textGenerationConfig',
      );
    },
  );

  test('tells every path that is wrong', () => {
    expect(decodeUpdateMask('a,routes,b').violations).toHaveLength(2);
  });
});

test('decodeUpdatePaths takes an empty path for a wrong one', () => {
  expect(decodeUpdatePaths(['', 'displayName'])).toMatchObject({ paths: ['display_name'], violations: { length: 1 } });
});

describe('collectUpdateMask', () => {
  test('is what the body has, empty fields too', () => {
    expect(collectUpdateMask({ name: 'x', routes: [], displayName: '', etag: 'e', createTime: 'x', zzz: 1 })).toEqual([
      'display_name',
      'routes',
    ]);
    expect(collectUpdateMask({ default_route: {}, defaults: {} })).toEqual(['defaults', 'default_route']);
  });

  test('null is absent', () => {
    expect(collectUpdateMask({ displayName: null, routes: null })).toEqual([]);
  });
});
