import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';

/** What is done about a stream that breaks off after text was sent: nothing, ask again for the same, or ask for the rest. */
export type Recovery = 'none' | 'restart' | 'continue';

/** What a request asks for. `undefined`: it does not say. */
export function readRecovery({ extraBody }: ChatCompletionRequest): Recovery | undefined {
  const recovery = extraBody?.recovery;
  return recovery === 'none' || recovery === 'restart' || recovery === 'continue' ? recovery : undefined;
}
