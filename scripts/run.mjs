/**
 * The launcher behind `npm start` and `npm run demo|docs|test|verify|bench|pack|chartseal`: installs what the lockfile names, builds,
 * then runs the task. It needs Node and npm and nothing else; warm runs need no network.
 */
import { join } from 'node:path'
import { prepare } from './lib/prepare.mjs'
import { become, childEnv } from './lib/process.mjs'
import { root } from './lib/workspace.mjs'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Chartseal needs Node 20.19 or newer; this is Node ${process.versions.node}.\n`)
  process.exit(1)
}

const node = (script, ...args) =>
  become(
    process.execPath,
    [join(root, script), ...args],
    childEnv({ INIT_CWD: process.env.INIT_CWD ?? process.cwd() }),
  )

/** Of the bench, what is no group. */
const byHand = {
  browser: 'bench/browser/main.mjs',
  load: 'bench/dist/load/main.js',
  timing: 'bench/dist/timing/main.js',
}

const tasks = {
  chartseal: args => node('apps/cli/dist/main.js', ...args),
  demo: args => node('apps/demo/dist/main.js', ...args),
  docs: args => node('apps/site/dist/main.js', ...args),
  // Lines of JSON are for a clinic that runs; `npm start` is for somebody who looks at its address.
  start: args => {
    const { CHARTSEAL_LOG_LEVEL: level = 'warn' } = process.env
    return node('apps/server/dist/main.js', 'serve', '--demo', '--log-level', level, ...args)
  },
  test: async args => {
    const { runTests } = await import('./lib/test.mjs')
    process.exitCode = runTests(args)
  },
  // What the gate does instead; the arguments are folders that it leaves out.
  gate: async but => {
    const { runGate } = await import('./lib/test.mjs')
    process.exitCode = await runGate(but)
  },
  install: () => undefined,
  pack: args => node('scripts/pack.mjs', ...args),
  verify: args => node('scripts/verify.mjs', ...args),
  bench: ([group, ...args]) =>
    Object.hasOwn(byHand, group ?? '')
      ? node(byHand[group], ...args)
      : node('bench/dist/main.js', ...(group === undefined ? [] : [group, ...args])),
}

// Nothing is built for `install`; `verify` goes on after a failed build and reports all of it; and its tests (`gate`) find
// built what other steps read at the same time.
const buildsItself = new Set(['install', 'verify', 'gate'])

const [name, ...args] = process.argv.slice(2)
const task = Object.hasOwn(tasks, name ?? '') ? tasks[name] : undefined
if (task === undefined) {
  process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(tasks).join('|')} [arguments]\n`)
  process.exitCode = 2
} else if (prepare({ installOnly: buildsItself.has(name) })) await task(args)
else process.exitCode = 1
