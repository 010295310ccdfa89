import { expect, test } from 'vitest';
import { joinViolations } from '../../../src/dialects/router-json/join-violations.ts';

function join(decoded: readonly string[], checked: readonly string[]): string[] {
  const toViolations = (fields: readonly string[]) => fields.map((field) => ({ field, description: 'x' }));
  return joinViolations(toViolations(decoded), toViolations(checked)).map(({ field }) => field);
}

test('has everything that was found', () => {
  expect(join(['routes[0].nonsense'], ['name', 'routes[1].condition'])).toEqual([
    'routes[0].nonsense',
    'name',
    'routes[1].condition',
  ]);
});

test('leaves out what follows from what could not be read, whatever its casing', () => {
  const weight = 'defaultRoute.variants[0].weight';
  expect(join([weight], ['default_route.variants', 'default_route.variants[1].weight'])).toEqual([
    weight,
    'default_route.variants[1].weight',
  ]);
  expect(join(['routes[1]'], ['routes[1].route', 'routes[10].route'])).toEqual(['routes[1]', 'routes[10].route']);
  expect(join(['name'], ['name', 'names'])).toEqual(['name', 'names']);
});
