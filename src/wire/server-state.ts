import { type OverloadCause, overloadChanged } from '../core/events.ts';

/**
 * Whether the server takes calls. Told at /readyz and by gRPC's health service.
 *
 * A server that stops goes through two states: at first it is not ready and takes calls all the same, since load balancers send some until they
 * have looked; then it drains, and takes none.
 */
export class ServerState {
  #isStopping = false;
  #isDraining = false;
  #overload: OverloadCause | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #drainListeners = new Set<() => void>();

  /** Whether the server is about to shut down. Nobody should send it calls any more. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Whether the server takes no more calls, since it is shutting down. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** What the server has too little of at present. `undefined`: nothing. */
  get overload(): OverloadCause | undefined {
    return this.#overload;
  }

  /** Whether calls should be sent here. */
  get isReady(): boolean {
    return !this.#isStopping && this.#overload === undefined;
  }

  /** From now on the server is not ready. Only the first time counts. */
  startStopping(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    notify(this.#listeners);
  }

  /** From now on the server takes no new calls, and is not ready. Only the first time counts. */
  startDraining(): void {
    if (this.#isDraining) return;
    this.#isStopping = true;
    this.#isDraining = true;
    notify(this.#listeners);
    notify(this.#drainListeners);
  }

  /** Tells what the server has too little of, if anything. */
  setOverload(cause: OverloadCause | undefined): void {
    if (cause === this.#overload) return;
    this.#overload = cause;
    overloadChanged.publish({ cause });
    notify(this.#listeners);
  }

  /**
   * Tells of every change.
   *
   * @returns ends the subscription.
   */
  onChange(listener: () => void): () => void {
    return subscribe(this.#listeners, listener);
  }

  /**
   * Tells when the server begins to drain, if it has not yet.
   *
   * @returns ends the subscription.
   */
  onDrain(listener: () => void): () => void {
    return subscribe(this.#drainListeners, listener);
  }
}

function subscribe(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

function notify(listeners: ReadonlySet<() => void>): void {
  for (const listener of [...listeners]) listener();
}
