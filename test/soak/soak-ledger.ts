import { errorRegistry } from '../../src/core/error-registry.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { canonicalText } from '../support/faults/canonical-answer.ts';
import type { MetricFamily } from '../telemetry/prometheus-text.ts';
import type { SoakClient, SoakEnd } from './soak-client.ts';

/** A call as the load saw it. */
export interface ClientCall extends SoakEnd {
  readonly protocol: SoakClient['protocol'];
  readonly isStreamed: boolean;
  /** How many requests the providers got for it. */
  readonly providerRequests: number;
}

/** How often calls ended in which way. */
export interface SoakTally {
  readonly calls: number;
  readonly answered: number;
  readonly left: number;
  readonly failed: number;
  /** Turned away before they were calls. */
  readonly rejected: number;
}

/** A call as the server's log has it. */
interface LoggedCall {
  readonly protocol: string;
  readonly isStreamed: boolean;
  /** `undefined`: it succeeded. */
  readonly reason: string | undefined;
  readonly attempts: number;
}

/** How many problems are kept: the first ones say what is wrong. */
const maxProblems = 50;

/**
 * Holds what the clients saw against what the server says of it, call by call. What agrees is forgotten, so that it can go on for days; what has
 * no other side in the end is a problem.
 */
export class SoakLedger {
  readonly #clientCalls = new Map<string, ClientCall>();
  readonly #loggedCalls = new Map<string, LoggedCall>();
  /** Calls that ended before the client was told their id, by what they have in common with their line of the log. */
  readonly #namelessCalls = new Map<string, number>();
  /** Calls and refusals in the log, by the labels of their metric. */
  readonly #loggedCounts = { calls: new Map<string, number>(), rejections: new Map<string, number>() };
  readonly #tally = { calls: 0, answered: 0, left: 0, failed: 0, rejected: 0 };
  #loggedCount = 0;
  #badRequests = 0;
  readonly #problems: string[] = [];

  get tally(): SoakTally {
    return this.#tally;
  }

  /** Whether the log has as many calls as the clients made. */
  get isEven(): boolean {
    return this.#tally.calls === this.#loggedCount;
  }

