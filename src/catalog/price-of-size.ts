/** What a million tokens of an open model cost per billion parameters, in USD, about: 0.56 for 70 billion. */
const pricePerBillion = 0.008;

/** `70b`, `8x7b`, `1.5b`, `e4b`, between the parts of a name. */
const sizePattern = /(?:^|[-_/.: ])e?(?:(\d{1,3})x)?(\d{1,4}(?:\.\d{1,3})?)b(?=$|[-_/.: ])/;
/** `a22b`: of which so many work on a token. */
const activePattern = /(?:^|[-_/.: ])a(\d{1,4}(?:\.\d{1,3})?)b(?=$|[-_/.: ])/;

/**
 * Guesses from the size in a model's name what such models cost: for models that nobody charges for. A model of experts costs as much as a whole
 * one between its size and that of the part that works.
 *
 * @param modelName - in lower case.
 * @returns USD per million tokens. `undefined`: the name tells no size.
 */
export function priceOfSize(modelName: string): number | undefined {
  const [, experts, size] = sizePattern.exec(modelName) ?? [];
  if (size === undefined) return undefined;
  const billions = Number(size) * Number(experts ?? 1);
  const active = Number(activePattern.exec(modelName)?.[1] ?? billions);
  return billions === 0 ? undefined : pricePerBillion * Math.sqrt(billions * Math.min(active, billions));
}
