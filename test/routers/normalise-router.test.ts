import { equals } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { encodeRouter } from '../../src/dialects/router-json/encode-router.ts';
import { normaliseRouter } from '../../src/routers/normalise-router.ts';
import { generatedRouters } from '../dialects/router-json/generated-routers.ts';
import { readRouter } from './checked-routers.ts';

function normalise(json: Parameters<typeof readRouter>[0]) {
  return encodeRouter(normaliseRouter(readRouter(json)));
}

test('makes the name of the display name, unless there is one', () => {
  expect(normalise({ displayName: 'Mein Röuter' })).toEqual({ name: 'mein-router', displayName: 'Mein Röuter' });
  expect(normalise({ displayName: 'Other', name: 'mine' })).toEqual({ name: 'mine', displayName: 'Other' });
  expect(normalise({ displayName: '日本' })).toEqual({ displayName: '日本' });
});

test('leaves a name as it is: whoever reads it takes routers/ off, once', () => {
  expect(normalise({ name: 'routers/mine' })).toEqual({ name: 'mine' });
  expect(normalise({ name: 'routers/routers/mine' })).toEqual({ name: 'routers/mine' });
});

test('gives the default route its id', () => {
  expect(normalise({ name: 'a', defaultRoute: {} })).toEqual({ name: 'a', defaultRoute: { route_id: 'default' } });
  expect(normalise({ name: 'a', defaultRoute: { route_id: 'x' } })).toEqual({
    name: 'a',
    defaultRoute: { route_id: 'x' },
  });
});

test('changes nothing the second time', () => {
  fc.assert(
    fc.property(generatedRouters(), (router) => {
      const once = normaliseRouter(router);
      expect(equals(RouterSchema, normaliseRouter(once), once)).toBe(true);
    }),
  );
});
