import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeConfig } from '../../src/config/describe-config.ts';
import { toJsonData } from '../../src/config/json-data.ts';
import { parseYaml } from '../../src/config/parse-yaml.ts';
import { load, problemsOf } from './load-fixture.ts';

const file = `
routers_dir: ./routers
routers:
  - name: support
    display_name: Support
    defaultRoute:
      route_id: "1"
      variants:
        - { weight: 12.5, variant: { variant_id: a, model_id: m } }
`;

describe('routers in the configuration', () => {
  test('keep their names and values as they are written, frozen, with their lines', () => {
    const { routers, routersDir, routing } = load({ file });
    expect(routersDir).toBe('/srv/app/routers');
    expect(routers.entries).toEqual([
      {
        name: 'support',
        display_name: 'Support',
        defaultRoute: {
          route_id: '1',
          variants: [{ weight: 12.5, variant: { variant_id: 'a', model_id: 'm' } }],
        },
      },
    ]);
    expect(Object.isFrozen(routers.entries[0])).toBe(true);
    expect(routers.locate([0, 'defaultRoute', 'variants', 0, 'weight'])).toBe('signalbox.yaml:9');
    expect(routing).toMatchObject({ routerPrefix: 'inworld/', maxRouters: 1000, pollMs: 500, filesPollMs: 1000 });
  });

  test('are shown as they are, so that what --check prints loads to the same', () => {
    const config = load({ file });
    const text = describeConfig(config, 3);
    expect(text).toMatch(/# 3 routers come from files\.\n$/);
    expect(describeConfig(config, 1)).toMatch(/# 1 router comes from files\.\n$/);
    expect(parse(text)).toMatchObject({ routers: parse(file).routers, routing: { max_routes: 100 } });
    expect(load({ file: text })).toEqual(config);
    expect(describeConfig(load({}))).not.toContain('routers come');
  });

  test('are a list, and without an entry none', () => {
    expect(load({ file: 'routers:\nrouters_dir:\n' })).toMatchObject({ routers: { entries: [] } });
    expect(load({}).routersDir).toBeUndefined();
    expect(problemsOf({ file: 'routers: {}' })).toEqual([
      'signalbox.yaml:1: routers: It must be a list, not a section with keys.',
    ]);
  });
});

test.each([
  ['inworld', false],
  ['Inworld/', false],
  ['in/world/', false],
  ['/', false],
  ['-a/', false],
  ['my-router/', true],
  ['r2/', true],
])('router_prefix %s: %s', (prefix, isGood) => {
  const text = `routing: { router_prefix: "${prefix}" }`;
  if (isGood) expect(load({ file: text }).routing.routerPrefix).toBe(prefix);
  else expect(problemsOf({ file: text })).toEqual([expect.stringContaining('routing.router_prefix: Write lower-case')]);
});

test('toJsonData keeps places, and names the numbers that JSON does not have', () => {
  const parsed = parseYaml('a: [~, 1, .nan, { b: -.inf }]\nc: ~\nd: "2"\ne: 0x10\n');
  if (!parsed.ok) throw new Error('the text is YAML');
  expect(toJsonData(parsed.value)).toEqual({
    value: { a: [null, 1, null, { b: null }], d: '2', e: 16 },
    notNumbers: [
      ['a', 2],
      ['a', 3, 'b'],
    ],
  });
});
