import type { Meter } from '@opentelemetry/api';
import type { CallShed, QueueChange } from '../core/events.ts';
import type { EventSink } from './event-sink.ts';

/**
 * Makes the metrics of overload. Whether there is one shows in what is shed, and at /readyz.
 *
 * @returns what they are fed with.
 */
export function createOverloadMetrics(
  meter: Meter,
): Required<Pick<EventSink, 'callShed' | 'queueChanged' | 'overloadChanged'>> {
  let queued = 0;
  // Every cause from the start, so that the first one to count shows as an increase.
  const shed: Record<CallShed['cause'], number> = { calls: 0, queue_timeout: 0, memory: 0, event_loop: 0 };
  meter
    .createObservableUpDownCounter('signalbox.calls.queued', {
      unit: '{call}',
      description: 'Calls that wait for a place, since as many run as may.',
    })
    .addCallback((result) => result.observe(queued));
  meter
    .createObservableCounter('signalbox.calls.shed', {
      unit: '{call}',
      description: 'Calls that were turned away since the server had more to do than it could.',
    })
    .addCallback((result) => {
      for (const [cause, count] of Object.entries(shed)) result.observe(count, { 'signalbox.shed.cause': cause });
    });

  return {
    callShed({ cause }: CallShed) {
      shed[cause] += 1;
    },
    queueChanged({ change }: QueueChange) {
      queued += change;
    },
    overloadChanged() {},
  };
}
