import type { AttemptRecord, CallRecord, CallStart, RejectedRequest } from '../core/events.ts';

/** A subscriber of core/events.ts: what it does with each event. What it leaves out it does not hear. */
export interface EventSink {
  readonly callStarted?: (start: CallStart) => void;
  readonly attemptEnded?: (attempt: AttemptRecord) => void;
  readonly callEnded?: (call: CallRecord) => void;
  readonly requestRejected?: (rejected: RejectedRequest) => void;
}
