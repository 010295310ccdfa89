import { Metadata, type ServiceError } from '@grpc/grpc-js';

/** What grpc-js refused a call with. Fails when it did not. */
export async function catchServiceError(call: Promise<unknown>): Promise<ServiceError> {
  try {
    await call;
  } catch (thrown) {
    if (isServiceError(thrown)) return thrown;
    throw thrown;
  }
  throw new Error('the call was not refused');
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && 'code' in thrown && 'metadata' in thrown && thrown.metadata instanceof Metadata;
}
