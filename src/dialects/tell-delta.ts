import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { DeltaSchema } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ChatEvent } from '../core/chat-event.ts';

/** Makes an increment of a choice. Texts that are empty are left out, and so is an increment that says nothing. */
export function tell(fields: MessageInitShape<typeof DeltaSchema>): ChatEvent[] {
  const { content, reasoningContent, ...others } = fields;
  const isEmpty = !content && !reasoningContent && Object.values(others).every((value) => value === undefined);
  if (isEmpty) return [];
  const delta = create(DeltaSchema, {
    ...others,
    content: content || undefined,
    reasoningContent: reasoningContent || undefined,
  });
  return [{ kind: 'delta', delta }];
}
