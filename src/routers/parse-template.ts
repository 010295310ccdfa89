/** A piece of a template: text as it is, or a variable that is replaced. */
export type TemplatePiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string };

/** The pieces of a template, or why a text is none. */
export type ParsedTemplate =
  | { readonly ok: readonly TemplatePiece[] }
  | {
      /** The end of a sentence, without a full stop. */
      readonly problem: string;
      /** Where the `{{` at fault stands, from 1, in UTF-16 units. */
      readonly position: number;
    };

const opening = '{{';

/** Sticky, and bounded by the name's length but for blanks: a text is read once from left to right. */
const variablePattern = /\{\{[ \t]*([A-Za-z_][A-Za-z0-9_.-]{0,63})[ \t]*\}\}/y;

/**
 * Parses the text of a message template. `{{name}}` and `{{ name }}` are variables. A name begins with a letter or `_` and goes on with
 * letters, digits, `_`, `.` and `-`, at most 64 characters. Any other `{{` is a problem, since it is most likely a mistyped variable; all
 * other text, single braces and `}}` included, stands for itself. Nothing in a template is ever executed.
 */
export function parseTemplate(text: string): ParsedTemplate {
  const pieces: TemplatePiece[] = [];
  let position = 0;
  while (position < text.length) {
    const start = text.indexOf(opening, position);
    const end = start === -1 ? text.length : start;
    if (end > position) pieces.push({ kind: 'text', text: text.slice(position, end) });
    if (start === -1) break;
    variablePattern.lastIndex = start;
    const name = variablePattern.exec(text)?.[1];
    if (name === undefined) return { problem: describeProblem(text, start), position: start + 1 };
    pieces.push({ kind: 'variable', name });
    position = variablePattern.lastIndex;
  }
  return { ok: pieces };
}

function describeProblem(text: string, start: number): string {
  if (!text.includes('}}', start)) return 'the {{ is not closed by }}';
  return 'the {{ is not followed by the name of a variable (letters, digits, "_", "." and "-", at most 64) and }}';
}

/**
 * Fills in the variables of a template. Values are inserted as they are: a `{{` in a value is text.
 *
 * The result is as long as the values make it. Where they come from a client, bound it with {@link measureTemplate} before.
 *
 * @param variables - own properties count, inherited ones do not.
 * @param missing - gets the names of the variables that are not given, for which nothing is inserted.
 */
export function renderTemplate(
  pieces: readonly TemplatePiece[],
  variables: Readonly<Record<string, string>>,
  missing: Set<string>,
): string {
  let rendered = '';
  for (const piece of pieces) {
    if (piece.kind === 'text') {
      rendered += piece.text;
      continue;
    }
    const value = readVariable(variables, piece.name);
    if (value === undefined) missing.add(piece.name);
    else rendered += value;
  }
  return rendered;
}

/** How long {@link renderTemplate} would make a text, in UTF-16 units. One variable can stand in a template many times. */
export function measureTemplate(pieces: readonly TemplatePiece[], variables: Readonly<Record<string, string>>): number {
  let length = 0;
  for (const piece of pieces) {
    length += (piece.kind === 'text' ? piece.text : readVariable(variables, piece.name))?.length ?? 0;
  }
  return length;
}

function readVariable(variables: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}
