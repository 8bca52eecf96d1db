import { readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { defineConfig, type Plugin } from 'vitest/config'

// Run from the folder of one workspace. A package's suite runs twice: once with `#platform` (its own and core's) as
// Node resolves it, once as a browser would. Apps run on Node only.
const isPackage = resolve('..').endsWith('packages')
/** What asks nothing of a platform, or is about disks, which a browser does not have, runs once. */
const oneSided: Readonly<Record<string, readonly string[]>> = {
  audit: ['fhir*', 'import*', 'receipt*', 'record-json*'],
  clinic: ['explain*', 'forgetting*', 'pasted*', 'ring-folder*', 'thread*'],
  core: [
    'cbor*',
    'der*',
    'encoding*',
    'engines-*',
    'files-*',
    'instant*',
    'json*',
    'merkle*',
    'small-parts*',
    'text*',
  ],
  'emr-ledger': ['batch*', 'records*', 'runners*', 'vectors*', 'wycheproof*'],
  'kdf-keyring': ['v2-model*'],
  shamir: ['*'],
  tlog: ['*'],
}
const once = isPackage ? (oneSided[basename(resolve('.'))] ?? []) : ['*']
// CI runs both sides on one Node and Node's on the other: what differs between them is not the version of Node.
const asked = (process.env['CHARTSEAL_PLATFORMS'] ?? 'node,web').split(',')
const platforms = once.includes('*') ? ['node'] : asked

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
        exclude: platform === 'web' ? once.map(name => `test/${name}.test.ts`) : [],
        testTimeout: 60_000,
        env: { CHARTSEAL_PLATFORM: platform },
      },
    })),
    coverage: {
      // Counted once, on the Node that runs both sides.
      enabled: asked.length > 1,
      provider: 'v8',
      include: ['dist/**/*.js'],
      exclude: ['**/*.generated.*'],
      reporter: ['text-summary', 'json-summary'],
      // So that the gate shows a failed test as one, and not as missing coverage as well.
      reportOnFailure: true,
      // Much of an app runs in processes of its own, which this cannot see.
      thresholds: isPackage ? { branches: 90 } : {},
    },
  },
})
