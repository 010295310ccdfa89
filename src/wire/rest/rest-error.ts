import { errorCodes, type FastifyRequest } from 'fastify';
import { createError, SignalboxError, toSignalboxError } from '../../core/errors.ts';

/** Makes a registered error of what Fastify or a handler threw. */
export function toRestError(thrown: unknown, request: FastifyRequest, maxBodyBytes: number): SignalboxError {
  if (thrown instanceof errorCodes.FST_ERR_CTP_BODY_TOO_LARGE)
    return createError('BODY_TOO_LARGE', { maxBytes: maxBodyBytes });
  if (thrown instanceof errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE) {
    const contentType = request.headers['content-type'] ?? '(none)';
    return createError('UNSUPPORTED_CONTENT_TYPE', { contentType: contentType.slice(0, 100) });
  }
  if (thrown instanceof errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH) {
    return createError('INVALID_REQUEST', { problem: 'the body is not as long as its content-length says' });
  }
  if (thrown instanceof errorCodes.FST_ERR_BAD_URL) {
    return createError('INVALID_REQUEST', { problem: 'the path is not validly encoded' });
  }
  if (thrown instanceof SignalboxError) return thrown;
  // The client went away while its body was read: nobody sees the answer, and nothing is wrong here.
  const { complete, destroyed } = request.raw;
  return destroyed && !complete ? createError('CALL_CANCELLED', {}) : toSignalboxError(thrown);
}
