import { encodeUtf8 } from '@chartseal/core/encoding'
import { beforeAll, describe, expect, it } from 'vitest'
import { blockType } from '../dist/pairs/block.js'
import { cardType, takeCard } from '../dist/pairs/card.js'
import { changePair } from '../dist/pairs/pairs.js'
import { createComposer } from '../dist/state/composer.js'
import { languages, loadWords, textsOf } from '../dist/text/texts.js'
import { cleanFileName } from '../dist/thread/file-name.js'
import { fileKeyOf } from '../dist/thread/message-row.js'
import { maxStrayBytes, maxStrays } from '../dist/thread/strays.js'
import { fakeClinic } from './fake-clinic.js'
import { carry, sealAs } from './lies.js'
import { coverWithKit, type Person, pairOf, relocked, say, sessionOf, threadOf, twoPeople } from './people.js'

beforeAll(() => Promise.all(languages.map(loadWords)))

async function covered() {
  const clinic = fakeClinic()
  const people = await twoPeople(clinic)
  await coverWithKit(people.doctor)
  await coverWithKit(people.patient)
  return { clinic, ...people, writing: createComposer(sessionOf(people.doctor), pairOf(people.doctor)) }
}

const dayMs = 86_400_000

describe('the time that a sender names', () => {
  it.each([Number.MAX_SAFE_INTEGER, 8.64e15, Number.MIN_SAFE_INTEGER])(
    'is kept between 1970 and tomorrow (%d)',
    async sentAtMs => {
      const { clinic, doctor, patient } = await covered()
      carry(clinic, doctor, await sealAs(patient, { content: encodeUtf8('hello'), sentAtMs }))
      await sessionOf(doctor).sync()
      const [row] = await threadOf(doctor)
      expect(row?.text).toBe('hello')
      expect(row?.sentMs).toBeGreaterThanOrEqual(0)
      expect(row?.sentMs).toBeLessThanOrEqual(Date.now() + dayMs)
    },
  )

  it('keeps no block for ever', async () => {
    const { clinic, doctor, patient } = await covered()
    const content = encodeUtf8(JSON.stringify({ blocked: true }))
    carry(clinic, doctor, await sealAs(patient, { mediaType: blockType, content, sentAtMs: 2 ** 52 }))
    await sessionOf(doctor).sync()
    expect(sessionOf(doctor).pairs.value[0]?.isBlockedByPeer).toBe(true)
    const answering = createComposer(sessionOf(patient), pairOf(patient))
    for (const one of [doctor, patient]) one.platform.aheadMs = 2 * dayMs
    await answering.block(true)
    await answering.block(false)
    await sessionOf(patient).sync()
    await relocked(doctor)
    expect(sessionOf(doctor).pairs.value[0]?.isBlockedByPeer).toBe(false)
  })

  it.each(languages)('is written, whatever it is, without an error in %s', language => {
    const texts = textsOf(language, () => 0, { timeZone: 'UTC' })
    for (const ms of [Number.MAX_SAFE_INTEGER, -Infinity, Number.NaN]) {
      expect([texts.when(ms), texts.time(ms), texts.date(ms)]).toEqual(['', '', ''])
    }
    expect(texts.month('nothing')).toBe('')
    expect(texts.when(8.64e15)).not.toBe('')
  })
})

const cardOf = (card: object) => ({ mediaType: cardType, content: encodeUtf8(JSON.stringify(card)) })
const [strangeKid, strangeBox] = ['k'.repeat(43), 'b'.repeat(22)]

describe('a card that a clinic carries', () => {
  const boxOf = (person: Person): string => sessionOf(person).pairs.value[0]?.peerBox ?? ''

  it('is believed of the other side alone: no own one leads messages to oneself', async () => {
    const { clinic, doctor, patient } = await covered()
    const { kid, mailbox: box } = sessionOf(doctor).device
    carry(clinic, doctor, await sealAs(doctor, cardOf({ kid, box })))
    await sessionOf(doctor).sync()
    expect(boxOf(doctor)).toBe(sessionOf(patient).device.mailbox)
    expect(sessionOf(doctor).strays.value).toBe(0)
  })

  it('is not followed back to an older place', async () => {
    const { clinic, doctor, patient } = await covered()
    const older = await sealAs(patient, cardOf({ kid: 'o'.repeat(43), box: 'o'.repeat(22) }))
    patient.platform.aheadMs = 1_000
    carry(clinic, doctor, await sealAs(patient, cardOf({ kid: strangeKid, box: strangeBox })))
    await sessionOf(doctor).sync()
    expect(boxOf(doctor)).toBe(strangeBox)
    carry(clinic, doctor, older)
    await relocked(doctor)
    expect(boxOf(doctor)).toBe(strangeBox)
    expect(await threadOf(doctor)).toEqual([])
  })

  it.each([
    [{ kid: strangeKid, box: '../clinic?' }],
    [{ kid: `${strangeKid}/../x`, box: strangeBox }],
    [{ kid: strangeKid }],
    [{ kid: strangeKid, box: `${strangeBox}\n` }],
  ])('changes nothing unless its names are names (%j)', async card => {
    const { clinic, doctor, patient } = await covered()
    carry(clinic, doctor, await sealAs(patient, cardOf(card)))
    await sessionOf(doctor).sync()
    expect(boxOf(doctor)).toBe(sessionOf(patient).device.mailbox)
    expect(await threadOf(doctor)).toEqual([])
  })

  it('is refused where a pairing waits for the other one, unless it comes from there', async () => {
    const { doctor } = await covered()
    const bytes = await sealAs(doctor, cardOf({ kid: strangeKid, box: strangeBox }))
    const { unlocked } = sessionOf(doctor)
    const taking = changePair(unlocked, pairOf(doctor), one => takeCard(one, bytes, unlocked))
    await expect(taking).rejects.toMatchObject({ code: 'console/no-card' })
  })
})

