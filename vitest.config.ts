import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { defineConfig, type Plugin, type TestProjectInlineConfiguration } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// Two ways to run the tests. In the folder of one workspace: each file in a process of its own, but in the gate, where
// loading the modules again for each file would take longer than the tests. From the root, as `npm test` does: the
// workspaces of CHARTSEAL_WORKSPACES in one run, on Node's side, whose files share their modules, too.
const root = fileURLToPath(new URL('.', import.meta.url))
const { CHARTSEAL_GATE, CHARTSEAL_PLATFORMS, CHARTSEAL_TEST_RESULTS, CHARTSEAL_WORKSPACES } = process.env
const folders = CHARTSEAL_WORKSPACES?.split(',') ?? [relative(root, resolve('.'))]
const isGate = CHARTSEAL_GATE === '1'
const together = CHARTSEAL_WORKSPACES !== undefined
const setup = join(root, 'scripts/lib/test-setup.mjs')
const beforeCounting = join(root, 'scripts/lib/before-counting.mjs')
const cache = join(root, 'node_modules/.cache/chartseal-tests')

// It ends what hangs. No test is judged by it: a machine that is shared may stand still for a minute.
const limitMs = 300_000
const limits = {
  testTimeout: limitMs,
  hookTimeout: limitMs,
  expect: { poll: { timeout: limitMs - 60_000 } },
}

/** What asks nothing of a platform, or is about disks and TCP, which a browser does not have, runs once. */
const oneSided: Readonly<Record<string, readonly string[]>> = {
  audit: ['fhir*', 'import*', 'receipt*', 'record-json*'],
  conformance: ['attacks*'],
  clinic: [
    'audit-folder*',
    'break-glass-*',
    'clinic-log*',
    'conference*',
    'explain*',
    'forgetting*',
    'log-making*',
    'log-signer*',
    'pasted*',
    'prescription-book*',
    'prescription-workflow*',
    'ring-folder*',
    'thread*',
  ],
  core: [
    'cbor*',
    'chunked-threads*',
    'curves-import*',
    'der*',
    'encoding*',
    'engines-*',
    'files-*',
    'frost*',
    'instant*',
    'json*',
    'merkle*',
    'small-parts*',
    'text*',
    'token-bucket*',
  ],
  'elgamal-session': ['relay*', 'v2-conference-*'],
  'emr-ledger': [
    'batch*',
    'fhir*',
    'records*',
    'runners*',
    'v2-light*',
    'v2-model*',
    'v2-node-faults*',
    'v2-node-five*',
    'v2-node-kill*',
    'v2-node-model*',
    'v2-seal-*',
    'vectors*',
    'worker-threads*',
    'wycheproof*',
  ],
  'ipfs-envelope': ['address*', 'cid-table*', 'v2-faults*', 'v2-model*', 'v2-runners*', 'v2-statements*'],
  'kdf-keyring': ['v2-model*'],
  shamir: ['*'],
  tlog: ['*'],
}
const isPackage = (folder: string): boolean => folder.startsWith('packages/')
const once = (folder: string): readonly string[] =>
  isPackage(folder) ? (oneSided[basename(folder)] ?? []) : ['*']

// The gate runs a package's suite twice, with `#platform` (its own and core's) as Node resolves it and as a browser
// would, and counts the branches that both ran.
const platforms = CHARTSEAL_PLATFORMS?.split(',') ?? (isGate ? ['node', 'web'] : ['node'])
/** Once, on the Node that runs both sides. Much of an app runs in processes of its own, in which nothing is counted. */
const isCounted = isGate && !together && platforms.length > 1 && folders.every(isPackage)

/**
 * Files that replace modules or globals, or measure memory, have a process of their own wherever they run; so do those whose
 * large pieces of memory make V8 collect, which takes a minute in a process that has run many others and two seconds in this.
 */
