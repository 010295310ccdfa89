import type { Clock } from '../../src/core/clock.ts';
import { createLogger, type Logger, type LogLevel } from '../../src/telemetry/logger.ts';

/** A log that a test can read. Its clock stands at 2026-01-02T03:04:05.678Z. */
export interface CapturedLog {
  readonly logger: Logger;
  /** As written, line feeds included. */
  readonly lines: string[];
  /** The lines, parsed. */
  read(): unknown[];
}

const stoppedClock: Clock = {
  nowMs: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  monotonicMs: () => 0,
  after: () => () => {},
};

export function captureLog(level: LogLevel = 'info'): CapturedLog {
  const lines: string[] = [];
  const destination = {
    write(line: string): void {
      lines.push(line);
    },
  };
  return {
    logger: createLogger({ level, destination, clock: stoppedClock }),
    lines,
    read: () => lines.map((line): unknown => JSON.parse(line)),
  };
}
