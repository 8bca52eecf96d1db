import { encodeUtf8 } from '@chartseal/core/encoding'
import { describe, expect, it } from 'vitest'
import { clinicRequests } from '../dist/api/requests.js'
import { consoleError } from '../dist/errors.js'
import { changePair, createPair } from '../dist/pairs/pairs.js'
import { noticeContent, readNotice, recordType } from '../dist/records/notice.js'
import { decodeOwnRecord, encodeOwnRecord, type OwnRecord } from '../dist/records/own-row.js'
import { shareFile } from '../dist/records/share.js'
import { createReceivedScreen, createRecordsScreen } from '../dist/state/records.js'
import { labelCode, labelsOf } from '../dist/state/share.js'
import { errorText } from '../dist/text/error-text.js'
import { recordTables } from '../dist/text/record-words.js'
import { languages, loadWords, textsOf } from '../dist/text/texts.js'
import { sendFile } from '../dist/thread/send.js'
import { linkState } from '../dist/views/link-state.js'
import { fakePlatform } from './fake-platform.js'
import { type Person, pairOf, sessionOf, threadOf } from './people.js'
import { carried, contentOf, covered, fileOf, opened, shared } from './records-stage.js'

const kid = 'K'.repeat(43)
const id = 'P'.repeat(22)

/** Word of a record, as a page that was changed might send it. */
async function tell(person: Person, notice: object): Promise<void> {
  const bytes = encodeUtf8(JSON.stringify(notice))
  await sendFile(sessionOf(person).unlocked, pairOf(person), { name: 'x', mediaType: recordType, bytes })
}

async function receivedOf(person: Person) {
  const screen = createRecordsScreen(sessionOf(person))
  await screen.load()
  return screen.received.value
}

describe('word of a record', () => {
  it.each([
    [{ package: id, owner: kid }],
    [{ package: '../../clinic', owner: kid, name: 'x' }],
    [{ package: `${id}?x`, owner: kid, name: 'x' }],
    [{ owner: kid, name: 'x' }],
    [{}],
  ])('makes no record here unless it is from the device that owns it (%j)', async notice => {
    const stage = await covered()
    await tell(stage.doctor, notice)
    await carried(stage)
    expect(await receivedOf(stage.patient)).toEqual([])
    expect(await threadOf(stage.patient)).toHaveLength(1)
  })

  it('counts once: who shares it cannot be changed by a later word', async () => {
    const stage = await covered()
    const content = contentOf(10)
    const record = await shared(stage.doctor, content)
    await carried(stage)
    const [before] = await receivedOf(stage.patient)
    await tell(stage.doctor, { package: record, owner: sessionOf(stage.doctor).device.kid, name: 'other' })
    await carried(stage)
    expect(await receivedOf(stage.patient)).toEqual([before])
  })

  it('is read as it was written, with a name that can be shown', () => {
    const notice = { package: id, owner: kid, name: 'scan.dcm' }
    expect(readNotice(noticeContent(notice))).toEqual(notice)
    const turned = noticeContent({ ...notice, name: '\u202egnp.exe' })
    expect(readNotice(turned)?.name).toBe('gnp.exe')
    expect(readNotice(encodeUtf8('no json'))).toBeNull()
  })
})

describe('a person who was chosen', () => {
  it('must have a record key, and be somebody who may be written to', async () => {
    const { doctor } = await covered()
    const { unlocked, signer, hold } = sessionOf(doctor)
    const { signal } = new AbortController()
    const sharing = { unlocked, signer, hold, signal, said: () => undefined }
    const pairId = await createPair(unlocked, 'doctor', 'Dr. Okafor')
    const nobody = { pairId, name: '', kid: '', record: '' }
    const wishes = {
      file: fileOf(contentOf(1)),
      people: [nobody],
      labels: [],
      untilMs: 0,
      purposes: ['TREAT'],
    }
    await expect(shareFile(sharing, wishes)).rejects.toMatchObject({ code: 'console/person-changed' })
    const [view] = sessionOf(doctor).pairs.value
    const chosen = {
      ...{ pairId: pairOf(doctor), name: 'Rosa' },
      ...{ kid: view?.peerKid ?? '', record: view?.peerRecord ?? '' },
    }
    await changePair(unlocked, chosen.pairId, pair => ({ result: null, pair: { ...pair, blockedMs: 1 } }))
    const blocked = shareFile(sharing, { ...wishes, people: [chosen] })
    await expect(blocked).rejects.toMatchObject({ code: 'console/blocked' })
  })
})

