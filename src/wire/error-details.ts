import { create } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import {
  type BadRequest,
  BadRequestSchema,
  type ErrorInfo,
  ErrorInfoSchema,
  type RequestInfo,
  RequestInfoSchema,
  type RetryInfo,
  RetryInfoSchema,
} from '../../gen/google/rpc/error_details_pb.ts';
import type { FieldViolation, SignalboxError } from '../core/errors.ts';

/** `ErrorInfo.domain` of every error. */
const domain = 'signalbox';

/** How long to wait where a 503 does not say, in milliseconds: what the JSON API has in `retry-after`. */
const unavailableRetryMs = 1000;

/** What an error is: on every error. */
export function createErrorInfo({ reason }: SignalboxError, metadata: Readonly<Record<string, string>>): ErrorInfo {
  return create(ErrorInfoSchema, { reason, domain, metadata });
}

/** How long to wait, where waiting helps. */
export function createRetryInfo(error: SignalboxError): RetryInfo | undefined {
  const retryAfterMs = error.details.retryAfterMs ?? (error.httpStatus === 503 ? unavailableRetryMs : undefined);
  if (retryAfterMs === undefined) return undefined;
  return create(RetryInfoSchema, { retryDelay: durationFromMs(Math.ceil(retryAfterMs)) });
}

/** The call's id in the log, where there was a call. */
export function createRequestInfo({ details: { generationId } }: SignalboxError): RequestInfo | undefined {
  return generationId === undefined ? undefined : create(RequestInfoSchema, { requestId: generationId });
}

/** The fields at fault. */
export function createBadRequest(violations: readonly FieldViolation[]): BadRequest {
  const fieldViolations = violations.map(({ field, description }) => ({ field, description }));
  return create(BadRequestSchema, { fieldViolations });
}
