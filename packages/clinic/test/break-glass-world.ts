/** A clinic with a log and witnesses in memory: it does what a server does, log first, and can die in between. */
import { accessCommitment, clinicLeafCodec, encodeAccessEntry } from '@chartseal/audit/access'
import {
  applyEvent,
  type EmergencyEvent,
  type EmergencyRequest,
  type EmergencySet,
  type EmergencyState,
  encodeParcel,
  eventEntry,
  type GivenShare,
  type HistoryOptions,
  makeClosed,
  makeDenial,
  makeEmergencyRequest,
  makeOpened,
  makeRelease,
  makeReviewed,
  newestOf,
  openReleased,
  parseReleaseParcel,
  phaseAt,
  releasesFor,
  replayEmergency,
  restoreEmergency,
  type SealedShare,
  type ShownEvent,
  type Statement,
  sealedHashOf,
  setEntry,
  standingIn,
  startEmergency,
} from '@chartseal/clinic/break-glass'
import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import { inclusionProof, leafHash, treeRoot } from '@chartseal/core/merkle'
import { systemRandom } from '@chartseal/core/system'
import { fixedClock } from '@chartseal/testkit'
import {
  cosigner,
  ed25519Signer,
  formatCheckpoint,
  formatProof,
  parseCosignatureKey,
  parseVerifierKey,
  policyOf,
  signNote,
} from '@chartseal/tlog'
import {
  doctor,
  minuteMs,
  origin,
  type Person,
  policy,
  roster,
  type SetChanges,
  type SetForTest,
  seeded,
  setWith,
  startMs,
} from './break-glass-people.js'

const logName = 'clinic.example/log'
const logSigner = ed25519Signer(logName, seeded(21))
const clock = fixedClock(startMs)
const witnesses = [31, 32, 33].map(seed => cosigner(`witness-${seed}.example`, seeded(seed), clock))
const known = witnesses.map(({ name, verifierKey }) => ({ name, verifier: parseCosignatureKey(verifierKey) }))

/** What every device has pinned: the key of the log, and two of three witnesses. */
export const pinned: HistoryOptions = {
  origin,
  log: parseVerifierKey(logSigner.verifierKey),
  policy: policyOf([], known, 2, { allowWeak: true }),
}

interface Opening {
  readonly entry: Uint8Array
  readonly salt: Uint8Array
}

/** A log of leaves, whose checkpoints as many witnesses cosign as are told to. */
class TestLog {
  readonly leaves: Uint8Array[] = []
  #note = ''
  #size = 0

  async append({ entry, salt }: Opening, atMs: number): Promise<number> {
    const content = { id: systemRandom.bytes(16), sum: accessCommitment(salt, entry) }
    return this.leaves.push(await clinicLeafCodec.encode(content, this.leaves.length, atMs)) - 1
  }

  /** Where the commitment of this entry stands, -1 for nowhere. */
  find({ entry, salt }: Opening): number {
    const sum = encodeHex(accessCommitment(salt, entry))
    return this.leaves.findIndex(leaf => encodeHex(leaf).includes(sum))
  }

