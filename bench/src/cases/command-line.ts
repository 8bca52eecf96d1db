/** Whole processes of the published command line beside a Node that does nothing: what a start costs. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Case, Contender, Cost } from '../measure.js'

export const nothing = 'node -e 0'
export const starts = ['--version', 'explain', 'message seal'] as const

interface Scripts {
  /** The program as it is packed, into a new folder; where it starts. */
  unpackProgram(folder: string): Promise<string>
}

const scripts = new URL('../../../scripts/lib/program.mjs', import.meta.url)
const folder = fileURLToPath(new URL('../../../node_modules/.cache/bench-program/', import.meta.url))
const meter = fileURLToPath(new URL('../../cpu-usage.cjs', import.meta.url))
const key = '2a'.repeat(32)

interface Start {
  readonly args: readonly string[]
  readonly input: string
  /** What its output must look like. */
  readonly expected: RegExp
}

/** What a user gets: in a checkout the command line is in five times as many files. */
async function unpack(): Promise<string> {
  const { unpackProgram }: Scripts = await import(scripts.href)
  rmSync(folder, { recursive: true, force: true })
  return unpackProgram(folder)
}

export async function commandLine(): Promise<readonly Case[]> {
  const main = await unpack()
  // Of the published format: version 2 hardens a passphrase first, which is to take long.
  const sealing: Start = {
    args: [main, 'message', 'seal', '--v1', '--patient', 'PAT-1', '-'],
    input: 'Take one tablet a day.',
    expected: /^\[MEDCRYPT:v1:/,
  }
  const sealed = run(sealing).stdout
  const version: Start = { args: [main, '--version'], input: '', expected: /^\d+\.\d+\.\d+/ }
  const explain: Start = {
    args: [main, 'explain', '-'],
    input: sealed,
    expected: /sealed message, version 1/,
  }
  const idle: Start = { args: ['-e', '0'], input: '', expected: /^$/ }
  const kinds: readonly Start[] = [version, explain, sealing]
  const contenders = [starter(nothing, idle), ...kinds.map((start, i) => starter(starts[i] ?? '', start))]
  return [
    {
      id: 'command-line',
      title: 'Command line, whole processes, CPU time until they exit',
      unit: 'ms',
      perUnit: 1,
      contenders,
    },
  ]
}

/** Each has another output; what is compared is that all of them gave the right one. */
function starter(name: string, start: Start): Contender {
  return {
    name,
    answer: () => Uint8Array.of(start.expected.test(run(start).stdout) ? 1 : 0),
    work: async amount => {
      const costs = Array.from({ length: amount }, () => run(start).cost)
      const sum = (of: (cost: Cost) => number): number => costs.reduce((total, cost) => total + of(cost), 0)
      return { cpuSeconds: sum(cost => cost.cpuSeconds), wallSeconds: sum(cost => cost.wallSeconds) }
    },
  }
}

function run({ args, input }: Start): { readonly stdout: string; readonly cost: Cost } {
  const start = performance.now()
  const ran = spawnSync(process.execPath, ['--require', meter, ...args], {
    input,
    encoding: 'utf8',
    env: { ...process.env, CHARTSEAL_KEY: key },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  const wallSeconds = (performance.now() - start) / 1e3
  if (ran.status !== 0) throw new Error(`a command failed: ${args.join(' ')}: ${ran.stderr}`)
  return { stdout: ran.stdout, cost: { cpuSeconds: Number(ran.output[3]), wallSeconds } }
}
