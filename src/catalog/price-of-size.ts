/**
 * What a million tokens of a model are worth per billion parameters, in USD: 0.21 for 70 billion. Less than what small models are sold for
 * (about 0.008), which is mostly what it costs to run them at all.
 */
const pricePerBillion = 0.003;

/** `70b`, `8x7b`, `1.5b`, `e4b`, `2.4t`, between the parts of a name. */
const sizePattern = /(?:^|[-_/.: ])e?(?:(\d{1,3})x)?(\d{1,4}(?:\.\d{1,3})?)([bt])(?=$|[-_/.: ])/;
/** `a22b`: of which so many work on a token. */
const activePattern = /(?:^|[-_/.: ])a(\d{1,4}(?:\.\d{1,3})?)b(?=$|[-_/.: ])/;

/**
 * Finds out from the size in a model's name what it is worth at most. A model of experts is worth as much as a whole one between its size and
 * that of the part that works.
 *
 * @param modelName - in lower case.
 * @returns USD per million tokens. `undefined`: the name tells no size.
 */
export function priceOfSize(modelName: string): number | undefined {
  const [, experts, size, unit] = sizePattern.exec(modelName) ?? [];
  if (size === undefined) return undefined;
  const billions = Number(size) * Number(experts ?? 1) * (unit === 't' ? 1000 : 1);
  const active = Number(activePattern.exec(modelName)?.[1] ?? billions);
  return billions === 0 ? undefined : pricePerBillion * Math.sqrt(billions * Math.min(active, billions));
}
