import { totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

/** How much a process has to do, and to do it with. */
export interface LoadReading {
  /** The larger of two shares, from 0 to 1: of the heap that may be used, and of the memory that the process may take. */
  readonly memoryShare: number;
  /** How long everything that the process does has waited for its turn lately, at the least, in milliseconds. */
  readonly eventLoopDelayMs: number;
}

/** Measures the load of this process. */
export interface LoadProbe {
  /** What there is now. Cheap: some microseconds. */
  read(): LoadReading;
  /** Ends the measurement. */
  close(): void;
}

/** How often the event loop's delay is looked at, in milliseconds. */
const resolutionMs = 20;

/** How many of those looks it takes to tell a queue that stands from one long computation, or a collection of garbage. */
const minSamples = 3;

const nsPerMs = 1e6;

/**
 * Makes the probe of this process.
 *
 * What it tells of the event loop is the least delay among several turns, as CoDel does with packets (RFC 8289, section 3): a burst makes some
 * turns late, and only a process that cannot keep up makes all of them late.
 */
export function createProcessLoadProbe(): LoadProbe {
  const memoryLimitBytes = readMemoryLimitBytes();
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let eventLoopDelayMs = 0;
  return {
    read() {
      if (delay.count >= minSamples) {
        // The histogram holds the time between two looks: the interval itself is no delay.
        eventLoopDelayMs = Math.max(0, delay.min / nsPerMs - resolutionMs);
        delay.reset();
      }
      const { used_heap_size: usedBytes, heap_size_limit: heapLimitBytes } = getHeapStatistics();
      const memoryShare = Math.max(usedBytes / heapLimitBytes, process.memoryUsage.rss() / memoryLimitBytes);
      return { memoryShare, eventLoopDelayMs };
    },
    close: () => delay.disable(),
  };
}

/** What the container gives, or else the machine has. Without a limit Node tells 0, or a number beyond every machine. */
function readMemoryLimitBytes(): number {
  const constrainedBytes = process.constrainedMemory();
  const machineBytes = totalmem();
  return constrainedBytes > 0 ? Math.min(constrainedBytes, machineBytes) : machineBytes;
}
