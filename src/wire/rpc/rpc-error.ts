import { create } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from '../../../gen/google/rpc/error_details_pb.ts';
import type { StatusCode } from '../../core/error-registry.ts';
import { createError, SignalboxError, toSignalboxError } from '../../core/errors.ts';

/** `ErrorInfo.domain` of every error. */
const domain = 'signalbox';

/** How long to wait where a 503 does not say, in milliseconds: what the JSON API has in `retry-after`. */
const unavailableRetryMs = 1000;

const codes: Readonly<Record<StatusCode, Code>> = {
  CANCELLED: Code.Canceled,
  INVALID_ARGUMENT: Code.InvalidArgument,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  NOT_FOUND: Code.NotFound,
  PERMISSION_DENIED: Code.PermissionDenied,
  RESOURCE_EXHAUSTED: Code.ResourceExhausted,
  FAILED_PRECONDITION: Code.FailedPrecondition,
  UNIMPLEMENTED: Code.Unimplemented,
  INTERNAL: Code.Internal,
  UNAVAILABLE: Code.Unavailable,
  UNAUTHENTICATED: Code.Unauthenticated,
};

/**
 * Makes an RPC status of a registered error: `ErrorInfo` always, `RetryInfo` where waiting helps, `BadRequest` for fields at fault,
 * `RequestInfo` with the generation id (google.aip.dev/193).
 */
export function encodeRpcError(error: SignalboxError): ConnectError {
  const { violations, attempts, generationId, param } = error.details;
  const retryAfterMs = error.details.retryAfterMs ?? (error.httpStatus === 503 ? unavailableRetryMs : undefined);
  const metadata: Record<string, string> = {};
  if (param !== undefined) metadata['param'] = param;
  if (attempts !== undefined) {
    metadata['attempts'] = attempts.map(({ model, errorCode }) => `${model} ${errorCode ?? 'OK'}`).join(', ');
  }
  const connectError = new ConnectError(error.message, codes[error.entry.code]);
  connectError.details.push({
    desc: ErrorInfoSchema,
    value: create(ErrorInfoSchema, { reason: error.reason, domain, metadata }),
  });
  if (retryAfterMs !== undefined) {
    const value = create(RetryInfoSchema, { retryDelay: durationFromMs(Math.ceil(retryAfterMs)) });
    connectError.details.push({ desc: RetryInfoSchema, value });
  }
  if (violations !== undefined && violations.length > 0) {
    const fieldViolations = violations.map(({ field, description }) => ({ field, description }));
    connectError.details.push({ desc: BadRequestSchema, value: create(BadRequestSchema, { fieldViolations }) });
  }
  if (generationId !== undefined) {
    const value = create(RequestInfoSchema, { requestId: generationId });
    connectError.details.push({ desc: RequestInfoSchema, value });
  }
  return connectError;
}

/**
 * Makes a registered error of whatever a handler or Connect itself threw. Connect's own errors say what the client did wrong on
 * the wire (an unknown codec, a frame too large); they are kept as they are and come back as `undefined`.
 */
export function toRpcSignalboxError(thrown: unknown): SignalboxError | undefined {
  if (thrown instanceof SignalboxError) return thrown;
  if (!(thrown instanceof ConnectError)) return toSignalboxError(thrown);
  if (thrown.code === Code.Internal || thrown.code === Code.Unknown)
    return createError('INTERNAL', {}, { cause: thrown });
  return undefined;
}
