import type { LoadProbe, LoadReading } from '../../../src/wire/overload/load-probe.ts';

/** A probe that reads what the test says. At first there is no load. */
export interface ManualProbe extends LoadProbe {
  /** What is left out is no load. */
  set(load: Partial<LoadReading>): void;
  readonly isClosed: boolean;
}

export function createManualProbe(): ManualProbe {
  const idle: LoadReading = { memoryShare: 0, eventLoopDelayMs: 0 };
  let reading = idle;
  let isClosed = false;
  return {
    get isClosed() {
      return isClosed;
    },
    set(load) {
      reading = { ...idle, ...load };
    },
    read: () => reading,
    close() {
      isClosed = true;
    },
  };
}
