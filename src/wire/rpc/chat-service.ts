import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ChatService } from '../../../gen/signalbox/chat/v1/chat_service_pb.ts';
import type { StopReason } from '../../core/chat-call.ts';
import type { Clock } from '../../core/clock.ts';
import { collectCompletion } from '../../routing/collect-completion.ts';
import type { ChatGateway, OpenChat } from '../chat-gateway.ts';
import { requirePrincipal } from './auth-gate.ts';
import { cutResponseKey } from './connect-listener.ts';
import { cutWhenStuck } from './cut-when-stuck.ts';
import { readProtocol } from './read-protocol.ts';
import { readStopReason } from './read-stop-reason.ts';

/** What ChatService is served with. */
export interface ChatServiceOptions {
  readonly gateway: ChatGateway;
  readonly clock: Clock;
}

/** ChatService: the messages are the canonical model itself, so that nothing is translated. */
export function createChatService({ gateway, clock }: ChatServiceOptions): ServiceImpl<typeof ChatService> {
  async function open(request: ChatCompletionRequest, context: HandlerContext, stream: boolean): Promise<OpenChat> {
    const receivedAtMs = clock.monotonicMs();
    return await gateway.open({
      principal: requirePrincipal(context),
      protocol: readProtocol(context.requestHeader.get('content-type')),
      request,
      stream,
      deadlineMs: context.timeoutMs(),
      receivedAtMs,
      onStop: (listener) => watchClient(context.signal, listener),
    });
  }

  return {
    async createChatCompletion(request, context) {
      const { answer, close } = await open(request, context, false);
      try {
        const completion = await collectCompletion(answer);
        // Not before: an error brings the header itself.
        context.responseHeader.set('x-generation-id', answer.head.generationId);
        return completion;
      } catch (thrown) {
        throw answer.fail(thrown);
      } finally {
        await close();
      }
    },

    async *streamChatCompletion(request, context) {
      const { answer, signal, close } = await open(request, context, true);
      context.responseHeader.set('x-generation-id', answer.head.generationId);
      const release = cutWhenStuck(signal, clock, context.values.get(cutResponseKey));
      try {
        yield* answer;
      } finally {
        release();
        await close();
      }
    },
  };
}

function watchClient(signal: AbortSignal, listener: (reason: StopReason) => void): void {
  const stop = (): void => listener(readStopReason(signal.reason));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
}
