import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { type ReasoningDetail, ReasoningDetailSchema } from '../../gen/signalbox/chat/v1/message_pb.ts';
import { appendReasoningDetails } from '../../src/routing/append-reasoning-details.ts';

function append(...pieces: MessageInitShape<typeof ReasoningDetailSchema>[]): ReasoningDetail[] {
  const collected: ReasoningDetail[] = [];
  for (const piece of pieces) appendReasoningDetails(collected, [create(ReasoningDetailSchema, piece)]);
  return collected;
}

describe('appendReasoningDetails', () => {
  const text = 'reasoning.text';

  it('joins the pieces of one index', () => {
    expect(
      append(
        { type: text, index: 0, text: 'a', format: 'f' },
        { type: text, index: 1, text: 'x' },
        { type: text, index: 0, text: 'b' },
        { type: text, index: 0, signature: 's' },
      ),
    ).toEqual([
      create(ReasoningDetailSchema, { type: text, index: 0, text: 'ab', signature: 's', format: 'f' }),
      create(ReasoningDetailSchema, { type: text, index: 1, text: 'x' }),
    ]);
  });

  it('keeps pieces of different types apart, and pieces without an index', () => {
    expect(
      append(
        { type: 'reasoning.summary', index: 0, summary: 'a' },
        { type: 'reasoning.encrypted', index: 0, data: 'b' },
        { type: text, text: 'c' },
        { type: text, text: 'd' },
      ),
    ).toHaveLength(4);
  });

  it('joins nothing to what is signed or encrypted', () => {
    expect(
      append(
        { type: text, index: 0, text: 'a', signature: 's' },
        { type: text, index: 0, text: 'b' },
        { type: 'reasoning.encrypted', index: 1, data: 'c' },
        { type: 'reasoning.encrypted', index: 1, data: 'd' },
      ),
    ).toMatchObject([{ text: 'a', signature: 's' }, { text: 'b' }, { data: 'c' }, { data: 'd' }]);
  });

  it('leaves the pieces as they are', () => {
    const piece = create(ReasoningDetailSchema, { type: text, index: 0, text: 'a' });
    const collected: ReasoningDetail[] = [];
    appendReasoningDetails(collected, [piece, piece]);
    expect(piece.text).toBe('a');
    expect(collected).toMatchObject([{ text: 'aa' }]);
  });
});
