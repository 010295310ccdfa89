import { clone } from '@bufbuild/protobuf';
import { type ReasoningDetail, ReasoningDetailSchema } from '../../gen/signalbox/chat/v1/message_pb.ts';

/**
 * Appends pieces of reasoning to those that came before. Pieces of one index and type are one: their texts are joined, and of the rest the
 * last value counts.
 *
 * @param collected - changed in place. The pieces themselves are not.
 */
export function appendReasoningDetails(collected: ReasoningDetail[], pieces: readonly ReasoningDetail[]): void {
  for (const piece of pieces) {
    const known =
      piece.index === undefined
        ? undefined
        : collected.findLast(({ index, type }) => index === piece.index && type === piece.type);
    if (known === undefined) collected.push(clone(ReasoningDetailSchema, piece));
    else join(known, piece);
  }
}

function join(known: ReasoningDetail, piece: ReasoningDetail): void {
  if (piece.text !== undefined) known.text = (known.text ?? '') + piece.text;
  if (piece.summary !== undefined) known.summary = (known.summary ?? '') + piece.summary;
  if (piece.data !== undefined) known.data = (known.data ?? '') + piece.data;
  if (piece.signature !== undefined) known.signature = piece.signature;
  if (piece.id !== undefined) known.id = piece.id;
  if (piece.format !== undefined) known.format = piece.format;
}
