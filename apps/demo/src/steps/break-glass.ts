/** Step: at night somebody who was given nothing needs one record, and a quorum of custodians decides. */
import {
  createCustodyKey,
  type EmergencyRequest,
  makeClosed,
  makeDenial,
  makeEmergencyRequest,
  makeEmergencySet,
  makeOpened,
  makeRelease,
  makeReviewed,
  openOwnShare,
  openReleased,
  type Parcel,
  type Release,
  type Signatory,
  type Statement,
} from '@chartseal/clinic/break-glass'
import type { Roster, RosterRole } from '@chartseal/clinic/roster'
import { thumbprintOf } from '@chartseal/clinic/signed-request'
import { concat } from '@chartseal/core/bytes'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeUtf8, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey, type SecretBytes } from '@chartseal/core/keys'
import { memoryBlobStore, readPayload, storePayload } from '@chartseal/ipfs-envelope'
import { wipeShares } from '@chartseal/shamir'
import { openGlassClinic } from '../clinic/glass-clinic.js'
import type { Io } from '../io.js'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import type { World } from '../world.js'
import type { People } from './keys.js'

const origin = 'https://clinic.example'
const minuteMs = 60_000
const letter = 'Penicillin: anaphylaxis in 2019. Warfarin, last INR 2.6.'

interface Person extends Signatory {
  readonly kid: string
  readonly role: RosterRole
}

function personOf(role: RosterRole, { random }: Pick<Io, 'random'>): Person {
  const key = SigningKey.generate(random)
  const verifyingKey = verifyingKeyOf(key)
  return { role, verifyingKey, kid: thumbprintOf(verifyingKey), sign: bytes => sign(key, bytes) }
}

function rosterOf(people: readonly Person[], officer: Person, { random }: Pick<Io, 'random'>): Roster {
  const listed = people.map(({ kid, role }) => ({ kid, role, mailbox: encodeBase64Url(random.bytes(16)) }))
  return { origin, seq: 1, previous: '', officers: [officer.kid], threshold: 1, people: listed }
}

/** A record in a store, and what reads it. */
async function storeLetter(owner: Person, { clock, random }: Pick<Io, 'clock' | 'random'>) {
  const contentKey = AeadKey.generate(random)
  const content = encodeUtf8(letter)
  const id = { packageId: random.bytes(16), version: 1 }
  const about = { mediaType: 'text/plain', createdMs: clock.nowMs(), labels: [] }
  const header = { name: 'letter.txt', sizeBytes: content.length, ...about }
  const blobs = memoryBlobStore()
  const payloadCid = await storePayload(blobs, contentKey, id, header, content, { random })
  return { blobs, capability: { ...id, owner: owner.verifyingKey, payloadCid, contentKey } }
}

/** Everybody of the night, and the set that was made before it. */
async function prepare(io: Io) {
  const [night, owner, ward] = [personOf('doctor', io), personOf('doctor', io), personOf('patient', io)]
  const [ana, ben, cleo] = [personOf('custodian', io), personOf('custodian', io), personOf('custodian', io)]
  const auditor = personOf('auditor', io)
  const roster = rosterOf([night, owner, ward, ana, ben, cleo, auditor], auditor, io)
  const { blobs, capability } = await storeLetter(owner, io)
  const holders = [ana, ben, cleo]
  const keys = await Promise.all(holders.map(one => createCustodyKey(one, origin, io)))
  const policy = { threshold: 2, denials: 2, waitMs: 0, witnesses: 2, maxDecideMs: 30 * minuteMs }
  const plan = {
    ...{
      origin,
      capability,
      about: 'Letter of the family doctor',
      patient: ward.kid,
      isDrill: false,
      roster,
    },
    ...{ policy: { ...policy, maxAccessMs: 60 * minuteMs } },
    custodians: keys.map(({ statement }) => statement),
  }
  const { statement: set, shares } = await makeEmergencySet(owner, plan, io)
  capability.contentKey.wipe()
  const glass = await openGlassClinic(io, set, roster)
  /** What the device of a custodian does: it looks for itself, and then seals its share to the request. */
  const release = async (person: Person): Promise<Parcel<Release>> => {
    const at = holders.indexOf(person)
    const kept = { sealed: present(shares[at]), secret: present(keys[at]).secret }
    const share = openOwnShare(set, person.kid, kept)
    try {
      return await makeRelease(person, await glass.seen(), share, { ...io, roster })
    } finally {
      wipeShares([share])
    }
  }
  return { night, owner, ana, ben, cleo, auditor, blobs, set, glass, release }
}

