/**
 * Bounds a text of unknown length for the log.
 *
 * @param maxLength - in UTF-16 code units. What is cut off shows as an ellipsis.
 */
export function cutText(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}
