/** Parses the JSON objects that command-line clients print one after another, each from its first line `{` to its last line `}`. */
export function parseJsonDocuments(text: string): unknown[] {
  return text
    .split(/(?<=^\})\s+/m)
    .filter((document) => document.trim() !== '')
    .map((document) => JSON.parse(document));
}
