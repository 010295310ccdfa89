import type { JsonObject } from '../core/json.ts';
import type { Warnings } from './warnings.ts';

/** What Claude wants of a conversation (platform.claude.com/docs/en/api/messages), and Amazon of every model. */

/** One message of a conversation, not yet JSON. */
export interface Turn<Role extends string> {
  readonly role: Role;
  readonly blocks: JsonObject[];
}

/** Makes turns of one role in a row one turn. Those that say nothing are left out. */
export function mergeTurns<Role extends string>(turns: readonly Turn<Role>[]): Turn<Role>[] {
  const merged: Turn<Role>[] = [];
  for (const turn of turns) {
    if (turn.blocks.length === 0) continue;
    const last = merged.at(-1);
    if (last?.role === turn.role) last.blocks.push(...turn.blocks);
    else merged.push({ role: turn.role, blocks: [...turn.blocks] });
  }
  return merged;
}

/**
 * Puts a user's turn before a conversation that the assistant begins: the first message must be a user's.
 *
 * @param createText - makes a block of text.
 */
export function openWithUser<Role extends string>(
  turns: readonly Turn<Role | 'user'>[],
  createText: (text: string) => JsonObject,
  warnings: Warnings,
): Turn<Role | 'user'>[] {
  if (turns[0]?.role !== 'assistant') return [...turns];
  warnings.add('The conversation begins with the assistant; a user’s turn that says so was put before it.');
  return [{ role: 'user', blocks: [createText('(The assistant speaks first.)')] }, ...turns];
}

/**
 * Trims the text that the model shall go on with: Claude refuses white space at its end.
 *
 * @param turns - the last block is changed in place.
 */
export function trimLastText(turns: readonly Turn<string>[]): void {
  const turn = turns.at(-1);
  // A mark for the cache is no end of the text.
  const last = turn?.role === 'assistant' ? turn.blocks.findLast((block) => !isCachePoint(block)) : undefined;
  // A text of nothing else stands before a mark, and is there for it.
  if (typeof last?.['text'] === 'string' && last['text'].trim() !== '') last['text'] = last['text'].trimEnd();
}

/** Whether a block of Amazon's is a mark for the cache, which stands behind what it is of. */
function isCachePoint(block: JsonObject): boolean {
  return block['cachePoint'] !== undefined;
}

/** How blocks of a conversation are told from each other. */
export interface BlockKinds {
  isToolResult(block: JsonObject): boolean;
  isThinking(block: JsonObject): boolean;
}

/**
 * Whether the model is in the middle of using tools, and the thinking that it began with is not there: with a budget for thinking, Claude
 * refuses that. It thinks once for each turn of the user's, before its first calls: those that follow results need none of their own
 * (platform.claude.com/docs/en/build-with-claude/extended-thinking#extended-thinking-with-tool-use).
 */
export function lacksThinking(turns: readonly Turn<string>[], { isToolResult, isThinking }: BlockKinds): boolean {
  const last = turns.findLastIndex(({ role }) => role === 'assistant');
  const isAnswered = turns[last + 1]?.blocks.some(isToolResult) === true;
  const isSpoken = (block: JsonObject) => !isToolResult(block) && !isCachePoint(block);
  const asked = turns.findLastIndex(({ role, blocks }, index) => {
    return index < last && role === 'user' && blocks.some(isSpoken);
  });
  const begun = turns.find(({ role }, index) => index > asked && role === 'assistant');
  const first = begun?.blocks[0];
  return isAnswered && !(first !== undefined && isThinking(first));
}
