import {
  attemptEnded,
  callEnded,
  callShed,
  callStarted,
  circuitChanged,
  type EventChannel,
  overloadChanged,
  queueChanged,
  requestRejected,
} from '../core/events.ts';
import { createCallLog } from './call-log.ts';
import type { EventSink } from './event-sink.ts';
import { encodeError } from './logged-error.ts';
import type { Logger } from './logger.ts';

export interface TelemetryOptions {
  readonly logger: Logger;
  /** Such as the metrics. */
  readonly metrics: EventSink;
}

/** The running subscriptions. */
export interface Telemetry {
  /** Ends them. Calling it twice does nothing more. */
  stop(): void;
}

/** Subscribes the log and the metrics to every event. Start it before the server listens, or calls in flight are miscounted. */
export function startTelemetry({ logger, metrics }: TelemetryOptions): Telemetry {
  const unsubscribes = [createCallLog(logger), metrics].flatMap((sink) => [
    subscribe(callStarted, sink.callStarted, logger),
    subscribe(attemptEnded, sink.attemptEnded, logger),
    subscribe(callEnded, sink.callEnded, logger),
    subscribe(requestRejected, sink.requestRejected, logger),
    subscribe(circuitChanged, sink.circuitChanged, logger),
    subscribe(callShed, sink.callShed, logger),
    subscribe(queueChanged, sink.queueChanged, logger),
    subscribe(overloadChanged, sink.overloadChanged, logger),
  ]);
  return {
    stop() {
      for (const unsubscribe of unsubscribes) {
        unsubscribe();
      }
    },
  };
}

/**
 * Subscribes a listener that may fail.
 *
 * What a subscriber of node:diagnostics_channel throws is raised again as an uncaught exception on the next tick, which ends the
 * process. So nothing is let out: the first failure of each listener is logged, the next ones would only fill the log.
 */
function subscribe<Message>(
  channel: EventChannel<Message>,
  listener: ((message: Message) => void) | undefined,
  logger: Logger,
): () => void {
  if (listener === undefined) {
    return () => {};
  }
  let failed = false;
  return channel.subscribe((message) => {
    try {
      listener(message);
    } catch (error) {
      if (!failed) {
        failed = true;
        logFailure(logger, channel.name, error);
      }
    }
  });
}

function logFailure(logger: Logger, channel: string, error: unknown): void {
  try {
    logger.error({ channel, cause: encodeError(error) }, 'a telemetry listener failed; it is not reported again');
  } catch {
    // It was the log that failed, and there is nowhere else to say so.
  }
}
