import type { ObservableResult } from '@opentelemetry/api';
import type { ErrorReason } from '../core/error-registry.ts';
import { OutcomeAttributes } from './outcome-attributes.ts';

interface Group {
  readonly attributes: OutcomeAttributes;
  /** By reason; `undefined` counts what succeeded. */
  readonly counts: Map<ErrorReason | undefined, number>;
}

/**
 * Counts by one attribute and `error.type`, read when metrics are collected.
 *
 * An instrument's `add` hashes its attributes each time, which costs ten times as much as a number in a map. The attribute's
 * values must come from a fixed set, such as the protocols or the configured providers: each is kept.
 */
export class OutcomeTally {
  readonly #attributeName: string;
  readonly #groups = new Map<string, Group>();

  constructor(attributeName: string) {
    this.#attributeName = attributeName;
  }

  increment(value: string, reason: ErrorReason | undefined): void {
    let group = this.#groups.get(value);
    if (group === undefined) {
      group = { attributes: new OutcomeAttributes({ [this.#attributeName]: value }), counts: new Map() };
      this.#groups.set(value, group);
    }
    group.counts.set(reason, (group.counts.get(reason) ?? 0) + 1);
  }

  /** The callback of an observable counter. */
  readonly observe = (result: ObservableResult): void => {
    for (const { attributes, counts } of this.#groups.values()) {
      for (const [reason, count] of counts) {
        result.observe(count, attributes.of(reason));
      }
    }
  };
}
