import { create, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import fc from 'fast-check';
import { type Router, RouterSchema } from '../../../gen/signalbox/router/v1/router_pb.ts';
import { stripCollection } from '../../../src/dialects/router-json/strip-collection.ts';

/** Routers with any of the fields that a client can set, valid or not, made from the description of the messages. */
export function generatedRouters(): fc.Arbitrary<Router> {
  return messages(RouterSchema).map((fill) => {
    const router = create(RouterSchema);
    fill(reflect(RouterSchema, router));
    router.name = stripCollection(router.name);
    return router;
  });
}

type Fill = (target: ReflectMessage) => void;

const outputOnly: ReadonlySet<string> = new Set(['create_time', 'update_time', 'read_only', 'warnings']);

function messages(desc: DescMessage): fc.Arbitrary<Fill> {
  const fields = desc.fields.filter((field) => desc !== RouterSchema || !outputOnly.has(field.name));
  return fc
    .tuple(...fields.map((field) => fc.option(fillField(field), { nil: undefined })))
    .map((fills) => (target) => {
      for (const fill of fills) fill?.(target);
    });
}

function fillField(field: DescField): fc.Arbitrary<Fill> {
  if (field.fieldKind === 'list') {
    return fc.array(elements(field), { maxLength: 2 }).map((items) => (target) => {
      for (const item of items) target.get(field).add(item());
    });
  }
  return elements(field).map((value) => (target) => {
    target.set(field, value());
  });
}

/** Values of a field, or elements of a list's. Functions, since a message may stand in one router only. */
function elements(field: DescField): fc.Arbitrary<() => unknown> {
  if (field.message !== undefined) {
    const { message } = field;
    return messages(message).map((fill) => () => {
      const value = reflect(message);
      fill(value);
      return value;
    });
  }
  if (field.enum !== undefined)
    return fc.constantFrom(...field.enum.values).map(
      ({ number }) =>
        () =>
          number,
    );
  // Not -0: encoded as JSON text it is 0.
  const doubles = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
  const values: Partial<Record<ScalarType, fc.Arbitrary<unknown>>> = {
    [ScalarType.STRING]: fc.string({ unit: 'grapheme' }),
    [ScalarType.BOOL]: fc.boolean(),
    [ScalarType.DOUBLE]: doubles,
    [ScalarType.INT32]: fc.maxSafeInteger().map((value) => value | 0),
    [ScalarType.INT64]: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  };
  const arbitrary = values[field.scalar ?? ScalarType.BYTES];
  if (arbitrary === undefined) throw new TypeError(`no values for ${field.name}`);
  return arbitrary.map((value) => () => value);
}
