import { create, type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from '../../../gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '../../../gen/google/rpc/status_pb.ts';
import type { StatusCode } from '../../core/error-registry.ts';
import { createError, SignalboxError, toSignalboxError } from '../../core/errors.ts';
import { createBadRequest, createErrorInfo, createRequestInfo, createRetryInfo } from '../error-details.ts';
import { cutText } from './cut-text.ts';

const codes: Readonly<Record<StatusCode, Code>> = {
  CANCELLED: Code.Canceled,
  INVALID_ARGUMENT: Code.InvalidArgument,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  NOT_FOUND: Code.NotFound,
  PERMISSION_DENIED: Code.PermissionDenied,
  RESOURCE_EXHAUSTED: Code.ResourceExhausted,
  FAILED_PRECONDITION: Code.FailedPrecondition,
  ALREADY_EXISTS: Code.AlreadyExists,
  ABORTED: Code.Aborted,
  UNIMPLEMENTED: Code.Unimplemented,
  INTERNAL: Code.Internal,
  UNAVAILABLE: Code.Unavailable,
  UNAUTHENTICATED: Code.Unauthenticated,
};

/** The longest message of a status, in bytes of UTF-8. */
const maxMessageBytes = 1024;

/** The most that the details of a status take, in bytes before base64. */
const maxDetailsBytes = 4096;

/**
 * The most that the message and the details take in gRPC's trailers, in bytes on the wire. Of more than 8 KiB of trailers in all
 * clients may refuse the whole answer (grpc-java's maxInboundMetadataSize, GRPC_ARG_MAX_METADATA_SIZE of gRPC's C core).
 */
const maxTrailersBytes = 7168;

type Detail = ConnectError['details'][number];

/**
 * Makes an RPC status of a registered error: `ErrorInfo` always, `RetryInfo` where waiting helps, `BadRequest` for fields at fault,
 * `RequestInfo` with the generation id (google.aip.dev/193), which is in the metadata as well. What would not fit the trailers is
 * left out: first what was tried, then the last of the fields at fault.
 */
export function encodeRpcError(error: SignalboxError): ConnectError {
  const message = cutText(error.message, maxMessageBytes);
  const { violations = [], attempts, generationId, param } = error.details;
  const metadata: Record<string, string> = param === undefined ? {} : { param: cutText(param, 256) };
  const details = [measureDetail(ErrorInfoSchema, createErrorInfo(error, metadata))];
  const retryInfo = createRetryInfo(error);
  if (retryInfo !== undefined) details.push(measureDetail(RetryInfoSchema, retryInfo));
  const requestInfo = createRequestInfo(error);
  if (requestInfo !== undefined) details.push(measureDetail(RequestInfoSchema, requestInfo));

  const budgetBytes = readDetailsBudget(message);
  for (let keep = violations.length; keep > 0; keep -= 1) {
    const badRequest = measureDetail(BadRequestSchema, createBadRequest(violations.slice(0, keep)));
    if (measureDetails([...details, badRequest]) > budgetBytes) continue;
    details.push(badRequest);
    break;
  }
  if (attempts !== undefined) {
    const tried = attempts.map(({ model, errorCode }) => `${model} ${errorCode ?? 'OK'}`).join(', ');
    const full = createErrorInfo(error, { ...metadata, attempts: tried });
    const withAttempts = [measureDetail(ErrorInfoSchema, full), ...details.slice(1)];
    if (measureDetails(withAttempts) <= budgetBytes) details.splice(0, details.length, ...withAttempts);
  }
  const headers = generationId === undefined ? undefined : { 'x-generation-id': generationId };
  const connectError = new ConnectError(message, codes[error.entry.code], headers);
  connectError.details = details.map(({ detail }) => detail);
  return connectError;
}

interface MeasuredDetail {
  readonly detail: Detail;
  /** As a google.protobuf.Any within a google.rpc.Status. */
  readonly sizeBytes: number;
}

function measureDetail<Desc extends DescMessage>(desc: Desc, value: MessageShape<Desc>): MeasuredDetail {
  const status = create(StatusSchema, { details: [anyPack(desc, value)] });
  return { detail: { desc, value }, sizeBytes: toBinary(StatusSchema, status).length };
}

function measureDetails(details: readonly MeasuredDetail[]): number {
  return details.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** The message is sent twice: percent-encoded by itself, and within the status, which is base64. */
function readDetailsBudget(message: string): number {
  const statusBytes = ((maxTrailersBytes - encodeURIComponent(message).length) * 3) / 4;
  return Math.min(maxDetailsBytes, statusBytes - Buffer.byteLength(message));
}

/**
 * Makes a registered error of whatever a handler or Connect itself threw. Connect's own errors say what the client did wrong on
 * the wire (an unknown codec, a frame too large); they come back as `undefined`, for explainWireErrors to fill in.
 */
export function toRpcSignalboxError(thrown: unknown): SignalboxError | undefined {
  if (thrown instanceof SignalboxError) return thrown;
  if (!(thrown instanceof ConnectError)) return toSignalboxError(thrown);
  if (thrown.code === Code.Internal || thrown.code === Code.Unknown)
    return createError('INTERNAL', {}, { cause: thrown });
  return undefined;
}
