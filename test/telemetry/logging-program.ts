import { systemClock } from '../../src/core/clock.ts';
import { LogDestination } from '../../src/telemetry/log-destination.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

/**
 * A program that logs and ends, for the tests of how a process ends.
 *
 * Arguments: how it ends (`exit`, `later`, `throw` or `return`), and how many lines it writes.
 */
const [, , ending, lines] = process.argv;
const logger = createLogger({
  level: 'info',
  destination: new LogDestination({ fd: 1, clock: systemClock }),
  clock: systemClock,
});
for (let line = 0; line < Number(lines); line += 1) {
  logger.info({ line, filler: 'é'.repeat(100) }, 'line');
}
if (ending === 'exit') {
  process.exit(3);
}
if (ending === 'later') {
  setImmediate(() => setImmediate(() => process.exit(3)));
}
if (ending === 'throw') {
  throw new Error('nobody catches this');
}
