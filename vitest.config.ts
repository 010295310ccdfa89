import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**'],
    testTimeout: 20_000,
    pool: 'forks',
    // Vitest leaves one core free by default, which is half of a small machine.
    maxWorkers: '100%',
  },
});
