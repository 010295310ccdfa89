import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { AttemptSchema } from '../../../gen/signalbox/chat/v1/completion_metadata_pb.ts';
import { createError } from '../../../src/core/errors.ts';
import { createFieldError } from '../../../src/core/json-fields.ts';
import { encodeError } from '../../../src/dialects/openai-chat/encode-error.ts';

describe('encodeError', () => {
  it('has the four fields that clients look for', () => {
    expect(encodeError(createError('SERVER_DRAINING', {}))).toEqual({
      error: { message: expect.any(String), type: 'server_error', param: null, code: 'server_draining' },
    });
  });

  it('names the field at fault', () => {
    expect(encodeError(createFieldError('messages[0].role', 'it is required'))).toEqual({
      error: {
        message: 'The field messages[0].role is invalid: it is required.',
        type: 'invalid_request_error',
        param: 'messages[0].role',
        code: 'invalid_field',
        metadata: { field_violations: [{ field: 'messages[0].role', description: 'it is required' }] },
      },
    });
  });

  it('keeps what a provider said', () => {
    const details = { httpStatus: 422, type: 'their_type', code: 'their_code', param: 'top_k' };
    expect(encodeError(createError('PROVIDER_REFUSED', { problem: 'No {provider}.' }, details))).toEqual({
      error: { message: 'No {provider}.', type: 'their_type', param: 'top_k', code: 'their_code' },
    });
  });

  it('tells what was tried', () => {
    const attempts = [create(AttemptSchema, { model: 'a/b', errorMessage: 'No.', errorCode: 'PROVIDER_FAILED' })];
    const error = createError('ATTEMPTS_FAILED', { attempts: 'a/b: No.' }, { attempts, generationId: 'g', cause: 'x' });
    expect(encodeError(error)).toMatchObject({
      error: {
        metadata: {
          attempts: [{ model: 'a/b', success: false, error_message: 'No.', error_code: 'PROVIDER_FAILED' }],
          generation_id: 'g',
        },
      },
    });
    expect(JSON.stringify(encodeError(error))).not.toContain('cause');
  });
});
