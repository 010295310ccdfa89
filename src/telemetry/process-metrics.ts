import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';

const delayResolutionMs = 20;
const nsPerSecond = 1e9;
const msPerSecond = 1000;

/**
 * Adds what tells how the process does: memory, age, and whether its event loop is held up. Read when metrics are collected, but
 * for the event loop's delay, which a timer of the runtime samples 50 times a second.
 *
 * @returns ends the sampling.
 */
export function addProcessMetrics(meter: Meter): () => void {
  meter
    .createObservableUpDownCounter('process.memory.usage', {
      unit: 'By',
      description: 'Memory of the process that is in RAM (resident set size).',
    })
    .addCallback((result) => result.observe(process.memoryUsage.rss()));
  meter
    .createObservableGauge('process.uptime', { unit: 's', description: 'Time since the process started.' })
    .addCallback((result) => result.observe(process.uptime()));

  const delay = monitorEventLoopDelay({ resolution: delayResolutionMs });
  delay.enable();
  meter
    .createObservableGauge('nodejs.eventloop.delay.p99', {
      unit: 's',
      description: 'How late the event loop runs its timers, 99th percentile since the metrics were last read.',
    })
    .addCallback((result) => {
      // The histogram holds the time between two samples: the interval itself is no delay.
      const delaySeconds = delay.percentile(99) / nsPerSecond - delayResolutionMs / msPerSecond;
      delay.reset();
      result.observe(Math.max(0, delaySeconds));
    });
  return () => {
    delay.disable();
  };
}
