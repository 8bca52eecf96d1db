import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { createRing, epochOf } from '@chartseal/kdf-keyring'
import { codeOf, fixedClock, propertyRuns } from '@chartseal/testkit'
import { maxMessageBytes, openAttachment, openMessage, sealAttachment, sealMessage } from '@chartseal/wire'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  acceptAttachment,
  acknowledge,
  attachmentKey,
  type Change,
  type Device,
  decodeDevice,
  encodeDevice,
  newDevice,
  openOnce,
  sealNext,
  type ThreadNames,
  takeNextKey,
} from '../dist/index.js'

const nowMs = Date.UTC(2026, 6, 15, 12)
const world = { clock: fixedClock(nowMs), random: systemRandom }
const names: ThreadNames = { patientId: 'PAT-12345', thread: 'ward 3' }
const options = { names }
const body = (text: string) => ({ mediaType: 'text/plain;charset=utf-8', content: encodeUtf8(text) })

/** Two devices of one pair. */
function pairOf(): { readonly doctor: Device; readonly patient: Device } {
  const selves = [
    newDevice('doctor', 'Dr. Okafor', systemRandom).self,
    newDevice('patient', 'Rosa', systemRandom).self,
  ] as const
  const [doctorKey, patientKey] = selves.map(({ signingKey }) => verifyingKeyOf(signingKey))
  if (doctorKey === undefined || patientKey === undefined) throw new Error('internal: no keys')
  const root = systemRandom.bytes(32)
  const ring = (ownVerifyingKey: Uint8Array, peerVerifyingKey: Uint8Array) =>
    createRing({
      root: new SecretBytes(Uint8Array.from(root)),
      ownVerifyingKey,
      peerVerifyingKey,
      firstEpoch: epochOf(nowMs),
      nowMs,
    })
  const rest = { pairing: null, isColleague: false, windows: new Map(), opening: [] }
  return {
    doctor: { ...rest, self: selves[0], ring: ring(doctorKey, patientKey), peerName: 'Rosa' },
    patient: { ...rest, self: selves[1], ring: ring(patientKey, doctorKey), peerName: 'Dr. Okafor' },
  }
}

/** What a folder does: the bytes that are stored are what comes back. */
const stored = (device: Device): Device => decodeDevice(encodeDevice(device))

function kept<Result>(
  before: Device,
  { result, device }: Change<Result>,
): { readonly result: Result; readonly device: Device } {
  return { result, device: stored(device ?? before) }
}

describe('the clock of a thread', () => {
  it('is vouched for by what the other side sealed, and by nothing of our own', () => {
    const { doctor, patient } = pairOf()
    const august = { ...world, clock: fixedClock(Date.UTC(2026, 7, 2)) }
    const sealed = sealNext(doctor, { ...options, body: body('August') }, august)
    const vouched = (change: { readonly device: Device | null }): number | undefined =>
      change.device?.ring?.vouched
    expect(vouched(openOnce(patient, sealed.result, options, august))).toBe(epochOf(Date.UTC(2026, 7)))
    expect(vouched(openOnce(sealed.device ?? doctor, sealed.result, options, august))).toBe(epochOf(nowMs))
  })
})

