import { type Logger, pino } from 'pino';
import type { Clock } from '../core/clock.ts';
import { LogDestination } from './log-destination.ts';
import { encodeError } from './logged-error.ts';

export type { Logger };

/** The least severe line that is written. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** What takes the lines, one at a time, each with its line feed. */
export interface LineSink {
  write(line: string): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Where the lines go. In a server: a {@link LogDestination}. */
  readonly destination: LineSink;
  readonly clock: Clock;
}

/**
 * Makes the server's log: one JSON object a line, with `level` as a word, `time` in ISO 8601 and UTC, the fields, and `msg`.
 * An error under the key `err` is logged as {@link encodeError} makes it.
 */
export function createLogger({ level, destination, clock }: LoggerOptions): Logger {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: encodeError },
    },
    destination,
  );
  if (destination instanceof LogDestination) {
    destination.onLost((lines) =>
      logger.warn({ lost_lines: lines }, 'log lines were lost, their destination took none'),
    );
  }
  return logger;
}
