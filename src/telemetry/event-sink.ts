import type {
  AttemptRecord,
  CallRecord,
  CallShed,
  CallStart,
  CircuitChange,
  OverloadChange,
  QueueChange,
  RejectedRequest,
} from '../core/events.ts';

/** A subscriber of core/events.ts: what it does with each event. What it leaves out it does not hear. */
export interface EventSink {
  readonly callStarted?: (start: CallStart) => void;
  readonly attemptEnded?: (attempt: AttemptRecord) => void;
  readonly callEnded?: (call: CallRecord) => void;
  readonly requestRejected?: (rejected: RejectedRequest) => void;
  readonly circuitChanged?: (change: CircuitChange) => void;
  readonly callShed?: (shed: CallShed) => void;
  readonly queueChanged?: (change: QueueChange) => void;
  readonly overloadChanged?: (change: OverloadChange) => void;
}
