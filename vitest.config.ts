import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**'],
    testTimeout: 20_000,
    // Workers are threads on two cores; each file still gets its own module registry.
    pool: 'forks',
  },
});
