import fc from 'fast-check';

/** Bytes in the pieces in which they come. */
export interface CutBytes {
  readonly bytes: Uint8Array;
  /** Sizes of the pieces; what is left over is the last one. */
  readonly cuts: readonly number[];
}

/** What becomes of bytes on their way. */
type Damage =
  | { readonly kind: 'change'; readonly place: number; readonly byte: number }
  | { readonly kind: 'drop'; readonly place: number; readonly length: number }
  | { readonly kind: 'repeat'; readonly place: number; readonly length: number }
  | { readonly kind: 'insert'; readonly place: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly place: number };

const place = fc.nat(2 ** 20);
const length = fc.nat(200);
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('change'), place, byte: fc.nat(255) }),
  fc.record({ kind: fc.constant('drop'), place, length }),
  fc.record({ kind: fc.constant('repeat'), place, length }),
  fc.record({ kind: fc.constant('insert'), place, bytes: fc.uint8Array({ maxLength: 20 }) }),
  fc.record({ kind: fc.constant('end'), place }),
);

export const cuts: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 30 });

/** Any bytes, text among them. */
export const anyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text)),
);

/** Bytes that are as they should be but for some places. */
export function damaged(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(bytes, fc.array(damage, { maxLength: 4 }))
    .map(([whole, damages]) => damages.reduce(applyDamage, whole));
}

function applyDamage(bytes: Uint8Array, one: Damage): Uint8Array {
  const at = one.place % (bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (one.kind) {
    case 'change':
      return Buffer.concat([before, Uint8Array.of(one.byte), after.subarray(1)]);
    case 'drop':
      return Buffer.concat([before, after.subarray(one.length)]);
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, one.length), after]);
    case 'insert':
      return Buffer.concat([before, one.bytes, after]);
    case 'end':
      return before;
  }
}
