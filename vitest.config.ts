import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**'],
    testTimeout: 20_000,
    pool: 'forks',
    // Modules are loaded once by each worker and not once for each file, which takes half of the time. So a file must leave nothing behind.
    isolate: false,
    // Vitest leaves one core free by default, which is half of a small machine. Here one more than there are cores, since many tests wait.
    maxWorkers: availableParallelism() + 1,
  },
});
