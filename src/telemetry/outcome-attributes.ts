import type { Attributes } from '@opentelemetry/api';
import type { ErrorReason } from '../core/error-registry.ts';

/**
 * A set of attributes with and without `error.type`, each made once: a measurement allocates nothing.
 *
 * As OpenTelemetry asks, `error.type` is absent when nothing failed. Its values are the reasons of the error registry.
 */
export class OutcomeAttributes {
  readonly #success: Attributes;
  readonly #failures = new Map<ErrorReason, Attributes>();

  constructor(attributes: Attributes) {
    this.#success = attributes;
  }

  /** @param reason - `undefined` when nothing failed. */
  of(reason: ErrorReason | undefined): Attributes {
    if (reason === undefined) {
      return this.#success;
    }
    let failure = this.#failures.get(reason);
    if (failure === undefined) {
      failure = { ...this.#success, 'error.type': reason };
      this.#failures.set(reason, failure);
    }
    return failure;
  }
}
