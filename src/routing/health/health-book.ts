import type { Clock } from '../../core/clock.ts';
import { circuitChanged } from '../../core/events.ts';
import { Circuit, type CircuitReading, type CircuitRules, type Trial } from './circuit.ts';
import { RetryBudget, type RetryBudgetRules } from './retry-budget.ts';

/** Of whom the book is kept: a model at a provider. */
export interface HealthSubject {
  /** `provider/model`. */
  readonly id: string;
  readonly provider: { readonly id: string };
}

/**
 * What is known of how providers are, from the calls that were made. All of it is read and written at once, without waiting: a book that
 * several processes share keeps a copy in each.
 */
export interface HealthBook {
  /** The circuit of `provider/model`. Of a model that was never called it is closed. */
  read(candidateId: string): CircuitReading;
  /** Whether `provider/model` failed so often of late that calls go elsewhere. */
  isFailing(candidateId: string): boolean;
  /** Whether a call may go to `provider/model` while it could go elsewhere: it is not failing, or it is time to see whether it still is. */
  admits(candidateId: string): boolean;
  /** Whether a failed call to a provider may be made again, by the provider's retry budget. */
  mayRetry(providerId: string): boolean;
  /** Begins a try. Whoever begins it tells what came of it. */
  begin(subject: HealthSubject): Trial;
}

/** What a book goes by. */
export interface HealthRules extends CircuitRules, RetryBudgetRules {
  /** The most models that are kept in mind. Callers choose their names. Past it the one that was called longest ago is forgotten. */
  readonly maxModels: number;
}

/** What holds unless it is said otherwise: docs/routing.md explains the numbers. */
export const defaultHealthRules: HealthRules = {
  failureShare: 0.5,
  minFailures: 5,
  halfLifeMs: 15_000,
  openMs: 5000,
  maxOpenMs: 20_000,
  maxTokens: 40,
  tokensPerAnswer: 0.2,
  tokensPerSecond: 0.2,
  maxModels: 1000,
};

/** Keeps the book of this process in memory. */
export function createHealthBook(clock: Clock, rules: HealthRules = defaultHealthRules): HealthBook {
  // A Map keeps the order in which keys were set: the first is the one that was called longest ago.
  const circuits = new Map<string, { readonly circuit: Circuit; readonly provider: string }>();
  /** Providers come from the configuration, so there are not many. */
  const budgets = new Map<string, RetryBudget>();

  function openCircuit({ id, provider }: HealthSubject): Circuit {
    const known = circuits.get(id);
    if (known !== undefined) {
      circuits.delete(id);
      circuits.set(id, known);
      return known.circuit;
    }
    const circuit: Circuit = new Circuit(clock, rules, (from, to) => {
      // Tries of a model that was forgotten since may still end.
      if (circuits.get(id)?.circuit !== circuit) return;
      const { retryInMs: openMs } = circuit.read();
      circuitChanged.publish({ provider: provider.id, model: id, from, to, openMs });
    });
    circuits.set(id, { circuit, provider: provider.id });
    if (circuits.size > rules.maxModels) forgetOldest();
    return circuit;
  }

  function forgetOldest(): void {
    const [oldest] = circuits;
    if (oldest === undefined) return;
    const [model, { circuit, provider }] = oldest;
    circuits.delete(model);
    const { state } = circuit.read();
    // Whoever counts open circuits would count it for ever.
    if (state !== 'closed') {
      circuitChanged.publish({ provider, model, from: state, to: 'closed', openMs: undefined });
    }
  }

  function openBudget(provider: string): RetryBudget {
    const known = budgets.get(provider);
    if (known !== undefined) return known;
    const budget = new RetryBudget(clock, rules);
    budgets.set(provider, budget);
    return budget;
  }

  const read = (candidateId: string): CircuitReading =>
    circuits.get(candidateId)?.circuit.read() ?? { state: 'closed' };

  return {
    read,
    isFailing: (candidateId) => read(candidateId).state === 'open',
    admits: (candidateId) => circuits.get(candidateId)?.circuit.admits ?? true,
    mayRetry: (providerId) => budgets.get(providerId)?.allowsRetry ?? true,
    begin(subject) {
      const trial = openCircuit(subject).begin();
      const budget = openBudget(subject.provider.id);
      return {
        answered() {
          trial.answered();
          budget.noteAnswer();
        },
        failed(retryAfterMs) {
          trial.failed(retryAfterMs);
          budget.noteFailure();
        },
        abandoned: () => trial.abandoned(),
      };
    },
  };
}
