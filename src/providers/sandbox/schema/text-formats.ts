/**
 * Samples of the formats of JSON Schema 2020-12 §7.3 and of two from OpenAPI. They are made of names and addresses that are
 * reserved for examples (RFC 2606, RFC 5737, RFC 3849).
 */
const samples: ReadonlyMap<string, (variant: number, padding: string) => string> = new Map([
  ['date', (variant) => `2025-01-${twoDigits(1 + (variant % 28))}`],
  ['time', (variant) => `12:${twoDigits(variant % 60)}:00Z`],
  ['date-time', (variant) => `2025-01-${twoDigits(1 + (variant % 28))}T12:00:00Z`],
  ['duration', (variant) => `P${1 + variant}D`],
  ['email', (variant, padding) => `user${1 + variant}${padding}@sandbox.example`],
  ['idn-email', (variant, padding) => `user${1 + variant}${padding}@sandbox.example`],
  ['hostname', (variant) => `host${1 + variant}.sandbox.example`],
  ['idn-hostname', (variant) => `host${1 + variant}.sandbox.example`],
  ['ipv4', (variant) => `192.0.2.${1 + (variant % 254)}`],
  ['ipv6', (variant) => `2001:db8::${(1 + variant).toString(16)}`],
  ['uri', (variant, padding) => `https://sandbox.example/${1 + variant}${padding}`],
  ['iri', (variant, padding) => `https://sandbox.example/${1 + variant}${padding}`],
  ['uri-reference', (variant, padding) => `/${1 + variant}${padding}`],
  ['iri-reference', (variant, padding) => `/${1 + variant}${padding}`],
  ['uri-template', (variant, padding) => `https://sandbox.example/${1 + variant}${padding}/{id}`],
  ['uuid', (variant) => `123e4567-e89b-42d3-a456-${String(variant).padStart(12, '0')}`],
  ['json-pointer', (variant, padding) => `/${1 + variant}${padding}`],
  ['relative-json-pointer', (variant, padding) => `1/${1 + variant}${padding}`],
  ['regex', (variant, padding) => `^${1 + variant}${padding}$`],
  ['byte', (variant) => Buffer.from(`text${variant}`).toString('base64')],
  ['binary', (variant, padding) => `text${variant}${padding}`],
]);

/** An email's local part ends at 64 characters (RFC 5321 §4.5.3.1.1); the others have room for more than this. */
const longestPadding = 48;

/**
 * A text in a format.
 *
 * @param variant - another number gives another text, for formats that have enough of them.
 * @param minLength - how long it should at least be, for formats that can be drawn out.
 * @returns `undefined` for a format that is not known.
 */
export function sampleFormat(format: string, variant: number, minLength: number): string | undefined {
  const make = samples.get(format);
  const plain = make?.(variant, '');
  if (make === undefined || plain === undefined || plain.length >= minLength) {
    return plain;
  }
  return make(variant, 'x'.repeat(Math.min(minLength - plain.length, longestPadding)));
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
