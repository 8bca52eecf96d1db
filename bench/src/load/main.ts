/**
 * `npm run bench -- load [OPTIONS]`: a conference under load on this machine, by hand. Prints what everybody has as it goes;
 * exits with 1 when somebody has lost something that nobody told them of, or got it twice.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { wordsOf } from './crowd.js'
import type { CrowdStatus } from './crowd-program.js'
import { type FaultKind, FaultProxy, faultKinds } from './fault-proxy.js'
import { flooded } from './flood.js'
import { Gathering } from './gathering.js'
import { saidMissing } from './patient.js'
import { openSilent } from './silent.js'

const counts = {
  patients: ['100', 'patients with a handshake each, who decrypt everything'],
  members: ['0', 'members beside them, who look at the numbers of frames'],
  processes: ['2', 'processes that have them'],
  seconds: ['20', 'for so long the doctor speaks'],
  every: ['500', 'milliseconds from one text to the next'],
  size: ['200', 'bytes of a text'],
  stuck: ['0', 'of them so many read nothing after a third of the time'],
  slow: ['0', 'so many read 2 ms of each 250'],
  cut: ['0', 'so many lose their connection with each text'],
  silent: ['0', 'connections beside them that never say a word'],
  flood: ['0', 'connections at a time of bad hellos, all the while'],
  skew: ['0', 'milliseconds that their clocks are ahead'],
  'fault-every': ['10', 'with --fault: every how many connections has one'],
  'fault-at': ['4', 'with --fault: at which message of the server'],
} as const
const words = {
  fault: `what happens to messages of the server: ${faultKinds.join(', ')}`,
  end: 'after half of the time the server goes, and starts again: SIGTERM or SIGKILL',
} as const

type CountName = keyof typeof counts
type Options = Readonly<Record<CountName, number>> & {
  readonly fault: FaultKind | null
  readonly end: 'SIGTERM' | 'SIGKILL' | null
}

const helpText = (): string =>
  [
    'usage: npm run bench -- load [options]',
    ...Object.entries(counts).map(([name, [usual, help]]) => `  --${name.padEnd(12)} ${help} (${usual})`),
    ...Object.entries(words).map(([name, help]) => `  --${name.padEnd(12)} ${help}`),
  ].join('\n')

function readOptions(): Options {
  const flags = Object.fromEntries(
    [...Object.keys(counts), ...Object.keys(words)].map(name => [name, { type: 'string' as const }]),
  )
  const { values } = parseArgs({ options: flags })
  const numbers = Object.fromEntries(
    Object.entries(counts).map(([name, [usual]]) => [name, wholeIn(name, String(values[name] ?? usual))]),
  )
  const fault = faultKinds.find(kind => kind === values['fault']) ?? null
  if (values['fault'] !== undefined && fault === null)
    throw new RangeError(`--fault must be one of ${faultKinds.join(', ')}`)
  const end = (['SIGTERM', 'SIGKILL'] as const).find(signal => signal === values['end']) ?? null
  if (values['end'] !== undefined && end === null) throw new RangeError('--end must be SIGTERM or SIGKILL')
  if (fault !== null && numbers['members'] !== 0)
    throw new RangeError('--fault is for patients: --members look at numbers alone, and cannot ask again')
  return { ...(numbers as Record<CountName, number>), fault, end }
}

function wholeIn(name: string, text: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw new RangeError(`--${name} must be a whole number`)
  return Number(text)
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function run(options: Options): Promise<void> {
  const { patients, members, processes, skew } = options
  const gathering = await Gathering.start({ patients, members, processes, aheadMs: skew })
  const { scene, crowd } = gathering
  const proxy =
    options.fault === null
      ? null
      : await FaultProxy.start({ to: () => scene.server.port, faultOf: faultEvery(options, options.fault) })
  const silent = await openSilent(scene, options.silent)
  try {
    if (proxy !== null) await crowd.server(proxy.port)
    if (options.flood === 0) await talk(gathering, options)
    else {
      const { port, path, source } = { ...scene.server, path: scene.path, source: scene.assembly.source }
      const order = { port, path, source, connections: options.flood }
      const { hellos, seconds } = await flooded(order, 1, () => talk(gathering, options))
      say(`flood: ${Math.round(hellos / seconds)} bad hellos in a second`)
    }
    if (proxy !== null) say(`faults: ${proxy.made}`)
    if (options.silent > 0) say(`silent: the server has ended ${silent.ended()} of ${options.silent}`)
  } finally {
    silent.end()
    proxy?.end()
    await gathering.end()
  }
}

function faultEvery({ 'fault-every': every, 'fault-at': message }: Options, kind: FaultKind) {
  return (connection: number) => (connection % Math.max(1, every) === 0 ? { kind, message } : null)
}

async function talk(gathering: Gathering, options: Options): Promise<void> {
  const { crowd, doctor, scene } = gathering
  const start = performance.now()
  const part = (): number => (performance.now() - start) / 1e3 / options.seconds
  await crowd.order('join')
  await crowd.order('slow', options.slow)
  let isStuck = false
  let hasEnded = options.end === null
  while (part() < 1) {
    doctor.say(options.size)
    await sleep(options.every)
    if (options.cut > 0) await crowd.order('cut', options.cut)
    if (!isStuck && part() > 1 / 3) {
      isStuck = true
      await crowd.order('pause', options.stuck)
    }
    if (!hasEnded && part() > 1 / 2) {
      hasEnded = true
      const at = performance.now()
      await (options.end === 'SIGKILL' ? scene.killed() : scene.stopped())
      await scene.startAgain()
      say(`${options.end}: the server was there again after ${Math.round(performance.now() - at)} ms`)
    }
    tell(await crowd.look(doctor.last), doctor.last)
  }
}

function tell(status: CrowdStatus, last: number): void {
  const waits = status.waitsMs.toSorted((a, b) => a - b)
  const p99 = waits[Math.floor(waits.length * 0.99)]
  say(
    `text ${last}: ${waits.length} patients have it${p99 === undefined ? '' : `, 99 of 100 in ${p99} ms`}; ${wordsOf(status)}`,
  )
  if (status.doubled + status.unreadable > 0 || status.lost > (status.events[saidMissing] ?? 0))
    process.exitCode = 1
}

try {
  if (process.argv.includes('--help')) say(helpText())
  else await run(readOptions())
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 2
}
