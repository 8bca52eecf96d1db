import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { defineConfig, type Plugin } from 'vitest/config'

// Run from the folder of one workspace. A package's whole suite runs twice: once with `#platform` (its own and
// core's) as Node resolves it, once as a browser would. Apps run on Node only.
const isPackage = resolve('..').endsWith('packages')
// CI runs both sides on one Node and Node's on the other: what differs between them is not the version of Node.
const platforms = isPackage ? (process.env['CHARTSEAL_PLATFORMS'] ?? 'node,web').split(',') : ['node']
/** About disks and processes, which a browser does not have. */
const nodeOnly = ['test/files-*.test.ts', 'test/log-*.test.ts']

/** Vitest adds the condition `node` wherever it resolves; this takes the `default` file of an import map. */
const asBrowser: Plugin = {
  name: 'chartseal-web-platform',
  enforce: 'pre',
  resolveId(id, importer) {
    const folder = /^(.*\/packages\/[^/]+)\/dist\//.exec(importer ?? '')?.[1]
    if (!id.startsWith('#') || folder === undefined) return null
    const { imports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return join(folder, imports[id].default)
  },
}

export default defineConfig({
  test: {
    // The file is what the gate counts; a cached run restores it.
    reporters: ['default', ['json', { outputFile: 'coverage/results.json' }]],
    projects: platforms.map(platform => ({
      plugins: platform === 'web' ? [asBrowser] : [],
      test: {
        name: platform,
        include: ['test/**/*.test.ts'],
        exclude: platform === 'web' ? nodeOnly : [],
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
      // So that the gate shows a failed test as one, and not as missing coverage as well.
      reportOnFailure: true,
      // Much of an app runs in processes of its own, which this cannot see.
      thresholds: platforms.length > 1 ? { branches: 90 } : {},
    },
  },
})
