/** The clinic that two servers have in turn: how it is made, what befalls it, and what is found at its end. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { clinicLeafRules } from '@chartseal/audit/access'
import { encodeHex } from '@chartseal/core/encoding'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { patienceMs } from '@chartseal/testkit'
import { parseCheckpoint, parseNote, parsePolicy, parseVerifierKey, verifyLog } from '@chartseal/tlog'
import { fileStorage, folderSource } from '@chartseal/tlog/fs'
import { onTestFinished } from 'vitest'
import { invitations as invite, openPresentStore } from '../dist/clinic/setup.js'
import { backup } from '../dist/commands/backup.js'
import { verifierOf } from '../dist/commands/check-backup.js'
import { leavesOf } from '../dist/commands/log-tree.js'
import { askWitnesses } from '../dist/commands/newest-checkpoint.js'
import { dataPaths } from '../dist/data-folder.js'
import type { OpenedStore } from '../dist/store.js'
import { origin } from './api-world.js'
import { emergencyPeople } from './break-glass-world.js'
import { startWitness } from './clinic-world.js'
import { gathering } from './pair-gathering.js'
import { findingsOf, type SeenCheckpoint, writersIn } from './pair-judge.js'
import {
  askAgain,
  Books,
  emergencies,
  entries,
  grants,
  invitations,
  type Load,
  letters,
  prescriptions,
} from './pair-load.js'
import { PairPeople } from './pair-people.js'
import { medianOf, Steadiness } from './pair-steady.js'
import { Pair, strikePostgres } from './pair-world.js'
import { type Broker, startBroker, startRelay } from './relay-process.js'
import { runServer } from './server-process.js'
import { emptyTarget } from './store-world.js'

const paceMs = 400
const seldomMs = 3_000
const betweenMs = 1_500
const lookMs = 500
const roomy = ['--network-rate', '100000', '--hello-rate', '100000', '--device-rate', '100000']
const invited = { doctor: 12, pharmacist: 4, custodian: 4, auditor: 2, patient: 1_500 } as const

export interface PairReport {
  readonly lines: readonly string[]
  readonly findings: readonly string[]
}

interface Place {
  readonly data: string
  readonly url: string
  readonly logOrigin: string
  readonly policyText: string
  readonly verifierKey: string
  readonly flags: readonly string[]
  readonly relayFlags: readonly string[]
  readonly broker: Broker
  readonly store: OpenedStore
}

const world = { clock: systemClock, random: systemRandom }

/** A clinic with two witnesses, both needed, on a database of its own and a bus. */
async function newPlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-pair-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const target = await emptyTarget()
  if (!('url' in target)) throw new Error('two servers need PostgreSQL')
  const [data, policy, key] = [join(folder, 'clinic'), join(folder, 'policy'), join(folder, 'relay.key')]
  const database = ['--database-url', target.url]
  runServer('init', ['--name', 'North Street', '--data', data, '--origin', origin, ...database])
  runServer('relay-key', ['--out', key])
  const logOrigin = `${new URL(origin).host}/log`
  const { verifierKey } = await verifierOf(dataPaths(data).signingKey, logOrigin)
  const witnesses = await Promise.all(
    ['w1.example/a', 'w2.example/b'].map(one => startWitness(one, verifierKey)),
  )
  const policyText = `${witnesses.map(one => one.policyLine).join('\n')}\ngroup both 2 w1.example w2.example\nquorum both\n`
  writeFileSync(policy, policyText)
  const broker = await startBroker()
  const relayFlags = ['--nats-url', broker.url, '--relay-key', key, ...roomy]
  const flags = [
    '--data',
    data,
    ...database,
    '--data-shared',
    '1',
    '--witness-policy',
    policy,
    '--log-level',
    'error',
  ]
  const store = await openPresentStore(dataPaths(data), target.url, world)
  onTestFinished(() => store.close())
  return {
    ...{ data, url: target.url, logOrigin, policyText, verifierKey, broker, store },
    ...{ flags: [...flags, ...relayFlags], relayFlags: relayFlags.slice(0, -2) },
  }
}

/** Made beforehand: a database that is dead invites nobody. */
async function tokensFor(store: OpenedStore): Promise<Readonly<Record<string, string[]>>> {
  const tokens: Record<string, string[]> = {}
  for (const role of ['doctor', 'pharmacist', 'custodian', 'auditor', 'patient'] as const) {
    const links = await invite(store, { role, origin, count: invited[role] }, world)
    tokens[role] = links.map(link => link.slice(link.indexOf('=') + 1))
  }
  return tokens
}

