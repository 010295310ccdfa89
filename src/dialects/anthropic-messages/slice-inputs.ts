/**
 * Finds the arguments of tool calls in the text of a whole reply, as the model wrote them. Parsed and written again they would be others:
 * JSON.parse knows no whole numbers above 2^53, and no `1.0`.
 *
 * @param text - valid JSON.
 * @returns the text of `content[i].input`, by `i`.
 */
export function sliceInputs(text: string): Map<number, string> {
  const inputs = new Map<number, string>();
  let depth = 0;
  let lastString = '';
  let isContent = false;
  let element = 0;
  let start = -1;
  const endValue = (end: number): void => {
    if (depth !== 3 || start === -1) return;
    inputs.set(element, text.slice(start, end).trim());
    start = -1;
  };
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '"': {
        const end = findStringEnd(text, at);
        // Names that matter stand in the root and in the elements of `content`; inside of an input nothing does.
        if (depth === 1 || depth === 3) lastString = text.slice(at + 1, end);
        at = end;
        break;
      }
      case '{':
      case '[':
        if (depth === 1) {
          isContent = text[at] === '[' && lastString === 'content';
          element = 0;
        }
        depth += 1;
        break;
      case '}':
      case ']':
        endValue(at);
        depth -= 1;
        break;
      case ',':
        endValue(at);
        if (depth === 2) element += 1;
        break;
      case ':':
        if (depth === 3 && isContent && lastString === 'input') start = at + 1;
        break;
    }
  }
  return inputs;
}

/** Where the quotation mark is that ends a string. */
function findStringEnd(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end;
}
