import { describe, expect, it } from 'vitest'
import { ownRecord } from '../dist/records/own-records.js'
import { createOwnRecordScreen, createRecordsScreen } from '../dist/state/records.js'
import { createShareScreen, purposes } from '../dist/state/share.js'
import { type Person, pairOf, relocked, sessionOf, threadOf, until } from './people.js'
import {
  apiOf,
  carried,
  contentOf,
  covered,
  fileOf,
  opened,
  ownOf,
  shared,
  sharing,
} from './records-stage.js'

const large = contentOf(2_500_000)

const isSame = (one: Uint8Array | undefined, other: Uint8Array): boolean =>
  one !== undefined && Buffer.compare(one, other) === 0

describe('a record that is shared', () => {
  it('reaches the other side as a message, and opens there byte for byte', async () => {
    const stage = await covered()
    const id = await shared(stage.doctor, large)
    await carried(stage)
    expect(await ownOf(stage.doctor, id)).toMatchObject({
      state: 'shared',
      name: 'scan.dcm',
      sizeBytes: large.length,
    })
    const [message] = await threadOf(stage.patient)
    expect(message).toMatchObject({ fileName: 'scan.dcm', text: id, own: false })
    const { record, error } = await opened(stage.patient, id)
    expect(error).toBeNull()
    expect(record).toMatchObject({ name: 'scan.dcm', mediaType: 'application/dicom' })
    expect(isSame(record?.content, large)).toBe(true)
    const screen = createRecordsScreen(sessionOf(stage.patient))
    await screen.load()
    expect(screen.received.value.map(one => [one.id, one.newest?.seq, one.openedMs > 0])).toEqual([
      [id, 1, true],
    ])
  })

  it('opens for no purpose that it was not shared for', async () => {
    const stage = await covered()
    const id = await shared(stage.doctor, contentOf(10))
    await carried(stage)
    const { record, error } = await opened(stage.patient, id, 'HRESCH')
    expect(record).toBeNull()
    expect(error).toMatchObject({ code: 'console/refused', context: { code: 'package/purpose' } })
  })

  it('leaves nothing readable at the clinic: neither content nor name', async () => {
    const stage = await covered()
    const content = new Uint8Array(new TextEncoder().encode('planted finding 7f3c9a '.repeat(100)))
    await shared(stage.doctor, content)
    const all = Buffer.concat(stage.clinic.seen)
    for (const text of ['planted finding', 'scan.dcm', 'dicom']) {
      expect(all.includes(text)).toBe(false)
      expect(all.includes(Buffer.from(text).toString('base64').slice(0, -4))).toBe(false)
    }
  })

  it('waits on disk without a network, and goes out after the device was locked and unlocked', async () => {
    const stage = await covered()
    const { clinic, doctor } = stage
    clinic.network = 'down'
    const id = await shared(doctor, large)
    expect((await ownOf(doctor, id)).state).toBe('sending')
    expect(clinic.records.asked).toEqual([])
    clinic.network = 'up'
    await relocked(doctor)
    await sessionOf(doctor).settle()
    expect((await ownOf(doctor, id)).state).toBe('shared')
    expect([...doctor.platform.map.keys()].filter(key => /^(block|due-record)\//.test(key))).toEqual([])
  })

  it.each([1, 2, 3, 4, 5, 6, 7])('is sent on where it was cut off, behind request %i', async count => {
    const stage = await covered()
    const { clinic, doctor } = stage
    let left = count
    // The request arrives, and its answer does not; from then on there is no network.
    clinic.between = request => {
      if (!/blobs|grants/.test(request.url)) return null
      if (left-- > 1) return null
      clinic.network = 'answers-lost'
      return null
    }
    const id = await shared(doctor, large)
    clinic.between = null
    clinic.network = 'up'
    const before = clinic.records.blocks.size
    clinic.records.asked.length = 0
    await sessionOf(doctor).settle()
    const putAgain = clinic.records.asked.filter(one => one.startsWith('PUT')).length
    expect((await ownOf(doctor, id)).state).toBe('shared')
    // Three leaves and a root; what the clinic has is not sent twice.
    expect(before + putAgain).toBe(4)
    await carried(stage)
    expect((await opened(stage.patient, id)).record?.content.length).toBe(large.length)
    expect((await threadOf(stage.patient)).length).toBe(1)
  })

  it('is not lost when the tab dies while it is sealed: nothing was shared, and what is left is swept', async () => {
    const { clinic, doctor } = await covered()
    const { write } = doctor.platform.rows
    let left = 3
    doctor.platform.rows.write = async changes => {
      if (left-- === 0) doctor.app.lock()
      return write(changes)
    }
    const screen = sharing(doctor, large)
    expect(await screen.share()).toBeNull()
    doctor.platform.rows.write = write
    const kept = () => [...doctor.platform.map.keys()].filter(key => /^(block|own-record)\//.test(key))
    expect(kept().length).toBeGreaterThan(0)
    await relocked(doctor)
    await until(() => kept().length === 0)
    expect(clinic.records.blocks.size).toBe(0)
  })

  it('says why when the clinic refuses it, and is sent when a person tries again', async () => {
    const stage = await covered()
    const { clinic, doctor } = stage
    clinic.between = request =>
      request.url.includes('/v1/blobs/') && request.method === 'PUT'
        ? Response.json({ code: 'blob/quota' }, { status: 507 })
        : null
    const id = await shared(doctor, large)
    expect(await ownOf(doctor, id)).toMatchObject({ state: 'refused', why: 'blob/quota' })
    clinic.between = null
    await sessionOf(doctor).settle()
    expect((await ownOf(doctor, id)).state).toBe('refused')
    await createOwnRecordScreen(sessionOf(doctor), id).tryAgain()
    expect((await ownOf(doctor, id)).state).toBe('shared')
  })

  it('can be forgotten before it was sent, and leaves nothing', async () => {
    const { clinic, doctor } = await covered()
    clinic.network = 'down'
    const id = await shared(doctor, large)
    const unsent = createOwnRecordScreen(sessionOf(doctor), id)
    await unsent.forget()
    expect(unsent.isForgotten.value).toBe(true)
    expect([...doctor.platform.map.keys()].filter(key => /record\/|block\//.test(key))).toEqual([])
    clinic.network = 'up'
    const sent = await shared(doctor, large)
    const screen = createOwnRecordScreen(sessionOf(doctor), sent)
    await screen.forget()
    expect(screen.isForgotten.value).toBe(false)
  })
})

describe('who a record goes to', () => {
  it('cannot be somebody without a record key, a kit, or who is blocked', async () => {
    const stage = await covered()
    const session = sessionOf(stage.doctor)
    const screen = createShareScreen(session)
    const change = (more: object) =>
      (session.pairs.value = session.pairs.value.map(one => ({ ...one, ...more })))
    expect(screen.people.value[0]?.obstacle).toBe('')
    for (const [more, obstacle] of [
      [{ peerRecord: '' }, 'no-key'],
      [{ peerRecord: 'csrec1x', isBlockedByPeer: true }, 'blocked'],
      [{ isBlockedByPeer: false, kitRoot: '' }, 'kit'],
    ] as const) {
      change(more)
      screen.toggle(pairOf(stage.doctor))
      expect(screen.people.value[0]).toMatchObject({ obstacle, isChosen: false })
    }
  })

  it('is not somebody else by the time it is sealed: another device or key is refused', async () => {
    const stage = await covered()
    const session = sessionOf(stage.doctor)
    const screen = sharing(stage.doctor, contentOf(10))
    const { chosen } = screen
    expect(chosen.value.map(({ name }) => name)).toEqual(['Rosa Weiss'])
    const before = session.pairs.value
    session.pairs.value = before.map(one => ({ ...one, peerKid: 'B'.repeat(43) }))
    expect(chosen.value).toEqual([])
    screen.toggle(pairOf(stage.doctor))
    // What the screen shows is not what the pair says any more.
    expect(await screen.share()).toBeNull()
    expect(screen.task.error.value).toMatchObject({ code: 'console/person-changed' })
    session.pairs.value = before
    expect(stage.clinic.records.blocks.size).toBe(0)
  })

  it('offers purposes that HL7 has', () => {
    expect(purposes).toContain('TREAT')
  })

  it('refuses a file that is larger than a record may be, and reads nothing of it', async () => {
    const { doctor } = await covered()
    const screen = createShareScreen(sessionOf(doctor), pairOf(doctor))
    const stream = (): ReadableStream<Uint8Array<ArrayBuffer>> => {
      throw new Error('it was read')
    }
    screen.take({ name: 'film', type: '', size: 250_000_001, stream })
    expect(screen.task.error.value).toMatchObject({ code: 'console/too-large' })
    screen.take(fileOf(contentOf(1)))
    expect(screen.task.error.value).toBeNull()
  })
})

async function contentKeyOf(person: Person, id: string): Promise<Uint8Array> {
  const row = await ownRecord(sessionOf(person).unlocked, id)
  return row?.contentKey ?? new Uint8Array()
}

/** Names of the rows that hold these bytes, opened where they are sealed. */
async function rowsWith({ app, platform }: Person, bytes: Uint8Array): Promise<readonly string[]> {
  const { rows } = sessionOf({ app }).unlocked
  const found: string[] = []
  for (const [name, value] of platform.map) {
    const opened = await rows.get(name).catch(() => null)
    const all = [opened, value instanceof Uint8Array ? value : null]
    if (all.some(one => one !== null && Buffer.from(one).includes(Buffer.from(bytes)))) found.push(name)
  }
  return found
}

describe('taking a record back', () => {
  it.each(['stop', 'takeBack', 'reKey', 'shred'] as const)('%s', async how => {
    const stage = await covered()
    const { clinic, doctor, patient } = stage
    const id = await shared(doctor, large)
    await carried(stage)
    const before = await ownOf(doctor, id)
    const screen = createOwnRecordScreen(sessionOf(doctor), id)
    if (how === 'takeBack') await screen.takeBack(sessionOf(patient).device.kid)
    else await screen[how]()
    expect(screen.task.error.value).toBeNull()
    const after = await ownOf(doctor, id)
    expect([after.seq, after.storedSeq]).toEqual([2, 2])
    const { record, error } = await opened(patient, id)
    if (how === 'reKey') {
      expect(isSame(record?.content, large)).toBe(true)
      expect(after).toMatchObject({ state: 'shared', version: 2 })
      expect(after.payload).not.toBe(before.payload)
    } else {
      expect(error).toMatchObject({ context: { code: 'package/missing' } })
      expect(after.state).toBe({ stop: 'stopped', takeBack: 'shared', shred: 'shredded' }[how])
    }
    const isGone = clinic.records.deleted.has(before.payload)
    expect(isGone).toBe(how === 'reKey' || how === 'shred')
    if (how !== 'stop') return
    await screen.serve()
    expect((await opened(patient, id)).error).toBeNull()
  })

  it('leaves no key behind that opens it, once it is shredded', async () => {
    const stage = await covered()
    const { clinic, doctor } = stage
    const id = await shared(doctor, large)
    const key = await contentKeyOf(doctor, id)
    expect(key.length).toBe(32)
    expect(await rowsWith(doctor, key)).toEqual([`own-record/${id}`])
    const screen = createOwnRecordScreen(sessionOf(doctor), id)
    // At once, and not only when the clinic has the list.
    clinic.between = ({ url }) =>
      url.includes('/grants/2') ? Response.json({ code: 'server/store' }, { status: 503 }) : null
    await screen.shred()
    expect(await rowsWith(doctor, key)).toEqual([])
    clinic.between = null
    await sessionOf(doctor).settle()
    expect((await ownOf(doctor, id)).state).toBe('shredded')
    expect(await rowsWith(doctor, key)).toEqual([])
    expect(await screen.serve()).toBe(false)
    expect(screen.task.error.value).toMatchObject({ code: 'console/record-gone' })
  })

  it('waits until the step before it has reached the clinic', async () => {
    const { clinic, doctor } = await covered()
    clinic.network = 'down'
    const id = await shared(doctor, large)
    const screen = createOwnRecordScreen(sessionOf(doctor), id)
    expect(await screen.stop()).toBe(false)
    expect(screen.task.error.value).toMatchObject({ code: 'console/record-unsent' })
    clinic.network = 'up'
    expect(await screen.stop()).toBe(true)
    expect((await ownOf(doctor, id)).state).toBe('stopped')
  })
})

describe('a clinic that lies about a record', () => {
  it('shows no list that is older than one that was seen, nor another one of the same number', async () => {
    const stage = await covered()
    const { clinic, doctor, patient } = stage
    const id = await shared(doctor, large)
    await carried(stage)
    const first = await apiOf(doctor).latestGrants(id, 'TREAT')
    const screen = createOwnRecordScreen(sessionOf(doctor), id)
    expect([await screen.reKey(), screen.task.error.value]).toEqual([true, null])
    expect((await opened(patient, id)).error).toBeNull()
    clinic.records.gives = first
    const { record, error } = await opened(patient, id)
    expect(error).toMatchObject({ code: 'grants/older' })
    expect(record === null).toBe(true)
  })

  it('gives no record of another owner under a name that was shared', async () => {
    const stage = await covered()
    const { clinic, doctor, patient } = stage
    const id = await shared(doctor, large)
    await carried(stage)
    const theirs = await shared(patient, contentOf(10))
    clinic.records.gives = await apiOf(patient).latestGrants(theirs, 'TREAT')
    expect((await opened(patient, id)).error).toMatchObject({ code: 'console/other-owner' })
    clinic.records.gives = null
    const other = await shared(doctor, contentOf(20))
    clinic.records.gives = await apiOf(doctor).latestGrants(other, 'TREAT')
    expect((await opened(patient, id)).error).toMatchObject({ code: 'grants/other-package' })
  })

  it('gives no other block for one', async () => {
    const stage = await covered()
    const id = await shared(stage.doctor, contentOf(10))
    await carried(stage)
    stage.clinic.records.givesBlock = contentOf(100)
    expect((await opened(stage.patient, id)).error).toMatchObject({ code: 'envelope/cid-mismatch' })
  })
})