export async function pairUnderLoad(forMs: number): Promise<PairReport> {
  const place = await newPlace()
  const pair = new Pair(place.flags)
  await pair.start()
  const people = new PairPeople(pair, await tokensFor(place.store))
  people.clinic.log.verifierKey = place.verifierKey
  const books = new Books()
  let isOver = false
  const load: Load = { people, books, isOver: () => isOver, paceMs }
  const { port: relayPort } = await startRelay(place.relayFlags)
  const meeting = await gathering(load, pair, await people.enrol('doctor'), relayPort)
  const watch = new Watch(load)
  const working = Promise.all([...(await everybody(load, place)), meeting.go(), watch.go()])
  // Whoever fails says why, before they are missed.
  const broken = working.then(() => new Promise<never>(() => undefined))
  broken.catch(() => undefined)
  const lines: string[] = []
  const findings: string[] = []
  try {
    lines.push(...(await Promise.race([befall(place, pair, books, forMs / 2), broken])))
    const steady = await Promise.race([goOn(place, pair, forMs / 2), broken])
    lines.push(...steady.lines)
    findings.push(...steady.findings)
  } finally {
    isOver = true
  }
  await working
  lines.push(`${await meeting.heard()} broadcasts, each heard once and in order`)
  await askAgain(load)
  findings.push(...books.wrong, ...people.faults)
  await pair.end('SIGTERM')
  findings.push(...pair.surprises.filter(one => !/store\/(failed|claimed)|data-folder\/in-use/.test(one)))
  const judged = await judge(place, books, watch.seen)
  findings.push(...judged.findings)
  const done = Object.entries(books.done).map(([what, count]) => `${count} ${what}`)
  const slow = people.outagesMs.toSorted((a, b) => a - b)
  const longest = ((slow.at(-1) ?? 0) / 1e3).toFixed(1)
  lines.push(
    `${people.answered} answers: ${done.join(', ')}`,
    `${slow.length} requests met an outage: median ${(medianOf(slow) / 1e3).toFixed(1)} s, longest ${longest} s`,
    judged.line,
  )
  return { lines, findings }
}

/** Everything at once, as on any day. */
async function everybody(load: Load, { policyText }: Place): Promise<readonly Promise<unknown>[]> {
  const { people } = load
  const [doctor, other] = [await people.enrol('doctor'), await people.enrol('doctor')]
  const [patient, reader] = [await people.enrol(), await people.enrol()]
  const pharmacists = [await people.enrol('pharmacist'), await people.enrol('pharmacist')] as const
  const reached = people.world()
  const emergency = { ...reached, ...(await emergencyPeople(reached)), policyText }
  const seldom = { ...load, paceMs: seldomMs }
  return [
    letters(load, doctor, patient),
    letters(load, patient, other),
    entries(load, other),
    grants(load, doctor, reader),
    invitations(seldom),
    emergencies(seldom, emergency),
    prescriptions(load, doctor, pharmacists),
  ]
}

/** The checkpoints that readers saw, whoever gave them. */
class Watch {
  readonly seen: SeenCheckpoint[] = []
  readonly #load: Load

  constructor(load: Load) {
    this.#load = load
  }

  async go(): Promise<void> {
    while (!this.#load.isOver()) {
      const answer = await this.#load.people.as(null, 'GET', '/log/checkpoint')
      this.seen.push(seenIn(await answer.text(), 'a reader'))
      await sleep(lookMs)
    }
  }
}

function seenIn(note: string, by: string): SeenCheckpoint {
  const { size, root } = parseCheckpoint(parseNote(note).text)
  return { size, root: encodeHex(root), by }
}

