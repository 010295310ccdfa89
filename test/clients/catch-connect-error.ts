import { ConnectError } from '@connectrpc/connect';

/** What a call was refused with. Fails when it was not. */
export async function catchConnectError(call: Promise<unknown>): Promise<ConnectError> {
  try {
    await call;
  } catch (thrown) {
    if (thrown instanceof ConnectError) return thrown;
    throw thrown;
  }
  throw new Error('the call was not refused');
}