describe('what a clinic answers', () => {
  it.each([
    [new Response(null, { headers: { etag: '"a"' } }), true],
    [new Response(null, { headers: { etag: '"b"' } }), false],
    [new Response(null), false],
    [new Response(null, { status: 404, headers: { etag: '"a"' } }), false],
    [new Response(null, { status: 410 }), false],
  ])('has a block by its ETag alone', async (answer, is) => {
    const { clinic, doctor } = await covered()
    const { clock, random } = fakePlatform(clinic)
    const { signer } = sessionOf(doctor)
    const requests = clinicRequests({
      ...{ signer, clock, random },
      fetch: async () => answer,
      wait: async () => undefined,
      origin: () => clinic.origin,
    })
    expect(await requests.has('/v1/blobs/a', '"a"')).toBe(is)
  })

  it('is a record of which this device knows nothing: refused before anything is asked', async () => {
    const { clinic, doctor, patient } = await covered()
    const record = await shared(doctor, contentOf(10))
    const screen = createReceivedScreen(sessionOf(patient), record)
    await screen.open('TREAT')
    expect(screen.task.error.value).toMatchObject({ code: 'console/record-gone' })
    expect(clinic.records.asked.some(one => one.startsWith('GET'))).toBe(false)
  })

  it('is a list with no key for this device', async () => {
    const stage = await covered()
    const record = await shared(stage.doctor, contentOf(10))
    await carried(stage)
    const { rows } = sessionOf(stage.patient).unlocked
    await rows.write([['record-keys', null]])
    expect((await opened(stage.patient, record)).error).toMatchObject({ code: 'console/not-granted' })
  })
})

const row: OwnRecord = {
  ...{ id, name: 'scan', mediaType: 'a/b', sizeBytes: 1, labels: ['s|R'], createdMs: 5, version: 2 },
  ...{ contentKey: new Uint8Array(32).fill(7), payload: 'bafk', seq: 3, askedSeq: 3, storedSeq: 2 },
  ...{ grants: new Uint8Array(9), list: 'bafkl', serves: true, drop: ['bafko'], why: 'x/y' },
  before: new Uint8Array(40).fill(3),
  readers: [
    {
      ...{ pairId: 'p', kid, record: 'csrec1x', name: 'Rosa', untilMs: 0, purposes: ['TREAT'] },
      ...{ isTold: false, why: 'console/blocked' },
    },
  ],
}

describe('rows of records', () => {
  it('are read as they were written', () => {
    const settled = {
      ...row,
      before: new Uint8Array(),
      readers: row.readers.map(one => ({ ...one, why: '' })),
    }
    for (const one of [row, settled])
      expect(decodeOwnRecord(`own-record/${id}`, encodeOwnRecord(one))).toEqual(one)
  })

  it('that are damaged hide no other one', async () => {
    const { doctor } = await covered()
    const record = await shared(doctor, contentOf(10))
    const { rows } = sessionOf(doctor).unlocked
    await rows.write([[`own-record/${id}`, new Uint8Array([0xa0])]])
    const screen = createRecordsScreen(sessionOf(doctor))
    await screen.load()
    expect([screen.own.value?.map(one => one.id), screen.error.value]).toEqual([[record], null])
    await sessionOf(doctor).refresh()
    expect(sessionOf(doctor).damaged.value).toBe(1)
  })

  it('are refused with anything more or less', () => {
    const bytes = encodeOwnRecord(row)
    expect(() => decodeOwnRecord(`own-record/${id}`, bytes.subarray(1))).toThrow()
    const long = { ...row, contentKey: new Uint8Array(33) }
    expect(() => decodeOwnRecord(`own-record/${id}`, encodeOwnRecord(long))).toThrow()
  })
})

describe('words of records', () => {
  it('are all there in both languages, with the same places to fill', () => {
    const places = (text: string): readonly string[] => (text.match(/\{\w+\}/g) ?? []).sort()
    const { en, es } = recordTables
    expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort())
    for (const [key, text] of Object.entries(en))
      expect([key, places(Object.entries(es).find(([name]) => name === key)?.[1] ?? '')]).toEqual([
        key,
        places(text),
      ])
  })

  it('say for each refusal what to do, in both languages', async () => {
    await Promise.all(languages.map(loadWords))
    const codes = [
      consoleError('console/person-changed', {}),
      consoleError('console/record-gone', {}),
      consoleError('console/record-unsent', {}),
      consoleError('console/other-owner', {}),
      consoleError('console/not-granted', {}),
      consoleError('console/damaged-record', {}),
      ...['package/missing', 'package/purpose', 'blob/quota', 'blob/off'].map(code =>
        consoleError('console/refused', { code, status: 400, next: '', retryMs: 0 }),
      ),
    ]
    for (const language of languages) {
      const said = codes.map(error =>
        errorText(
          error,
          textsOf(language, () => 0),
        ),
      )
      expect(new Set(said).size).toBe(codes.length)
      for (const text of said) expect(text).not.toMatch(/console\/|package\/|blob\//)
    }
  })

  it('name labels and links by what they are', () => {
    expect(labelsOf('R', new Set(['HIV'])).map(labelCode)).toEqual(['R', 'HIV'])
    expect(labelCode('urn:other|R')).toBe('urn:other|R')
    const link = {
      ...{ id, text: '', name: '', flag: '', expMs: 0, madeMs: 0, body: new Uint8Array() },
      ...{ isStored: true, isEnding: false, endedMs: 0, missingMs: 0, why: '' },
    }
    expect(linkState(link, 5)).toBe('open')
    expect(linkState({ ...link, expMs: 5 }, 5)).toBe('over')
    expect(linkState({ ...link, isEnding: true }, 5)).toBe('sending')
    expect(linkState({ ...link, isEnding: true, endedMs: 1 }, 5)).toBe('ended')
    expect(linkState({ ...link, why: 'x' }, 5)).toBe('refused')
  })
})
