import { AeadKey } from '@chartseal/core/keys'
import { systemRandom as random } from '@chartseal/core/system'
import { describe, expect, it } from 'vitest'
import { changePair } from '../dist/pairs/pairs.js'
import { openContent, sealContent } from '../dist/records/envelope.js'
import { recordType } from '../dist/records/notice.js'
import { createAccessScreen } from '../dist/state/access.js'
import { createRecordsScreen } from '../dist/state/records.js'
import { accessTextsOf } from '../dist/text/access-words.js'
import { loadWords, textsOf } from '../dist/text/texts.js'
import { peerRefOf } from '../dist/thread/invited.js'
import { sendFile } from '../dist/thread/send.js'
import { sentence } from '../dist/views/access.js'
import { enrolled } from './fake-platform.js'
import { coverWithKit, type Person, pair, pairOf, sessionOf } from './people.js'
import { carried, contentOf, covered, fileOf, opened, shared } from './records-stage.js'

async function receivedOf(person: Person) {
  const screen = createRecordsScreen(sessionOf(person))
  await screen.load()
  return screen.received.value
}

async function sealed(sizeBytes: number) {
  const key = AeadKey.generate(random)
  const id = { packageId: random.bytes(16), version: 1 }
  const blocks = new Map<string, Uint8Array>()
  const header = { name: 'x', mediaType: 'a/b', sizeBytes, createdMs: 1, labels: [] }
  const stream = fileOf(new Uint8Array(sizeBytes)).stream()
  const put = async (cid: string, block: Uint8Array) => void blocks.set(cid, block)
  const root = await sealContent(key, id, header, stream, put, random)
  const get = async (cid: string) => blocks.get(cid) ?? new Uint8Array()
  return { key, id, root, get }
}

describe('content that comes', () => {
  it('has at most so many bytes, whatever its sender made: nothing of more is given out', async () => {
    const { key, id, root, get } = await sealed(1_000)
    expect((await openContent(key, id, root, get, 1_000)).content.length).toBe(1_000)
    await expect(openContent(key, id, root, get, 999)).rejects.toMatchObject({ code: 'console/too-large' })
  })

  it('is fetched no further than its size allows', async () => {
    const { key, id, root, get } = await sealed(16_000_000)
    let fetchedBytes = 0
    const counting = async (cid: string) => {
      const block = await get(cid)
      fetchedBytes += block.length
      return block
    }
    await expect(openContent(key, id, root, counting, 10)).rejects.toMatchObject({
      code: 'console/too-large',
    })
    expect(fetchedBytes).toBeLessThan(10_000_000)
  })
})

describe('two people who name one package', () => {
  it('have a row each: who reads it, too, cannot be first and keep its owner out', async () => {
    const stage = await covered()
    const { clinic, doctor, patient } = stage
    const other = await enrolled(clinic, 'doctor', 'Dr. Reader')
    await pair(other, patient)
    await coverWithKit(other)
    const id = await shared(doctor, contentOf(10))
    const notice = { package: id, owner: sessionOf(other).device.kid, name: 'mine' }
    const bytes = new TextEncoder().encode(JSON.stringify(notice))
    await sendFile(sessionOf(other).unlocked, pairOf(other), { name: 'x', mediaType: recordType, bytes })
    await sessionOf(other).sync()
    await sessionOf(patient).sync()
    await carried(stage)
    const found = await receivedOf(patient)
    expect(found.map(({ id: one }) => one)).toEqual([id, id])
    const [ofDoctor] = sessionOf(patient).pairs.value.filter(({ peerName }) => peerName === 'Dr. Okafor')
    const row = found.find(({ pairId }) => pairId === ofDoctor?.id)
    expect(row?.ref).toBe(peerRefOf(ofDoctor?.id ?? '', id))
    expect((await opened(patient, id, 'TREAT', ofDoctor?.id)).error).toBeNull()
    // The other one is of a device that never signed a list of it, and its name is nowhere else.
    const wrong = found.find(({ pairId }) => pairId !== ofDoctor?.id)
    expect((await opened(patient, id, 'TREAT', wrong?.pairId)).error).toMatchObject({
      code: 'console/other-owner',
    })
    const accesses = createAccessScreen(sessionOf(patient))
    await accesses.load()
    expect(accesses.records.value.get(id)).toBe('scan.dcm')
  })
})

it('shows no new record of a side that is blocked, before the block ends', async () => {
  const stage = await covered()
  const { doctor, patient } = stage
  const block = (blockedMs: number) =>
    changePair(sessionOf(patient).unlocked, pairOf(patient), before => ({
      result: null,
      pair: { ...before, blockedMs },
    }))
  await block(1)
  await shared(doctor, contentOf(10))
  await carried(stage)
  expect(await receivedOf(patient)).toEqual([])
  await block(0)
  expect(await receivedOf(patient)).toHaveLength(1)
})

it('says in the list of accesses which link was used', async () => {
  await loadWords('en')
  const { patient } = await covered()
  const session = sessionOf(patient)
  const id = 'L'.repeat(43)
  const entry = { act: 'link-opened', by: '', box: '', ids: [id, 'Dr. Who'], device: '' } as const
  const texts = accessTextsOf(textsOf('en', () => 0))
  const named = { records: new Map([[id, 'Rosa, summary']]), roster: null }
  expect(sentence(entry, session, named, texts)).toContain('“Rosa, summary”')
  expect(
    sentence({ ...entry, act: 'link-refused' }, session, { ...named, records: new Map() }, texts),
  ).toContain('link LLLLLLLL')
})
