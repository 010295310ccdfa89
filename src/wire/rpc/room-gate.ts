import type { HandlerContext } from '@connectrpc/connect';
import { ChatService } from '../../../gen/signalbox/chat/v1/chat_service_pb.ts';
import type { ChatGateway } from '../chat-gateway.ts';
import { encodeThrown } from './error-interceptor.ts';

/** Turns chat calls away for which there is no room, before their message is read. Calls of management, health and reflection always have room. */
export function createRoomGate(gateway: ChatGateway): (context: HandlerContext) => void {
  return ({ service, method, requestHeader }) => {
    if (service.typeName !== ChatService.typeName) return;
    try {
      gateway.requireRoom();
    } catch (thrown) {
      // Interceptors do not see what a gate throws.
      throw encodeThrown(thrown, method, requestHeader);
    }
  };
}