const asksToBeAlone = /\bvi\.(mock|doMock|resetModules|stubGlobal)\(|\bmemoryUsage\(/
const large = ['shared-vectors.test.ts', 'vector-formats.test.ts']
function aloneIn(folder: string): readonly string[] {
  const tests = join(root, folder, 'test')
  if (!existsSync(tests)) return []
  return readdirSync(tests)
    .filter(name => name.endsWith('.test.ts'))
    .filter(name => large.includes(name) || asksToBeAlone.test(readFileSync(join(tests, name), 'utf8')))
    .map(name => `test/${name}`)
}
/** The longest files start first, so that none is left over at the end; before them those that wait more than they compute. */
const longest = [
  'conferences-relays.test.ts',
  'relays-over-nats.test.ts',
  'demo.test.ts',
  'keys.test.ts',
  'message-output.test.ts',
  'pair.test.ts',
  'equality.test.ts',
  'v2-model.test.ts',
  'writer-faults.test.ts',
  'endless.test.ts',
  'reader.test.ts',
]

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

/** Of each process of tests: a project is given nothing of what stands beside the projects. */
const counting = isCounted ? ['--no-flush-bytecode', '--import', pathToFileURL(beforeCounting).href] : []
/** Not of one that is alone: it may measure memory. */
const execArgv = ['--max-semi-space-size=64', ...counting]

/** What was built is imported by Node itself: Vite would read, change and wrap each module first. */
const builtIsGiven = { deps: { external: [/\/dist\/.*\.js$/] } }
/** All but the package under test, whose branches Vitest counts. */
const othersAreGiven = (folder: string) => ({
  deps: { external: [new RegExp(`/packages/(?!${basename(folder)}/)[^/]+/dist/.*\\.js$`)] },
})

function separately(folder: string, platform: string): TestProjectInlineConfiguration[] {
  const own = isGate ? aloneIn(folder) : []
  const skipped = platform === 'web' ? once(folder).map(name => `test/${name}.test.ts`) : []
  const project = (
    name: string,
    test: { include: readonly string[]; exclude: readonly string[]; isolate: boolean },
  ): TestProjectInlineConfiguration => ({
    plugins: platform === 'web' ? [asBrowser] : [],
    test: {
      name,
      include: [...test.include],
      exclude: [...test.exclude],
      isolate: test.isolate,
      execArgv: test.isolate ? counting : execArgv,
      ...limits,
      env: { CHARTSEAL_PLATFORM: platform },
      setupFiles: [setup],
      ...(isGate && platform === 'node'
        ? { server: isPackage(folder) ? othersAreGiven(folder) : builtIsGiven }
        : {}),
    },
  })
  const most = { include: ['test/**/*.test.ts'], exclude: [...skipped, ...own], isolate: !isGate }
  const alone = { include: own, exclude: skipped, isolate: true }
  return own.length === 0
    ? [project(platform, most)]
    : [project(platform, most), project(`${platform}, alone`, alone)]
}

function jointly(folder: string): TestProjectInlineConfiguration[] {
  const own = [...aloneIn(folder)]
  const common = {
    ...limits,
    execArgv,
    env: { CHARTSEAL_PLATFORM: 'node', CHARTSEAL_FOLDER: join(root, folder) },
    setupFiles: [setup],
  }
  const shared: TestProjectInlineConfiguration = {
    root: join(root, folder),
    test: {
      ...common,
      name: folder,
      include: ['test/**/*.test.ts'],
      exclude: own,
      isolate: false,
      server: builtIsGiven,
    },
  }
  if (own.length === 0) return [shared]
  const alone = { ...common, name: `${folder}, alone`, include: own, execArgv: counting }
  return [shared, { root: join(root, folder), test: alone }]
}

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = longest.indexOf(basename(moduleId))
      return at < 0 ? longest.length : at
    }
    // Files of one project one after the other: a process goes on with the next.
    const name = ({ project }: TestSpecification): string => project.name
    return files.toSorted((a, b) => rank(a) - rank(b) || (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0))
  }
}

export default defineConfig({
  test: {
    // The file is what the gate counts; a cached run restores it.
    reporters: together
      ? [[join(root, 'scripts/lib/calm-reporter.mjs'), { outputFile: `${cache}/latest.json` }]]
      : ['default', ['json', { outputFile: CHARTSEAL_TEST_RESULTS ?? 'coverage/results.json' }]],
    projects: together
      ? folders.flatMap(jointly)
      : folders.flatMap(folder =>
          (once(folder).includes('*') ? ['node'] : platforms).flatMap(platform =>
            separately(folder, platform),
          ),
        ),
    // One more than there are cores, where some tests wait for a server or a clock and not for a core.
    ...(together || isGate ? { maxWorkers: availableParallelism() + (together ? 1 : 0) } : {}),
    ...(together ? { sequence: { sequencer: LongestFirst } } : {}),
    coverage: {
      enabled: isCounted,
      provider: 'v8',
      include: ['dist/**/*.js'],
      exclude: ['**/*.generated.*'],
      reporter: ['text-summary', 'json-summary'],
      // So that the gate shows a failed test as one, and not as missing coverage as well.
      reportOnFailure: true,
      thresholds: { branches: 90 },
    },
  },
})