type Night = Awaited<ReturnType<typeof prepare>>

export async function breakGlass(stage: Stage, { io }: World, { patient, trail }: People): Promise<void> {
  const night = await prepare(io)
  stage.note('Ahead of time: what reads one letter, and nothing else, is split among three custodians')
  const nowMs = io.clock.nowMs()
  const asking = {
    ...({ reason: 'BTG', text: 'Unconscious, bleeding, no relatives' } as const),
    ...{ decideByMs: nowMs + 20 * minuteMs, accessUntilMs: nowMs + 50 * minuteMs },
  }
  const { statement: request, secret } = await makeEmergencyRequest(night.night, night.set, asking, io)
  try {
    await decide(stage, io, night, request)
    await trail.record(
      'the doctor on call',
      'two of three custodians released',
      patient.id,
      'break-glass-start',
    )
    await open(stage, io, night, secret)
    await trail.record('the doctor on call', 'the access was closed', patient.id, 'break-glass-end')
  } finally {
    secret.wipe()
    await night.glass.close()
  }
}

async function decide(
  stage: Stage,
  io: Io,
  { night, ana, ben, cleo, glass, release }: Night,
  request: Statement<EmergencyRequest>,
): Promise<void> {
  glass.witnessesAnswer = false
  await glass.ask(request)
  await stage.attack('a share for a request that no witness has seen', 'break-glass/no-witness', () =>
    release(ana),
  )
  glass.witnessesAnswer = true
  await glass.publish()
  const first = await release(ana)
  await glass.take(first.statement, first.shares[0])
  stage.note('Both witnesses have cosigned the entry of the request; one custodian releases, one denies')
  await glass.take(await makeDenial(ben, request, 'I could not reach the ward', io))
  await stage.attack('opening with one share', 'break-glass/undecided', async () =>
    glass.take(await makeOpened(night, glass.state(), io)),
  )
  await stage.attack('a doctor who decides on their own request', 'break-glass/self', async () =>
    glass.take(await makeDenial(night, request, '', io)),
  )
  const second = await release(cleo)
  await glass.take(second.statement, second.shares[0])
  const shown = await glass.shown()
  await stage.attack('a clinic that leaves out the denial', 'break-glass/broken-history', () =>
    glass.seen(shown.filter((_, i) => i !== 2)),
  )
}

async function open(
  stage: Stage,
  io: Io,
  { night, owner, ana, auditor, blobs, glass }: Night,
  secret: SecretBytes,
): Promise<void> {
  await stage.attack('what was released, before the log has the opening', 'break-glass/not-opened', () =>
    glass.give(night.kid),
  )
  await glass.take(await makeOpened(night, glass.state(), io))
  await stage.attack('somebody else who wants what was released', 'break-glass/not-requester', () =>
    glass.give(owner.kid),
  )
  const { capability } = openReleased(await glass.seen(), glass.give(night.kid), secret)
  const { content } = await readPayload(blobs, capability.contentKey, capability, capability.payloadCid)
  capability.contentKey.wipe()
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(part)
  stage.check(
    'two of three shares open the letter on the device that asked',
    decodeUtf8(concat(...parts)) === letter,
  )
  await glass.take(await makeClosed(night, glass.state(), 'stable, handed over', io))
  await stage.attack('the same shares once more, after the end', 'break-glass/over', () =>
    glass.give(night.kid),
  )
  const verdict = { verdict: 'justified', text: '' } as const
  await stage.attack('a custodian who released and reviews', 'break-glass/self', async () =>
    glass.take(await makeReviewed(ana, glass.state(), verdict, io)),
  )
  await glass.take(await makeReviewed(auditor, glass.state(), verdict, io))
  const { events } = await glass.seen()
  stage.check(
    `all ${events.length} events have their entry in the log, with both cosignatures`,
    events.every(({ isWitnessed }) => isWitnessed),
  )
}
