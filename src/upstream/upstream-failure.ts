/**
 * What went wrong with an exchange:
 *
 * - `unreachable`: no answer began, because the request could not be sent, or its connection not be made or kept.
 * - `headers-timeout`: connected, but no answer began in time.
 * - `idle-timeout`: the answer began, then nothing came for too long.
 * - `cut`: the connection broke in the middle of the answer.
 * - `aborted`: the caller, or the end of this process, stopped it.
 * - `too-large`: headers, body or one event are larger than allowed.
 * - `protocol`: the answer is not HTTP that can be used.
 */
export type UpstreamFailureKind =
  | 'unreachable'
  | 'headers-timeout'
  | 'idle-timeout'
  | 'cut'
  | 'aborted'
  | 'too-large'
  | 'protocol';

/** The only error that this room throws. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure';
  readonly kind: UpstreamFailureKind;

  /**
   * @param kind - what went wrong.
   * @param message - the end of a sentence, without a full stop. Clients may see it: it names no address, path or header.
   * @param cause - what was thrown below, for the log only.
   */
  constructor(kind: UpstreamFailureKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

/**
 * The failure of a call that its caller gave up. One for all, because calls are given up often and a stack trace for each says
 * nothing.
 */
export const abortedFailure: UpstreamFailure = Object.freeze(new UpstreamFailure('aborted', 'the call was given up'));
