import type { ClientProtocol } from '../../core/chat-call.ts';

/** Which RPC protocol a request is in, by its content type. */
export function readProtocol(contentType: string | null | undefined): Exclude<ClientProtocol, 'rest'> {
  if (contentType?.startsWith('application/grpc-web')) return 'grpc-web';
  return contentType?.startsWith('application/grpc') ? 'grpc' : 'connect';
}
