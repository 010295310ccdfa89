/**
 * Times what the server is fast at, and prints a table. The figures are of this machine and this moment: compare the ratios, which are of one
 * run.
 */
import { benchChoosing } from '../test/bench/choosing.ts';
import { benchRouters } from '../test/bench/routers.ts';

for (const { name, medianUs, ratio, ratioTo } of [...(await benchRouters()), ...(await benchChoosing())]) {
  const time = medianUs >= 1000 ? `${(medianUs / 1000).toFixed(1)} ms` : `${medianUs.toFixed(2)} µs`;
  const compared = ratio === undefined ? '' : `${ratio.toFixed(1)} x the ${ratioTo}`;
  process.stdout.write(`${name.padEnd(46)}${time.padStart(12)}  ${compared}\n`);
}
