import { createError, type SignalboxError } from '../core/errors.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';

/**
 * What a failure of HTTP means for an attempt. Whatever else was thrown comes back as it is: it is a mistake of ours.
 *
 * The one exception is the end of the stack. JSON.parse takes an answer that is nested without end, JSON.stringify does not, and
 * looking for that in every event would cost more than it is worth.
 *
 * @param provider - the provider's id, for the message.
 */
export function classifyFailure(provider: string, thrown: unknown): unknown {
  if (thrown instanceof RangeError && thrown.message.includes('call stack')) {
    return createError('PROVIDER_UNUSABLE', { provider, problem: 'it is nested too deep' }, { cause: thrown });
  }
  if (!(thrown instanceof UpstreamFailure)) return thrown;
  const values = { provider, problem: thrown.message };
  return createError(reasonOf(thrown), values, { cause: thrown });
}

function reasonOf(
  failure: UpstreamFailure,
): Extract<SignalboxError['reason'], `PROVIDER_${'UNREACHABLE' | 'TIMEOUT' | 'CUT' | 'UNUSABLE'}`> {
  switch (failure.kind) {
    case 'unreachable':
      return 'PROVIDER_UNREACHABLE';
    case 'headers-timeout':
    case 'idle-timeout':
      return 'PROVIDER_TIMEOUT';
    case 'cut':
    case 'aborted':
      return 'PROVIDER_CUT';
    case 'too-large':
    case 'protocol':
      return 'PROVIDER_UNUSABLE';
  }
}
