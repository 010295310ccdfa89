import type { JsonObject } from '../../../src/core/json.ts';

/** A block of an answer, as a whole reply has it. */
export type AnswerBlock = JsonObject & { readonly type: string };

/** How the text of a block is cut into deltas: lengths, of which the last goes on. */
export type Cuts = readonly number[];

/** The events of a stream that gives these blocks: platform.claude.com/docs/en/build-with-claude/streaming. */
export function streamBlocks(blocks: readonly AnswerBlock[], stopReason: string, cuts: Cuts): JsonObject[] {
  return [
    {
      type: 'message_start',
      message: { role: 'assistant', content: [], usage: { input_tokens: 1, output_tokens: 1 } },
    },
    { type: 'ping' },
    ...blocks.flatMap((block, index) => [
      { type: 'content_block_start', index, content_block: emptied(block) },
      ...deltasOf(block, cuts).map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: null }, usage: { output_tokens: 9 } },
    { type: 'message_stop' },
  ];
}

function emptied(block: AnswerBlock): JsonObject {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: '' };
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: '' };
    case 'tool_use':
      return { ...block, input: {} };
    default:
      return block;
  }
}

function deltasOf(block: AnswerBlock, cuts: Cuts): JsonObject[] {
  switch (block.type) {
    case 'text':
      return cut(String(block['text']), cuts).map((text) => ({ type: 'text_delta', text }));
    case 'thinking':
      return [
        ...cut(String(block['thinking']), cuts).map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: block['signature'] ?? '' },
      ];
    case 'tool_use': {
      const json = JSON.stringify(block['input']);
      const pieces = json === '{}' ? [] : cut(json, cuts);
      return ['', ...pieces].map((piece) => ({ type: 'input_json_delta', partial_json: piece }));
    }
    default:
      return [];
  }
}

function cut(text: string, cuts: Cuts): string[] {
  const pieces: string[] = [];
  let rest = text;
  for (const length of cuts) {
    if (rest === '') break;
    pieces.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return rest === '' ? pieces : [...pieces, rest];
}
