import { type DescMessage, type MessageShape, toJson } from '@bufbuild/protobuf';
import { Code } from '../../../gen/google/rpc/code_pb.ts';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from '../../../gen/google/rpc/error_details_pb.ts';
import type { SignalboxError } from '../../core/errors.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { createBadRequest, createErrorInfo, createRequestInfo, createRetryInfo } from '../error-details.ts';
import { typeUrlOf } from './type-url.ts';

/**
 * Encodes an error as the JSON of a `google.rpc.Status` (google.aip.dev/193), with the details that RPC clients get: `ErrorInfo`
 * always, `RetryInfo` where waiting helps, `BadRequest` for fields at fault, `RequestInfo` with the id of a call.
 */
export function encodeStatus(error: SignalboxError): JsonObject {
  const { param, violations = [] } = error.details;
  const details = [encodeDetail(ErrorInfoSchema, createErrorInfo(error, param === undefined ? {} : { param }))];
  const retryInfo = createRetryInfo(error);
  if (retryInfo !== undefined) details.push(encodeDetail(RetryInfoSchema, retryInfo));
  const requestInfo = createRequestInfo(error);
  if (requestInfo !== undefined) details.push(encodeDetail(RequestInfoSchema, requestInfo));
  if (violations.length > 0) details.push(encodeDetail(BadRequestSchema, createBadRequest(violations)));
  return { code: Code[error.entry.code], message: error.message, details };
}

function encodeDetail<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): JsonObject {
  const json: unknown = toJson(schema, message);
  return { '@type': typeUrlOf(schema), ...(isJsonObject(json) ? json : {}) };
}
