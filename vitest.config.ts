import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', '.homeostat/**'],
    // Redis and Kafka, started when the first test file asks for them.
    globalSetup: ['scripts/servers/global-setup.ts'],
    // Tests that start real nodes, kill them and measure nothing: they need time, not speed.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
