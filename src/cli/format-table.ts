import { escapeControls } from '../config/show-name.ts';

/**
 * Lays out rows in columns that are two spaces apart. The last column is not padded.
 *
 * @returns the lines, without trailing spaces.
 */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(escapeControls));
  const widths: number[] = [];
  for (const row of cells) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, measure(cell));
    });
  }
  return cells.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - measure(cell)))
      .join('  ')
      .trimEnd(),
  );
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** How many columns a terminal gives a text: one for each character as people count them, two for wide ones of East Asia. */
function measure(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    width += /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u.test(
      segment,
    )
      ? 2
      : 1;
  }
  return width;
}
