import { clone, create, equals } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { encodeRouter } from '../../src/dialects/router-json/encode-router.ts';
import { mergeUpdate } from '../../src/routers/merge-update.ts';
import { generatedRouters } from '../dialects/router-json/generated-routers.ts';
import { readRouter, routeJson, routerJson } from './checked-routers.ts';

const currentJson = routerJson(
  {},
  {
    displayName: 'Old',
    defaults: {
      text_generation_config: { max_tokens: 5, temperature: 1 },
      message_templates: [{ role: 'system', content: 'old' }],
    },
    routes: [routeJson('old')],
  },
);
const current = readRouter(currentJson);

function merge(change: Parameters<typeof readRouter>[0], mask: readonly string[]) {
  return encodeRouter(mergeUpdate(current, readRouter(change), mask));
}

describe('mergeUpdate with a mask', () => {
  test('takes over what it names, and nothing else', () => {
    const change = { displayName: 'New', routes: [routeJson('new')], defaultRoute: { route_id: 'other' } };
    expect(merge(change, ['display_name', 'routes'])).toEqual({
      ...currentJson,
      displayName: 'New',
      routes: [routeJson('new')],
    });
  });

  test.each([
    ['display_name', 'displayName'],
    ['defaults', 'defaults'],
    ['routes', 'routes'],
    ['default_route', 'defaultRoute'],
  ])('clears %s when the change does not have it', (path, key) => {
    const { [key]: _, ...rest } = currentJson;
    expect(merge({}, [path])).toEqual(rest);
  });

  test('replaces settings whole', () => {
    const change = { defaults: { text_generation_config: { temperature: 0.5 } } };
    expect(merge(change, ['defaults.text_generation_config'])['defaults']).toEqual({
      text_generation_config: { temperature: 0.5 },
      message_templates: [{ role: 'system', content: 'old' }],
    });
    expect(merge(change, ['defaults'])['defaults']).toEqual(change.defaults);
  });

  test('clears and sets parts of the defaults', () => {
    expect(merge({}, ['defaults.text_generation_config'])['defaults']).toEqual({
      message_templates: [{ role: 'system', content: 'old' }],
    });
    const templates = [{ role: 'user', content: 'new' }];
    const change = readRouter({ defaults: { message_templates: templates } });
    const bare = readRouter(routerJson());
    expect(encodeRouter(mergeUpdate(bare, change, ['defaults.message_templates']))['defaults']).toEqual({
      message_templates: templates,
    });
  });

  test('replaces everything for *', () => {
    const change = routerJson({}, { name: 'other', displayName: 'New' });
    expect(merge(change, ['*'])).toEqual({ ...change, name: 'my-router' });
    expect(merge(change, ['routes', '*'])).toEqual({ ...change, name: 'my-router' });
  });

  test('refuses a path that cannot have passed the check', () => {
    expect(() => merge({}, ['name'])).toThrow(TypeError);
  });
});

describe('mergeUpdate without a mask', () => {
  test('takes over what the change has', () => {
    expect(merge({ displayName: 'New' }, [])).toEqual({ ...currentJson, displayName: 'New' });
    expect(merge({ routes: [routeJson('new')] }, [])).toEqual({ ...currentJson, routes: [routeJson('new')] });
    expect(merge({}, [])).toEqual(currentJson);
  });

  test('takes the defaults for one field', () => {
    const defaults = { message_templates: [{ role: 'user', content: 'new' }] };
    expect(merge({ defaults }, [])).toEqual({ ...currentJson, defaults });
  });
});

describe('mergeUpdate with any mask', () => {
  const masks = fc.subarray(
    [
      'display_name',
      'defaults',
      'defaults.text_generation_config',
      'defaults.message_templates',
      'routes',
      'default_route',
      '*',
    ],
    { minLength: 0 },
  );

  test('never changes the name, what the server sets, or its arguments', () => {
    fc.assert(
      fc.property(generatedRouters(), generatedRouters(), masks, (before, change, mask) => {
        before.createTime = timestampFromMs(1);
        before.readOnly = true;
        change.updateTime = timestampFromMs(2);
        change.warnings = ['x'];
        const copies = [clone(RouterSchema, before), clone(RouterSchema, change)] as const;
        const { name, createTime, updateTime, etag, readOnly, warnings } = mergeUpdate(before, change, mask);
        expect(create(RouterSchema, { name, etag, readOnly, warnings, ...(createTime && { createTime }) })).toEqual(
          create(RouterSchema, {
            name: before.name,
            etag: before.etag,
            readOnly: true,
            createTime: timestampFromMs(1),
          }),
        );
        expect(updateTime).toBeUndefined();
        expect(equals(RouterSchema, before, copies[0])).toBe(true);
        expect(equals(RouterSchema, change, copies[1])).toBe(true);
      }),
    );
  });

  test('is the same when done twice', () => {
    fc.assert(
      fc.property(generatedRouters(), generatedRouters(), masks, (before, change, mask) => {
        const once = mergeUpdate(before, change, mask);
        expect(equals(RouterSchema, mergeUpdate(once, change, mask), once)).toBe(true);
      }),
    );
  });
});
