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
  const last = turn?.role === 'assistant' ? turn.blocks.at(-1) : undefined;
  if (typeof last?.['text'] === 'string') last['text'] = last['text'].trimEnd();
}

/** How blocks of a conversation are told from each other. */
export interface BlockKinds {
  isToolResult(block: JsonObject): boolean;
  isThinking(block: JsonObject): boolean;
}

/**
 * Whether the model is in the middle of using tools, and its thinking before the last calls is not there: with a budget for thinking,
 * Claude refuses that.
 */
export function lacksThinking(turns: readonly Turn<string>[], { isToolResult, isThinking }: BlockKinds): boolean {
  const last = turns.findLastIndex(({ role }) => role === 'assistant');
  const isAnswered = turns[last + 1]?.blocks.some(isToolResult) === true;
  const [first] = turns[last]?.blocks ?? [];
  return isAnswered && !(first !== undefined && isThinking(first));
}
