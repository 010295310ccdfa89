/** What the server was measured at one moment. */
export interface SoakSample {
  /** Since the load began. */
  readonly atMs: number;
  readonly residentBytes: number;
  /** What was in use after the last full garbage collection. `undefined`: there was none. */
  readonly liveBytes: number | undefined;
  /** How late the event loop ran its timers, 99th percentile since the sample before. */
  readonly loopDelayP99Ms: number;
  /** `undefined`: this machine does not tell. */
  readonly handles: number | undefined;
}

/** Memory in use at one moment. */
export interface MemoryPoint {
  readonly atMs: number;
  readonly bytes: number;
}

/** What memory did. */
export interface MemoryTrend {
  /** How many moments are looked at. */
  readonly points: number;
  /** Megabytes (1,000,000 bytes) a minute, by least squares. 0 with less than two points. */
  readonly slopeMbPerMinute: number;
  readonly firstMb: number;
  readonly lastMb: number;
}

const bytesPerMb = 1e6;
const msPerMinute = 60_000;

/**
 * Fits a line to memory.
 *
 * @param skippedShare - of the time from the first to the last point, at the beginning, in which a process compiles and fills its caches.
 */
export function fitMemory(all: readonly MemoryPoint[], skippedShare: number): MemoryTrend {
  const [startMs, endMs] = [all.at(0)?.atMs ?? 0, all.at(-1)?.atMs ?? 0];
  const points = all
    .filter(({ atMs }) => atMs >= startMs + (endMs - startMs) * skippedShare)
    .map(({ atMs, bytes }) => ({ x: atMs / msPerMinute, y: bytes / bytesPerMb }));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const shared = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  return {
    points: points.length,
    slopeMbPerMinute: spread === 0 ? 0 : shared / spread,
    firstMb: points.at(0)?.y ?? Number.NaN,
    lastMb: points.at(-1)?.y ?? Number.NaN,
  };
}