  /** Sentences on what was wrong. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  addProblem(problem: string): void {
    if (this.#problems.length < maxProblems) this.#problems.push(problem);
  }

  addBadRequest(): void {
    this.#badRequests += 1;
  }

  /** Takes the end of a call as the client saw it. */
  addClientCall(call: ClientCall): void {
    const { kind, generationId, text, reason } = call;
    if (kind === 'broken') this.addProblem(`a ${call.protocol} call ended without an answer or an error: ${reason}`);
    else this.#tally[kind] += 1;
    this.#tally.calls += 1;
    const isWhole = kind === 'answered' ? text === canonicalText : canonicalText.startsWith(text);
    if (!isWhole) this.addProblem(`a ${call.protocol} call ${kind} with the text ${JSON.stringify(text)}`);
    if (generationId === undefined) {
      if (kind !== 'left') this.addProblem(`a ${call.protocol} call ${kind} (${reason}) without a generation id`);
      add(this.#namelessCalls, keyOf(call.protocol, call.isStreamed, 'CALL_CANCELLED'));
      return;
    }
    const logged = this.#loggedCalls.get(generationId);
    if (logged === undefined) this.#clientCalls.set(generationId, call);
    else this.#settle(generationId, call, logged);
  }

  /** Takes a line of the server's log. */
  addLogLine(line: JsonObject): void {
    const { msg, level, generation_id: id, protocol, stream, error_reason: reason, attempts } = line;
    if (level === 'error' || level === 'fatal') this.addProblem(`the log has an error: ${JSON.stringify(line)}`);
    if (msg === 'request rejected') {
      this.#tally.rejected += 1;
      add(this.#loggedCounts.rejections, `${String(protocol)} ${String(reason)}`);
    }
    if (msg !== 'call answered' && msg !== 'call failed') return;
    this.#loggedCount += 1;
    add(this.#loggedCounts.calls, `${String(protocol)} ${String(reason ?? '')}`);
    const generationId = String(id);
    const logged: LoggedCall = {
      protocol: String(protocol),
      isStreamed: stream === true,
      reason: typeof reason === 'string' ? reason : undefined,
      attempts: Array.isArray(attempts) ? attempts.length : 0,
    };
    if (this.#loggedCalls.has(generationId)) this.addProblem(`the log has two lines for the call ${generationId}`);
    const call = this.#clientCalls.get(generationId);
    if (call === undefined) this.#loggedCalls.set(generationId, logged);
    else this.#settle(generationId, call, logged);
  }

  /** Holds both sides against each other once everything has ended. */
  close(metrics: readonly MetricFamily[]): void {
    for (const [id, { protocol, kind }] of this.#clientCalls) {
      this.addProblem(`the log has no line for the ${protocol} call ${id}, which the client saw ${kind}`);
    }
    const rest = new Map(this.#namelessCalls);
    for (const { protocol, isStreamed, reason } of this.#loggedCalls.values()) {
      add(rest, keyOf(protocol, isStreamed, reason ?? ''), -1);
    }
    for (const [key, count] of rest) {
      if (count > 0) this.addProblem(`the log lacks ${count} lines of calls that ${key}`);
      if (count < 0) this.addProblem(`the log has ${-count} lines too many of calls that ${key}`);
    }
    if (this.#badRequests !== this.#tally.rejected) {
      this.addProblem(
        `${this.#badRequests} requests were bad, and the log has ${this.#tally.rejected} that were turned away`,
      );
    }
    this.#compareCounts('signalbox_calls_total', this.#loggedCounts.calls, metrics);
    this.#compareCounts('signalbox_requests_rejected_total', this.#loggedCounts.rejections, metrics);
    for (const name of ['signalbox_calls_in_flight', 'signalbox_streams_in_flight', 'signalbox_calls_queued']) {
      for (const { value, labels } of samplesOf(metrics, name)) {
        if (value !== 0) this.addProblem(`${name} is ${value} in the end: ${JSON.stringify(labels)}`);
      }
    }
  }

  #settle(id: string, { protocol, kind, isStreamed, reason, providerRequests }: ClientCall, logged: LoggedCall): void {
    this.#clientCalls.delete(id);
    this.#loggedCalls.delete(id);
    const told = `the call ${id}, which its ${protocol} client saw ${kind} ${reason ?? ''}, is in the log as ${JSON.stringify(logged)}`;
    if (logged.protocol !== protocol || logged.isStreamed !== isStreamed) this.addProblem(told);
    // An answer that was under way to the end when the client left may have got there.
    if (kind === 'left' && logged.reason !== undefined && logged.reason !== 'CALL_CANCELLED') this.addProblem(told);
    if (kind === 'answered' && logged.reason !== undefined) this.addProblem(told);
    // An attempt need not reach its provider, but each request that did is one.
    if (kind === 'answered' && logged.attempts < providerRequests) {
      this.addProblem(`${told}, and the providers got ${providerRequests} requests for it`);
    }
    // REST tells a provider's refusal by the provider's own code.
    const isComparable = reason !== undefined && Object.hasOwn(errorRegistry, reason);
    if (kind === 'failed' && (logged.reason === undefined || (isComparable && logged.reason !== reason))) {
      this.addProblem(told);
    }
  }

  #compareCounts(name: string, logged: ReadonlyMap<string, number>, metrics: readonly MetricFamily[]): void {
    const rest = new Map(logged);
    for (const { labels, value } of samplesOf(metrics, name)) {
      add(rest, `${labels['signalbox_protocol']} ${labels['error_type'] ?? ''}`, -value);
    }
    for (const [key, count] of rest) {
      if (count !== 0) this.addProblem(`${name} and the log differ by ${count} for ${key}`);
    }
  }
}

function samplesOf(metrics: readonly MetricFamily[], name: string): MetricFamily['samples'] {
  return metrics.find((family) => family.name === name)?.samples ?? [];
}

function keyOf(protocol: string, isStreamed: boolean, reason: string): string {
  return `came by ${protocol}, ${isStreamed ? 'streamed' : 'whole'}, and ended with ${reason === '' ? 'an answer' : reason}`;
}

function add(counts: Map<string, number>, key: string, count = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

/** A value of a gauge without labels. */
export function readGauge(metrics: readonly MetricFamily[], name: string): number {
  const [sample] = samplesOf(metrics, name);
  if (sample === undefined) throw new Error(`the server has no metric ${name}`);
  return sample.value;
}