describe('a thread of one pair', () => {
  it('opens what the other side sealed, and what this side sealed', () => {
    const { doctor, patient } = pairOf()
    const sealed = kept(
      doctor,
      sealNext(doctor, { ...options, body: { ...body('BP 120/80'), fileName: 'a.txt' } }, world),
    )
    const read = openOnce(patient, sealed.result, options, world).result
    expect(read).toMatchObject({ counter: 0n, sealedBy: 'peer', before: 'no' })
    expect(read.body).toEqual({ ...body('BP 120/80'), fileName: 'a.txt', sentAtMs: nowMs })
    expect(openOnce(sealed.device, sealed.result, options, world).result.sealedBy).toBe('own')
    const second = sealNext(
      sealed.device,
      { ...options, body: body('2'), padding: { bucketBytes: 4096 } },
      world,
    )
    expect(openOnce(patient, second.result, options, world).result.counter).toBe(1n)
  })

  it('opens a message once, when its content was acknowledged', async () => {
    const { doctor, patient } = pairOf()
    const { result: message } = sealNext(doctor, { ...options, body: body('once') }, world)
    const first = kept(patient, openOnce(patient, message, options, world))
    const unwritten = kept(first.device, openOnce(first.device, message, options, world))
    expect(unwritten.result.before).toBe('unwritten')
    const done = kept(unwritten.device, acknowledge(unwritten.device, first.result))
    expect(await codeOf(() => openOnce(done.device, message, options, world))).toBe('thread/replayed')
    const again = openOnce(done.device, message, { ...options, again: true }, world)
    expect(again.result).toMatchObject({ before: 'yes', body: body('once') })
    expect(acknowledge(done.device, first.result).device).toBeNull()
  })

  it('loses nothing and repeats nothing silently, wherever a process dies', () => {
    const { doctor, patient } = pairOf()
    let sender = doctor
    const messages = Array.from({ length: 4 }, (_, i) => {
      const { result, device } = kept(sender, sealNext(sender, { ...options, body: body(`${i}`) }, world))
      sender = device
      return result
    })
    const step = fc.record({
      message: fc.nat(3),
      dies: fc.constantFrom('before the state', 'before the output', 'before the word', 'never'),
    })
    const law = fc.property(fc.array(step, { maxLength: 12 }), steps => {
      let device = stored(patient)
      const acknowledged = new Set<number>()
      const storedOnce = new Set<number>()
      for (const { message, dies } of steps) {
        const bytes = messages[message] ?? new Uint8Array()
        if (acknowledged.has(message)) {
          expect(() => openOnce(device, bytes, options, world)).toThrow('opened before')
          continue
        }
        const opened = kept(device, openOnce(device, bytes, options, world))
        expect(opened.result.before).toBe(storedOnce.has(message) ? 'unwritten' : 'no')
        if (dies === 'before the state') continue
        device = opened.device
        storedOnce.add(message)
        if (dies !== 'never') continue
        device = kept(device, acknowledge(device, opened.result)).device
        acknowledged.add(message)
      }
    })
    fc.assert(law, propertyRuns(40))
  })

  it('refuses counters that no budget allows, and ones that are too old', async () => {
    const { doctor, patient } = pairOf()
    const { key: taken, binding } = takeNextKey(doctor, 1, options, world).result
    const at = (counter: bigint): Uint8Array =>
      sealMessage({ ...taken, counter }, binding, { ...body('x'), sentAtMs: 1 })
    for (const counter of [2n ** 20n, 2n ** 64n - 2n, 2n ** 64n - 1n])
      expect(await codeOf(() => openOnce(patient, at(counter), options, world))).toBe('thread/over-budget')
    const last = kept(patient, openOnce(patient, at(2n ** 20n - 1n), options, world))
    expect(await codeOf(() => openOnce(last.device, at(0n), options, world))).toBe('thread/too-old')
    expect(openOnce(last.device, at(2n ** 20n - 2n), options, world).result.before).toBe('no')
  })

  it('keeps the last 64 messages whose content nobody has acknowledged', async () => {
    let { doctor, patient } = pairOf()
    const messages: Uint8Array[] = []
    for (let i = 0; i < 66; i++) {
      const sealed = sealNext(doctor, { ...options, body: body(`${i}`) }, world)
      doctor = sealed.device ?? doctor
      messages.push(sealed.result)
      patient = openOnce(patient, sealed.result, options, world).device ?? patient
    }
    expect(patient.opening.length).toBe(64)
    const [oldest = new Uint8Array()] = messages
    expect(await codeOf(() => openOnce(patient, oldest, options, world))).toBe('thread/replayed')
    expect(stored(patient).opening).toEqual(patient.opening)
  })

  it('reads a state of before there was anything to acknowledge', () => {
    const { patient } = pairOf()
    expect(stored(patient).opening).toEqual([])
  })

  it('needs a ring, and a message of a size that it can have', async () => {
    const { doctor } = pairOf()
    const alone = { ...doctor, ring: null }
    expect(await codeOf(() => sealNext(alone, { ...options, body: body('x') }, world))).toBe(
      'ring/not-paired',
    )
    const large = { mediaType: 'a/b', content: new Uint8Array(maxMessageBytes + 1) }
    expect(await codeOf(() => sealNext(doctor, { ...options, body: large }, world))).toBe('message/too-large')
  })

  it('asks before it follows a clock that jumped', async () => {
    const { doctor } = pairOf()
    const later = { ...world, clock: fixedClock(nowMs + 400 * 24 * 3600_000) }
    const sealing = { ...options, body: body('x') }
    expect(await codeOf(() => sealNext(doctor, sealing, later))).toBe('keyring/clock-jump')
    expect(sealNext(doctor, { ...sealing, confirmClock: true }, later).result.length).toBeGreaterThan(256)
  })
})