it('shows an own message once, however often a clinic carries it back', async () => {
  const { clinic, doctor, writing } = await covered()
  await say(writing, 'mine')
  await sessionOf(doctor).sync()
  const sent = [...clinic.boxes.values()].flat().at(-1)?.bytes ?? new Uint8Array()
  carry(clinic, doctor, sent, sent)
  await sessionOf(doctor).sync()
  expect((await threadOf(doctor)).map(({ text, state }) => [text, state])).toEqual([['mine', 'stored']])
  expect(sessionOf(doctor).strays.value).toBe(0)
})

describe('the name of a file', () => {
  it.each([
    ['', 'file'],
    ['\u202egnp.exe', 'gnp.exe'],
    ['../../etc/pass\\wd', '....etcpasswd'],
    ['a\u0000b\u0007c\n', 'abc'],
    ['\u200b\u2066 \u2069', 'file'],
    ['x'.repeat(900_000), 'x'.repeat(120)],
    ['informe médico 👩‍⚕️.pdf', 'informe médico 👩⚕️.pdf'],
  ])('is one that can be shown and saved (%#)', async (fileName, shown) => {
    expect(cleanFileName(fileName)).toBe(shown)
    expect(cleanFileName(shown)).toBe(shown)
  })

  it('comes so from the other side, and goes so to them', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    const mediaType = 'text/plain;charset=utf-8'
    carry(clinic, doctor, await sealAs(patient, { mediaType, content: encodeUtf8('x'), fileName: '' }))
    carry(
      clinic,
      doctor,
      await sealAs(patient, { mediaType, content: encodeUtf8('x'), fileName: '\u202e/a' }),
    )
    await sessionOf(doctor).sync()
    await writing.attach(new File(['x'], 'b/\u202ec', { type: mediaType }))
    expect((await threadOf(doctor)).map(({ fileName }) => fileName)).toEqual(['file', 'a', 'bc'])
  })
})

describe('bytes that call themselves a text', () => {
  it('are a file when they are none, and nothing of them is lost', async () => {
    const { clinic, doctor, patient } = await covered()
    const content = Uint8Array.of(0x61, 0xff, 0xfe, 0x00)
    carry(
      clinic,
      doctor,
      await sealAs(patient, { content }),
      await sealAs(patient, { content: encodeUtf8('a') }),
    )
    await sessionOf(doctor).sync()
    const [file, text] = await threadOf(doctor)
    expect([file?.fileName, file?.text, file?.sizeBytes]).toEqual(['file', '', 4])
    expect([text?.fileName, text?.text]).toEqual(['', 'a'])
    expect(await sessionOf(doctor).unlocked.rows.get(fileKeyOf(file?.key ?? ''))).toEqual(content)
  })
})

describe('what no key here opens', () => {
  const strange = (sizeBytes: number, from: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(sizeBytes)
    bytes.set(from.subarray(0, 19))
    // Of a key that nobody has.
    crypto.getRandomValues(bytes.subarray(3, 11))
    return bytes
  }

  it('is kept up to a number, the newest, however much is sent', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    const sealed = await sealAs(patient, {})
    carry(clinic, doctor, ...Array.from({ length: maxStrays + 20 }, () => strange(1_100, sealed)))
    await sessionOf(doctor).sync()
    expect(sessionOf(doctor).strays.value).toBe(maxStrays)
    await say(writing, 'still works')
    await sessionOf(doctor).sync()
    await relocked(doctor)
    expect(sessionOf(doctor).strays.value).toBe(maxStrays)
  })

  it('is kept up to a size', async () => {
    const { clinic, doctor, patient } = await covered()
    const sealed = await sealAs(patient, {})
    const count = Math.floor(maxStrayBytes / 1_000_000)
    carry(clinic, doctor, ...Array.from({ length: count + 3 }, () => strange(1_000_000, sealed)))
    await sessionOf(doctor).sync()
    expect(sessionOf(doctor).strays.value).toBe(count)
  })

  it('is kept when it is of a later version of messages', async () => {
    const { clinic, doctor, patient } = await covered()
    const sealed = await sealAs(patient, {})
    sealed[0] = 3
    carry(clinic, doctor, sealed)
    await sessionOf(doctor).sync()
    await relocked(doctor)
    expect(sessionOf(doctor).strays.value).toBe(1)
  })

  it('is gone at once when it is no message at all', async () => {
    const { clinic, doctor } = await covered()
    carry(clinic, doctor, encodeUtf8('not a message'), new Uint8Array(1))
    await sessionOf(doctor).sync()
    expect(sessionOf(doctor).strays.value).toBe(0)
    const box = clinic.boxes.get(sessionOf(doctor).device.mailbox) ?? []
    expect(box.every(({ acknowledged }) => acknowledged)).toBe(true)
  })
})