  publish(numWitnesses: number): void {
    const root = treeRoot(this.leaves.map(leaf => leafHash(leaf)))
    this.#size = this.leaves.length
    const text = formatCheckpoint({ origin: logName, size: this.#size, root, extensions: [] })
    this.#note = signNote(text, [logSigner, ...witnesses.slice(0, numWitnesses)])
  }

  receipt(index: number): string | null {
    const extra = this.leaves[index]
    if (index >= this.#size || extra === undefined) return null
    const hashes = inclusionProof(
      this.leaves.slice(0, this.#size).map(leaf => leafHash(leaf)),
      index,
    )
    return formatProof({ extra, index, hashes, checkpoint: this.#note })
  }
}

/** The process died. */
export class Died extends Error {}

interface Row extends Opening {
  readonly event: Statement<EmergencyEvent>
  readonly atMs: number
  readonly index: number
}

interface Note extends Opening {
  readonly event: Statement<EmergencyEvent>
  readonly atMs: number
  readonly requestName: string
  readonly sealed: SealedShare | null
}

interface Case {
  readonly set: Statement<EmergencySet>
  readonly request: Statement<EmergencyRequest>
  readonly rows: Row[]
  readonly sealed: Map<string, SealedShare>
}

const nameOf = (hash: Uint8Array): string => encodeHex(hash)

/** What a server keeps and does; nothing but `log`, `sets`, `cases` and `notes` outlives it. */
export class TestClinic {
  readonly log: TestLog = new TestLog()
  readonly sets: Map<string, Statement<EmergencySet>> = new Map()
  readonly cases: Map<string, Case> = new Map()
  readonly notes: Note[] = []
  /** How many witnesses answer. */
  numWitnesses = 3
  nowMs: number = startMs
  /** How far the clock of its log is behind its own. */
  logBehindMs = 0
  /** Where it dies next. */
  diesAt: 'noted' | 'logged' | null = null

  async addSet({ set }: SetForTest): Promise<void> {
    this.sets.set(nameOf(set.hash), set)
    await this.log.append(
      { entry: encodeAccessEntry(setEntry(set)), salt: systemRandom.bytes(32) },
      this.nowMs,
    )
  }

  /** Takes whatever a device sends, log first, and publishes. */
  async take(event: Statement<EmergencyEvent>, sealed: SealedShare | null = null): Promise<void> {
    const { content } = event
    const facts = { nowMs: this.nowMs, standing: standingIn(roster, event.by) }
    const requestName = nameOf(content.kind === 'request' ? event.hash : content.request)
    const before = this.cases.has(requestName) ? this.state(requestName) : null
    const set = content.kind === 'request' ? this.sets.get(nameOf(content.set)) : before?.set
    if (set === undefined) throw new Error('unknown')
    const after =
      before === null && content.kind === 'request'
        ? startEmergency(set, { ...event, content }, facts)
        : before === null
          ? null
          : applyEvent(before, event, facts)
    if (after === null) throw new Error('unknown')
    if (after !== before) await this.#keep(requestName, before, after, sealed)
    this.publish()
  }

  async #keep(
    requestName: string,
    before: EmergencyState | null,
    { set, request, events }: EmergencyState,
    sealed: SealedShare | null,
  ): Promise<void> {
    const { event, atMs } = events.at(-1) ?? fail()
    const previous = before === null ? set.hash : newestOf(before).event.hash
    const { isOfficer } = standingIn(roster, event.by)
    const entry = encodeAccessEntry(eventEntry(event, { set, request, previous, atMs, isOfficer }))
    const note = { event, atMs, entry, salt: systemRandom.bytes(32), requestName, sealed }
    this.notes.push(note)
    this.#die('noted')
    const index = await this.log.append(note, this.nowMs - this.logBehindMs)
    this.#die('logged')
    this.#finish(note, index)
  }

  #die(point: 'noted' | 'logged'): void {
    if (this.diesAt !== point) return
    this.diesAt = null
    throw new Died()
  }

  #finish(note: Note, index: number): void {
    const { event, requestName, sealed } = note
    const { content } = event
    if (content.kind === 'request') {
      const set = this.sets.get(nameOf(content.set)) ?? fail()
      const rows: Row[] = []
      this.cases.set(requestName, { set, request: { ...event, content }, rows, sealed: new Map() })
    }
    const one = this.cases.get(requestName) ?? fail()
    one.rows.push({ ...note, index })
    if (sealed !== null) one.sealed.set(event.by, sealed)
    this.notes.splice(this.notes.indexOf(note), 1)
  }

  /** After it died: what the log has was taken, everything else never was. */
  restart(): void {
    for (const note of [...this.notes]) {
      const index = this.log.find(note)
      if (index < 0) this.notes.splice(this.notes.indexOf(note), 1)
      else this.#finish(note, index)
    }
    this.publish()
  }

  publish(): void {
    this.log.publish(this.numWitnesses)
  }

  state(requestName: string): EmergencyState {
    const { set, request, rows } = this.cases.get(requestName) ?? fail()
    const taken = rows.map(row => ({
      ...row,
      isWitnessed: this.#isWitnessed(row),
      isOfficer: standingIn(roster, row.event.by).isOfficer,
    }))
    const [first, ...others] = taken
    return restoreEmergency(set, { ...(first ?? fail()), event: request }, others)
  }

  /** A server judges receipts as everybody does. */
  #isWitnessed({ index }: Row): boolean {
    return this.log.receipt(index) !== null && this.numWitnesses >= policy.witnesses
  }

  show(requestName: string): { readonly set: Uint8Array; readonly events: readonly ShownEvent[] } {
    const { set, rows } = this.cases.get(requestName) ?? fail()
    const events = rows.map(({ event, entry, salt, index }) => ({
      ...{ bytes: event.bytes, entry, salt },
      receipt: this.log.receipt(index),
    }))
    return { set: set.bytes, events }
  }

  /** As a device sees it, which believes nothing. */
  seen(requestName: string, options: Partial<HistoryOptions> = {}): EmergencyState {
    const { set, events } = this.show(requestName)
    return replayEmergency(set, events, { ...pinned, ...options })
  }

  /** What opening gives. */
  give(requestName: string, kid: string): readonly GivenShare[] {
    const { sealed } = this.cases.get(requestName) ?? fail()
    return releasesFor(this.state(requestName), kid, this.nowMs).map(({ by, content }) => {
      const share = sealed.get(by) ?? fail()
      if (!equal(sealedHashOf(share), content.share)) throw new Error('another share')
      return { kid: by, sealed: share }
    })
  }
}

const requestName = ({ hash }: Statement<EmergencyRequest>): string => nameOf(hash)
function fail(): never {
  throw new Error('internal: there is none')
}

/** A clinic where a doctor has asked for the record of a set. */
export async function asked(changes: SetChanges = {}) {
  const made = await setWith(changes)
  const clinic = new TestClinic()
  await clinic.addSet(made)
  const world = () => ({ clock: fixedClock(clinic.nowMs), random: systemRandom, roster })
  const asking = {
    ...({ reason: 'BTG', text: 'unconscious, no history known' } as const),
    ...{ decideByMs: startMs + 20 * minuteMs, accessUntilMs: startMs + 120 * minuteMs },
  }
  const { statement: request, secret } = await makeEmergencyRequest(doctor, made.set, asking, world())
  await clinic.take(request)
  const name = requestName(request)
  const release = async (person: Person) => {
    const parcel = await makeRelease(person, clinic.seen(name), made.shareOf(person), world())
    const { statement, shares } = parseReleaseParcel(encodeParcel(parcel))
    await clinic.take(statement, shares[0])
  }
  const deny = async (person: Person) => clinic.take(await makeDenial(person, request, 'no', world()))
  const open = async () => {
    await clinic.take(await makeOpened(doctor, clinic.seen(name), world()))
    return openReleased(clinic.seen(name), clinic.give(name, doctor.kid), secret)
  }
  const close = async (person: Person) =>
    clinic.take(await makeClosed(person, clinic.seen(name), 'done', world()))
  const review = async (person: Person) =>
    clinic.take(await makeReviewed(person, clinic.seen(name), { verdict: 'justified', text: '' }, world()))
  const phase = () => phaseAt(clinic.seen(name), clinic.nowMs)
  const passes = (minutes: number) => {
    clinic.nowMs += minutes * minuteMs
  }
  return { ...made, clinic, request, secret, name, world, release, deny, open, close, review, phase, passes }
}
