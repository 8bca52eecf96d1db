/** A clinic in memory, with a log, two witnesses and one request: what a server does in an emergency. */
import {
  accessCommitment,
  clinicLeafCodec,
  encodeAccessEntry,
  receipt,
  saltBytes,
} from '@chartseal/audit/access'
import {
  applyEvent,
  type EmergencyEvent,
  type EmergencyRequest,
  type EmergencySet,
  type EmergencyState,
  eventEntry,
  type GivenShare,
  markWitnessed,
  newestOf,
  releasesFor,
  replayEmergency,
  type SealedShare,
  type ShownEvent,
  type Statement,
  standingIn,
  startEmergency,
} from '@chartseal/clinic/break-glass'
import type { Roster } from '@chartseal/clinic/roster'
import { SigningKey } from '@chartseal/core/ed25519'
import { memoryKeyValue } from '@chartseal/core/memory'
import {
  cosignBy,
  cosigner,
  createWitness,
  ed25519Signer,
  mapSource,
  memoryStorage,
  openLogWriter,
  type Policy,
  parseCosignatureKey,
  parseVerifierKey,
  policyOf,
  type Trust,
} from '@chartseal/tlog'
import type { Io } from '../io.js'
import { present } from '../present.js'

const logName = 'clinic.example/log'
const numWitnesses = 2
const idBytes = 16

export interface GlassClinic {
  /** Whether its witnesses can be reached. */
  witnessesAnswer: boolean
  /** The first event of all, then others: each is in the log before anybody sees it. */
  ask(request: Statement<EmergencyRequest>): Promise<void>
  take(event: Statement<EmergencyEvent>, sealed?: SealedShare): Promise<void>
  /** What was released, for the requester alone. */
  give(kid: string): readonly GivenShare[]
  /** Asks the witnesses once more. */
  publish(): Promise<void>
  /** What it gives to everybody who may look. */
  shown(): Promise<readonly ShownEvent[]>
  /** What it knows itself. */
  state(): EmergencyState
  /** What somebody sees who believes nothing of it. */
  seen(events?: readonly ShownEvent[]): Promise<EmergencyState>
  close(): Promise<void>
}

/** The key of the log and the witnesses, as every device has pinned them. */
type Pinned = Trust & { readonly policy: Policy }

/** A log in memory whose checkpoints two witnesses cosign while `answers` says that they can be reached. */
async function openWitnessedLog({ clock, random }: Chance, answers: () => boolean) {
  const signer = ed25519Signer(logName, SigningKey.generate(random))
  const log = parseVerifierKey(signer.verifierKey)
  const witnesses = Array.from({ length: numWitnesses }, (_, i) => {
    const own = cosigner(`witness.example/g${i + 1}`, SigningKey.generate(random), clock)
    const witness = createWitness({ signer: own, logs: [log], store: memoryKeyValue() })
    return { name: own.name, verifier: parseCosignatureKey(own.verifierKey), witness }
  })
  const pinned: Pinned = { log, policy: policyOf([{ verifier: log }], witnesses, numWitnesses) }
  const wayTo = ({ name }: { readonly name: string }) => {
    const found = witnesses.find(witness => witness.name === name)
    if (found === undefined || !answers()) return null
    return (body: string) => found.witness.addCheckpoint(body)
  }
  const storage = memoryStorage()
  const cosign = cosignBy(pinned.policy, wayTo)
  const place = { storage, codec: clinicLeafCodec, origin: logName, signer }
  const writer = await openLogWriter({ ...place, clock, random, cosign })
  return { pinned, writer, receiptOf: (index: number) => receipt(mapSource(storage.files), index, pinned) }
}

type Chance = Pick<Io, 'clock' | 'random'>

export async function openGlassClinic(
  { clock, random }: Chance,
  set: Statement<EmergencySet>,
  roster: Roster,
): Promise<GlassClinic> {
  const { pinned, writer, receiptOf } = await openWitnessedLog(
    { clock, random },
    () => clinic.witnessesAnswer,
  )
  const rows: { event: Statement<EmergencyEvent>; entry: Uint8Array; salt: Uint8Array; index: number }[] = []
  const released = new Map<string, SealedShare>()
  let state: EmergencyState | null = null
  let covered = 0
  const facts = (kid: string) => ({ nowMs: clock.nowMs(), standing: standingIn(roster, kid) })
  const keep = async (next: EmergencyState, previous: Uint8Array): Promise<void> => {
    const { event, atMs } = newestOf(next)
    const { request } = next
    const entry = encodeAccessEntry(eventEntry(event, { set, request, previous, atMs }))
    const salt = random.bytes(saltBytes)
    const sum = accessCommitment(salt, entry)
    const { index } = await writer.append({ id: random.bytes(idBytes), sum })
    rows.push({ event, entry, salt, index })
    state = next
    await clinic.publish()
  }
  const clinic: GlassClinic = {
    witnessesAnswer: true,
    ask: async request => keep(startEmergency(set, request, facts(request.by)), set.hash),
    async take(event, sealed) {
      if (sealed !== undefined) released.set(event.by, sealed)
      const before = clinic.state()
      const next = applyEvent(before, event, facts(event.by))
      if (next !== before) await keep(next, newestOf(before).event.hash)
    },
    give(kid) {
      const releases = releasesFor(clinic.state(), kid, clock.nowMs())
      return releases.map(({ by }) => ({ kid: by, sealed: present(released.get(by)) }))
    },
    async publish() {
      if (!clinic.witnessesAnswer) return
      await writer.publish()
      covered = rows.length
      state = rows.reduce((known, { event }) => markWitnessed(known, event.hash), clinic.state())
    },
    async shown() {
      const shownOf = async ({ event, index, ...opening }: (typeof rows)[number], at: number) => ({
        ...{ bytes: event.bytes, ...opening },
        receipt: at < covered ? await receiptOf(index) : null,
      })
      return Promise.all(rows.map(shownOf))
    },
    state: () => present(state),
    async seen(events) {
      const { origin } = set.content
      return replayEmergency(set.bytes, events ?? (await clinic.shown()), { ...pinned, origin })
    },
    close: () => writer.close(),
  }
  return clinic
}
