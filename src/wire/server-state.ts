/** Whether the server takes calls. Told at /readyz and by gRPC's health service. */
export class ServerState {
  #isDraining = false;
  readonly #listeners = new Set<() => void>();

  /** Whether the server is shutting down. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** From now on the server takes no new calls. Only the first time counts. */
  startDraining(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (const listener of [...this.#listeners]) listener();
  }

  /** @returns ends the subscription. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
