import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

// Run from the folder of one package. Where that package, or core below it, has two platform files,
// the whole suite runs on both: once as Node resolves `#platform`, once as a browser would.
const manifest: { name: string; imports?: object } = JSON.parse(readFileSync(resolve('package.json'), 'utf8'))
const platforms = manifest.imports === undefined ? ['node'] : ['node', 'web']

export default defineConfig({
  test: {
    // The file is what the gate counts; a cached run restores it.
    reporters: ['default', ['json', { outputFile: 'coverage/results.json' }]],
    testTimeout: 60_000,
    projects: platforms.map(platform => ({
      ssr: {
        resolve: {
          conditions: platform === 'web' ? ['browser', 'import', 'default'] : ['node', 'import', 'default'],
        },
      },
      test: {
        name: platform,
        include: ['test/**/*.test.ts'],
        testTimeout: 60_000,
        env: { CHARTSEAL_PLATFORM: platform },
      },
    })),
    coverage: {
      enabled: true,
      provider: 'v8',
      include: ['dist/**/*.js'],
      exclude: ['**/*.generated.*'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { branches: 90 },
    },
  },
})