describe('names are the same however they are typed', () => {
  it('binds one spelling of patient, thread and parties', () => {
    const { doctor, patient } = pairOf()
    const spelled = (form: 'NFC' | 'NFD'): { readonly names: ThreadNames } => {
      const [patientId = '', thread = '', sender = '', recipient = ''] = [
        'Müller-1',
        'Köln',
        'Renée',
        'Zoë',
      ].map(text => text.normalize(form))
      return { names: { patientId, thread, sender, recipient } }
    }
    const { result } = sealNext(doctor, { ...spelled('NFD'), body: body('x') }, world)
    expect(openOnce(patient, result, spelled('NFC'), world).result.body).toMatchObject(body('x'))
  })

  it.each([
    ['patientId', ''],
    ['patientId', ' '],
    ['patientId', 'PAT-1 '],
    ['patientId', '\u00a0PAT-1'],
    ['patientId', 'PAT\u200b-1'],
    ['patientId', 'PAT\u0000'],
    ['patientId', '\ud800'],
    ['thread', 'ward 3 '],
    ['sender', '\ufeffA'],
    ['recipient', ''],
  ])('refuses %s %j in every step', async (field, text) => {
    const { doctor, patient } = pairOf()
    const wrong = { names: { ...names, [field]: text } }
    const { result } = sealNext(doctor, { ...options, body: body('x') }, world)
    for (const attempt of [
      () => sealNext(doctor, { ...wrong, body: body('x') }, world),
      () => openOnce(patient, result, wrong, world),
      () => takeNextKey(doctor, 1, wrong, world),
    ])
      expect(await codeOf(attempt)).toMatch(/^RangeError: the (patient id|thread|sender|recipient) must/)
  })

  it('does not open under other names', async () => {
    const { doctor, patient } = pairOf()
    const { result } = sealNext(doctor, { ...options, body: body('x') }, world)
    for (const other of [{ patientId: 'PAT-9' }, { thread: '' }, { sender: 'x' }, { recipient: 'x' }])
      expect(await codeOf(() => openOnce(patient, result, { names: { ...names, ...other } }, world))).toBe(
        'open/failed',
      )
  })
})

describe('attachments of a thread', () => {
  it('are opened as streams and counted in the same window', async () => {
    const { doctor, patient } = pairOf()
    const content = systemRandom.bytes(100_000)
    const { key, binding } = takeNextKey(doctor, content.length, options, world).result
    const info = { mediaType: 'application/dicom', sizeBytes: content.length, sentAtMs: nowMs }
    const sealed = await through(content, sealAttachment(key, binding, info))
    const header = { kid: key.kid, counter: key.counter }
    expect(attachmentKey(patient, header, options, world).sealedBy).toBe('peer')
    const opening = openAttachment(front => attachmentKey(patient, front, options, world))
    expect(await through(sealed, opening.stream)).toEqual(content)
    const first = kept(patient, acceptAttachment(patient, opening.opened(), options, world))
    expect(first.result).toBe('no')
    const done = kept(first.device, acknowledge(first.device, opening.opened()))
    expect(await codeOf(() => acceptAttachment(done.device, header, options, world))).toBe('thread/replayed')
    expect(acceptAttachment(done.device, header, { ...options, again: true }, world).result).toBe('yes')
    expect(openMessage(key.key, sealed, binding).body.content).toEqual(content)
  })
})

async function through(bytes: Uint8Array, stream: ReturnType<typeof sealAttachment>): Promise<Uint8Array> {
  const source = new Blob([Uint8Array.from(bytes)]).stream()
  return new Uint8Array(await new Response(source.pipeThrough(stream)).arrayBuffer())
}
