import { canonicaliseModelName } from './canonicalise-model-name.ts';

/** The model that an offer is of. */
export interface OfferedModel {
  /** Its canonical name. */
  readonly name: string;
  /** Its version, where it stood before what was taken off. */
  readonly snapshot: string | undefined;
  /** Whether the offer is a faster one. Where it is cheaper than the model, it is another model: Grok 4 Fast is not Grok 4. */
  readonly isFaster: boolean;
}

/** Where it runs: `eu.`, `us-gov.`, `apac.`. */
const regionMark = /^(?:[a-z]{2}(?:-gov)?|apac|global|regional)\./;
/** Which rules hold, and how exactly it computes. `:thinking` is not among them: it answers otherwise. */
const plainMark =
  /(?::(?:free|nitro|floor|exacto|extended)|-(?:free|spot|flex|priority|fp8|fp4|nvfp4|mxfp4|bf16|int8|int4|awq|gptq))$/;
const speedMark = /-(?:fast|faster|highspeed|ultrafast|ultraspeed|lightning)$/;

/**
 * Takes off a canonical name what says that it is another offer of the same model: elsewhere, faster, for nothing, or computed less exactly.
 *
 * @returns `undefined`: there is nothing to take off.
 */
export function stripOfferMarks(canonicalName: string): OfferedModel | undefined {
  let rest = canonicalName.replace(regionMark, '');
  let isFaster = false;
  for (let before = ''; before !== rest; ) {
    before = rest;
    rest = rest.replace(plainMark, '');
    isFaster ||= speedMark.test(rest);
    rest = rest.replace(speedMark, '');
  }
  return rest === canonicalName || rest === '' ? undefined : { ...canonicaliseModelName(rest), isFaster };
}
