import { ExpressionProblem } from './expression-problem.ts';

/** The most brackets inside one another. The parser calls itself for each. */
export const maxBracketDepth = 50;

/** The most names, values, operators and brackets. Parsing so many takes less than 50 ms. */
export const maxTokens = 3_000;

/** The longest text that is written in an expression, in UTF-16 units. The parser is slow with texts, and recursive. */
export const maxTextChars = 10_000;

/** The most signs `!` and `-` in a row. */
const maxSigns = 50;

const tokenPattern =
  /(?<space>\s+|\/\/[^\n]*)|(?<text>(?:[rR][bB]?|[bB][rR]?)?(?:"""|'''|"|'))|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<number>\d[\w.]*)|(?<open>[([{])|(?<close>[)\]}])|(?<sign>[!-](?!=))|(?<other>[<>=!&|]{1,2}|.)/gsy;

const closingOf: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/**
 * Goes over an expression once, before it is parsed, and refuses what would be too much for the parser: it is recursive.
 *
 * @returns how many names, values, operators and brackets it has.
 * @throws ExpressionProblem also for brackets and quotes without a partner, which the parser cannot place as well.
 */
export function scanExpression(expression: string): number {
  const open: { readonly bracket: string; readonly offset: number }[] = [];
  let tokens = 0;
  let signs = 0;
  tokenPattern.lastIndex = 0;
  for (let match = tokenPattern.exec(expression); match !== null; match = tokenPattern.exec(expression)) {
    const { index: offset } = match;
    const [token] = match;
    const { space, text, open: opening, close, sign } = match.groups ?? {};
    if (space !== undefined) continue;
    tokens += 1;
    if (tokens > maxTokens) {
      throw new ExpressionProblem(`the expression is too long: it has more than ${maxTokens} parts`, offset);
    }
    signs = sign === undefined ? 0 : signs + 1;
    if (signs > maxSigns) throw new ExpressionProblem(`there are more than ${maxSigns} signs in a row`, offset);
    if (text !== undefined) tokenPattern.lastIndex = findTextEnd(expression, offset, text);
    if (opening !== undefined) {
      open.push({ bracket: opening, offset });
      if (open.length > maxBracketDepth) {
        throw new ExpressionProblem(`brackets are nested more than ${maxBracketDepth} deep`, offset);
      }
    }
    if (close !== undefined) {
      const opened = open.pop();
      if (opened === undefined) throw new ExpressionProblem(`${close} closes a bracket that was not opened`, offset);
      const expected = closingOf[opened.bracket];
      if (close !== expected) throw new ExpressionProblem(`${token} is found where ${expected} is expected`, offset);
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) throw new ExpressionProblem(`${unclosed.bracket} is not closed`, unclosed.offset);
  if (tokens === 0) throw new ExpressionProblem('the expression is empty', 0);
  return tokens;
}

/** How many names, values, operators and brackets an expression has. One that cannot be scanned has none: it is refused before it is parsed. */
export function countTokens(expression: string): number {
  try {
    return scanExpression(expression);
  } catch {
    return 0;
  }
}

/** Where the text that begins with a prefix and a quote ends. */
function findTextEnd(expression: string, offset: number, opening: string): number {
  const quote = opening.replace(/^[a-z]+/i, '');
  const isRaw = /^[a-z]*r/i.test(opening);
  for (let index = offset + opening.length; index < expression.length; index += 1) {
    if (expression.startsWith(quote, index)) return index + quote.length;
    if (index - offset > maxTextChars) {
      throw new ExpressionProblem(`a text has more than ${maxTextChars} characters`, offset);
    }
    if (expression[index] === '\n' && quote.length === 1) break;
    if (expression[index] === '\\' && !isRaw) index += 1;
  }
  throw new ExpressionProblem(`the text that begins with ${opening} is not closed`, offset);
}
