/** A price without an exponent, and with no more digits than say something: 0.0000375, 3, 0.25. */
export function formatPrice(price: number): string {
  return price.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 12, maximumSignificantDigits: 8 });
}
