import { create } from '@bufbuild/protobuf';
import type { Annotation } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import {
  type ChatCompletionSlice,
  ChatCompletionSliceSchema,
  type ChoiceFinish,
  FinishSchema,
  HeadSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { CompletionMetadataSchema } from '../../../gen/signalbox/chat/v1/completion_metadata_pb.ts';
import type { Usage } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ChatEvent } from '../../../src/core/chat-event.ts';

/** The slices that clients are given of a provider's events: a head, deltas, and a finish with all that came for the end. */
export function toSlices(events: readonly ChatEvent[]): ChatCompletionSlice[] {
  const slices: ChatCompletionSlice['slice'][] = [
    {
      case: 'head',
      value: create(HeadSchema, {
        id: 'chatcmpl-1',
        created: 1_700_000_000n,
        model: 'openai/gpt-5',
        generationId: 'g',
      }),
    },
  ];
  const finishes = new Map<number, ChoiceFinish>();
  const annotations = new Map<number, Annotation[]>();
  let usage: Usage | undefined;
  for (const event of events) {
    if (event.kind === 'delta') slices.push({ case: 'delta', value: event.delta });
    if (event.kind === 'finish') finishes.set(event.finish.index, event.finish);
    if (event.kind === 'usage') usage = event.usage;
    if (event.kind === 'annotations') {
      annotations.set(event.index, [...(annotations.get(event.index) ?? []), ...event.annotations]);
    }
  }
  for (const [index, finish] of finishes) finish.annotations = annotations.get(index) ?? [];
  const metadata = create(CompletionMetadataSchema, {
    attempts: [{ model: 'openai/gpt-5', success: true, timeToFirstTokenMs: 12 }],
    generationId: 'g',
    reasoning: 'Because.',
    totalDurationMs: 34,
  });
  slices.push({
    case: 'finish',
    value: create(FinishSchema, { choices: [...finishes.values()], metadata, ...(usage && { usage }) }),
  });
  return slices.map((slice) => create(ChatCompletionSliceSchema, { slice }));
}
