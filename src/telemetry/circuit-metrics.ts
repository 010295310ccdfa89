import type { Meter, ObservableCallback } from '@opentelemetry/api';
import type { CircuitChange } from '../core/events.ts';

/** What is counted of one provider's circuits. */
interface CircuitCounts {
  open: number;
  openings: number;
}

/**
 * Makes the metrics of circuits. They count by provider: callers choose the names of models, and the log has each.
 *
 * @returns what they are fed with.
 */
export function createCircuitMetrics(meter: Meter): (change: CircuitChange) => void {
  const byProvider = new Map<string, CircuitCounts>();
  const observe =
    (pick: (counts: CircuitCounts) => number): ObservableCallback =>
    (result) => {
      for (const [provider, counts] of byProvider) result.observe(pick(counts), { 'gen_ai.provider.name': provider });
    };
  meter
    .createObservableUpDownCounter('signalbox.circuits.open', {
      unit: '{model}',
      description: 'Models that are passed over at present since they keep failing.',
    })
    .addCallback(observe(({ open }) => open));
  meter
    .createObservableCounter('signalbox.circuit.openings', {
      unit: '{opening}',
      description: 'How often models came to be passed over, failed probes included.',
    })
    .addCallback(observe(({ openings }) => openings));

  return ({ provider, from, to }) => {
    const counts = byProvider.get(provider) ?? { open: 0, openings: 0 };
    byProvider.set(provider, counts);
    counts.open += Number(to !== 'closed') - Number(from !== 'closed');
    counts.openings += Number(to === 'open');
  };
}
