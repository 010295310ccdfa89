import { create } from '@bufbuild/protobuf';
import {
  type ChatCompletion,
  ChatCompletionSchema,
  ChoiceSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import type { ChatCompletionSlice } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';

/** Puts a streamed answer of one choice together. Fails when its finish did not come. */
export async function joinSlices(slices: AsyncIterable<ChatCompletionSlice>): Promise<ChatCompletion> {
  const completion = create(ChatCompletionSchema);
  let content = '';
  for await (const { slice } of slices) {
    if (slice.case === 'head') {
      completion.id = slice.value.id;
      completion.model = slice.value.model;
      completion.created = slice.value.created;
    }
    if (slice.case === 'delta') content += slice.value.content ?? '';
    if (slice.case !== 'finish') continue;
    const { choices, usage, metadata } = slice.value;
    return create(ChatCompletionSchema, {
      ...completion,
      choices: choices.map(({ index, finishReason, annotations }) =>
        create(ChoiceSchema, { index, finishReason, message: { role: 'assistant', content, annotations } }),
      ),
      ...(usage && { usage }),
      ...(metadata && { metadata }),
    });
  }
  throw new Error('the stream ended without its finish');
}