/** Each in its turn is killed or ended, until the time is over; each time all must be well again first. */
async function befall(place: Place, pair: Pair, books: Books, forMs: number): Promise<readonly string[]> {
  const { TEST_POSTGRES_PID_FILE: pidFile = '' } = process.env
  const acts: readonly (readonly [string, () => Promise<void>])[] = [
    ['the server that answered was killed', () => pair.strike('SIGKILL')],
    ['PostgreSQL was killed', () => strikePostgres(pidFile)],
    ['the server that answered was told to end', () => pair.strike('SIGTERM')],
    ['NATS was killed', () => strikeBroker(place.broker)],
    ['the server that waited was killed', () => pair.strikeWaiting()],
  ]
  const end = performance.now() + forMs
  const backMs = new Map<string, number[]>()
  for (let i = 0; performance.now() < end; i += 1) {
    const [what, act] = acts[i % acts.length] ?? acts[0] ?? ['', async () => undefined]
    const begunMs = performance.now()
    await act()
    await untilDoneAgain(books)
    backMs.set(what, [...(backMs.get(what) ?? []), performance.now() - begunMs])
    await sleep(betweenMs)
  }
  return [...backMs].map(([what, all]) => {
    const [median, longest] = [medianOf(all), Math.max(...all)].map(ms => (ms / 1e3).toFixed(1))
    return `${what} ${all.length} times: all was well again after ${median} s, at the latest after ${longest} s`
  })
}

/** Of everything that needs log, ledger and database one more is done than when it struck; what was under way may be. */
async function untilDoneAgain({ done }: Books): Promise<void> {
  const wanted = ['deposits', 'takes', 'entries', 'grants', 'prescriptions'].map(
    what => [what, (done[what] ?? 0) + 2] as const,
  )
  for (
    let leftMs = patienceMs;
    wanted.some(([what, count]) => (done[what] ?? 0) < count);
    leftMs -= lookMs / 10
  ) {
    if (leftMs < 0) throw new Error(`not everything goes on: ${JSON.stringify([wanted, done])}`)
    await sleep(lookMs / 10)
  }
}

async function strikeBroker(broker: Broker): Promise<void> {
  await broker.kill()
  await broker.startAgain()
}

/** The second half: nobody dies, a backup is made, and the server that answers is looked at. */
async function goOn({ data, url }: Place, pair: Pair, forMs: number): Promise<PairReport> {
  const steady = new Steadiness(await pair.untilAnswering())
  const end = performance.now() + forMs
  const to = mkdtempSync(join(tmpdir(), 'chartseal-pair-backup-'))
  onTestFinished(() => rmSync(to, { recursive: true, force: true }))
  const made = backup({ data, target: { url }, to, check: true, ...world })
  made.catch(() => undefined)
  while (performance.now() < end) {
    await steady.look()
    await sleep(2 * lookMs)
  }
  const { entries: inBackup } = await made
  const { line, findings } = steady.verdict()
  return { lines: [`a backup beside both, checked: ${inBackup} entries`, line], findings }
}

/** Both have ended: what they have left is read without them. */
async function judge(
  { data, store, logOrigin, verifierKey, policyText }: Place,
  { acts }: Books,
  seen: readonly SeenCheckpoint[],
): Promise<{ readonly line: string; readonly findings: readonly string[] }> {
  const { log } = dataPaths(data)
  const trust = { log: parseVerifierKey(verifierKey), rules: clinicLeafRules }
  const report = await verifyLog(folderSource(log), trust)
  const storage = await fileStorage(log).open()
  const leaves: Uint8Array[] = []
  for await (const leaf of leavesOf(storage)) leaves.push(Uint8Array.from(leaf))
  await storage.close()
  const openings = await store.db.selectFrom('openings').selectAll().where('log', '=', logOrigin).execute()
  const end = await store.db
    .selectFrom('log_ends')
    .selectAll()
    .where('log', '=', logOrigin)
    .executeTakeFirstOrThrow()
  const published = seenIn(readFileSync(join(log, 'checkpoint'), 'utf8'), 'everybody')
  const witnessed = await askWitnesses(parsePolicy(policyText), trust.log, fetch, true)
  const evidence = {
    leaves,
    checkpoints: [
      ...seen,
      published,
      ...witnessed.map(({ size, root, source }) => ({ size, root, by: source })),
    ],
    openings: openings.map(row => ({ leafIndex: row.leaf_index, salt: row.salt, entry: row.entry })),
    end: { size: end.size, root: encodeHex(new Uint8Array(end.root)), writer: end.writer },
    acts,
  }
  const findings = [...report.findings.map(String), ...findingsOf(evidence)]
  const line = `${leaves.length} entries of ${writersIn(leaves).length} writers, ${seen.length} checkpoints seen, ${witnessed.length} witnesses agree, ${openings.length} openings`
  return { line, findings }
}
