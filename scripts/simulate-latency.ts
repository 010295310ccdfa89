/**
 * Prints the tables of docs/latency.md: `node scripts/simulate-latency.ts`. They come from a simulation that its seeds decide, so that they are
 * the same everywhere; a test holds the page to them.
 */
import { renderLatencyTables } from '../test/catalog/speed/latency-table.ts';

process.stdout.write(renderLatencyTables());
