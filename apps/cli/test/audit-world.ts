/** A log, servers that a test ends, and records. */
import { run } from '../dist/run.js'
import { cli, cliJson, emptyFolder, noonMs, type Ran, Sink, type World, worldIo } from './cli.js'

export const origin = 'clinic.example/audit'

export interface LogWorld {
  readonly cwd: string
  run(args: readonly string[], more?: World): Promise<Ran>
  json(args: readonly string[], more?: World): Promise<Record<string, unknown>>
}

/** A folder with a log named `audit`, and its verifier key. */
export async function logWorld(): Promise<LogWorld & { readonly key: string }> {
  const cwd = emptyFolder()
  let nowMs = noonMs
  const clock = { nowMs: () => nowMs++ }
  const world: World = { cwd, clock }
  const here: LogWorld = {
    cwd,
    run: (args, more = {}) => cli(['audit', ...args], { ...world, ...more }),
    json: (args, more = {}) => cliJson(['audit', ...args], { ...world, ...more }),
  }
  const { verifier_key: key } = await here.json(['init', '--origin', origin, 'audit'])
  return { ...here, key: `${key}` }
}

export function recordLine(patient: string | null, more: object = {}): string {
  const what = { actor: 'Dr. Okafor', action: 'read', patient, source: 'ward 3', purpose_of_use: ['TREAT'] }
  return JSON.stringify({ ...what, resource: 'Observation/7', ...more })
}

export async function appended(
  world: LogWorld,
  ...patients: readonly string[]
): Promise<Record<string, unknown>> {
  const lines = patients.map(patient => `${recordLine(patient)}\n`).join('')
  return world.json(['append', 'audit'], { stdin: lines })
}

/** A command that serves until the test lets it end; what it printed before it listened. */
export async function served(
  cwd: string,
  args: readonly string[],
): Promise<{ readonly url: string; readonly told: string; stop(): Promise<number> }> {
  const [stdout, stderr] = [new Sink(), new Sink()]
  let interrupt = (): void => undefined
  const io = {
    ...worldIo({ cwd }, stdout, stderr),
    onInterrupt: (stop: () => void) => {
      interrupt = stop
      return () => undefined
    },
  }
  const running = run(['audit', ...args, '--port', '0'], io)
  for (;;) {
    const url = /at (http:\/\/\S+)/.exec(stdout.text)?.[1]
    if (url !== undefined) {
      const stop = (): Promise<number> => {
        interrupt()
        return running
      }
      return { url, told: stdout.text, stop }
    }
    await new Promise(resolve => setImmediate(resolve))
  }
}
