import { create } from '@bufbuild/protobuf';
import { UsageSchema } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import type { AttemptRecord, CallRecord, CallStart, CircuitChange, RejectedRequest } from '../../src/core/events.ts';

/** Events as the path publishes them. Each test says what is special in its own. */

export const generationId = '9b365b38-f09f-46d1-8c77-99b28c8b74bf';

export function createStart(fields: Partial<CallStart> = {}): CallStart {
  return { generationId, protocol: 'rest', stream: true, ...fields };
}

export function createAttempt(fields: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    generationId,
    provider: 'openai',
    model: 'openai/gpt-4o',
    errorReason: undefined,
    errorMessage: undefined,
    timeToFirstTokenMs: 428.3127,
    isStreamed: true,
    completionTokens: undefined,
    durationMs: 950.0499,
    warnings: [],
    ...fields,
  };
}

export function createCall(fields: Partial<CallRecord> = {}): CallRecord {
  return {
    generationId,
    completionId: 'chatcmpl-1760000000000123456000001',
    protocol: 'rest',
    stream: true,
    workspace: 'default',
    keyId: 'app',
    requestedModel: 'openai/gpt-4o',
    router: undefined,
    routeId: undefined,
    variantId: undefined,
    servedModel: 'openai/gpt-4o',
    provider: 'openai',
    attempts: [createAttempt()],
    finishReasons: ['stop'],
    usage: create(UsageSchema, {
      promptTokens: 9,
      completionTokens: 12,
      totalTokens: 21,
      promptTokensDetails: { cachedTokens: 4, cacheWriteTokens: 0 },
      completionTokensDetails: { reasoningTokens: 7 },
      cost: 0.00025,
    }),
    errorReason: undefined,
    cause: undefined,
    timeToFirstTokenMs: 430.04,
    durationMs: 960.06,
    ...fields,
  };
}

/** A call that nothing answered. */
export function createFailedCall(fields: Partial<CallRecord> = {}): CallRecord {
  return createCall({
    servedModel: undefined,
    provider: undefined,
    finishReasons: [],
    usage: undefined,
    timeToFirstTokenMs: undefined,
    errorReason: 'ATTEMPTS_FAILED',
    ...fields,
  });
}

export function createRejected(fields: Partial<RejectedRequest> = {}): RejectedRequest {
  return {
    protocol: 'rest',
    path: '/v1/chat/completions',
    errorReason: 'CREDENTIALS_MISSING',
    httpStatus: 401,
    cause: undefined,
    ...fields,
  };
}

export function createCircuitChange(fields: Partial<CircuitChange> = {}): CircuitChange {
  return { provider: 'openai', model: 'openai/gpt-4o', from: 'closed', to: 'open', openMs: 5000, ...fields };
}
