/**
 * The start of a text that takes at most so many bytes of UTF-8, cut between characters. Ends in an ellipsis when it was cut. Half
 * surrogate pairs are replaced, since no header can carry them.
 */
export function cutText(text: string, maxBytes: number): string {
  const whole = text.toWellFormed();
  const { read } = encoder.encodeInto(whole, new Uint8Array(maxBytes));
  if (read === whole.length) return whole;
  const cut = encoder.encodeInto(whole, new Uint8Array(Math.max(0, maxBytes - encoder.encode(ellipsis).length)));
  return whole.slice(0, cut.read) + ellipsis;
}

const encoder = new TextEncoder();
const ellipsis = '…';
