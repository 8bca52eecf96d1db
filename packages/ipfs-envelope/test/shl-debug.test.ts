/** The debugger names the stage at which a link fails, and what is not as the specifications say. */
import { encodeBase64Url } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { debugLink, encryptJwe, formatLink, type OpenLinkOptions } from '@chartseal/ipfs-envelope/shl'
import { describe, expect, it } from 'vitest'
import { answering, base, card, clinic, fhir, json, nobody, noonMs } from './shl-world.js'

const options = { recipient: 'Dr. Lindqvist', nowMs: noonMs }
const patientShared = {
  ...{ resourceType: 'Bundle', type: 'collection', timestamp: '2026-11-29T12:00:00Z' },
  entry: [{ resource: { resourceType: 'Patient' } }, { resource: { resourceType: 'AllergyIntolerance' } }],
}
const debug = async (text: string, fetch: OpenLinkOptions['fetch']) => {
  const report = await debugLink(text, { ...options, fetch })
  return {
    ...report,
    outcomes: report.stages.map(({ stage, outcome, code }) => `${stage} ${code ?? outcome}`),
  }
}

describe('debugLink', () => {
  it('passes every stage of a sound link', async () => {
    const { make, fetch } = clinic()
    const { link } = await make({ files: [fhir(), card], label: 'Allergies', longTerm: true })
    const report = await debug(formatLink(link), fetch)
    expect(report).toMatchObject({
      failedAt: null,
      outcomes: ['decode passed', 'retrieve passed', 'decrypt passed', 'bundle passed'],
      link: { host: 'clinic.example', flags: 'L', expSeconds: null, label: 'Allergies' },
    })
    expect(report.stages.map(({ message }) => message)).toEqual([
      'a manifest by POST at clinic.example, flags L',
      '2 files',
      expect.stringMatching(
        /^application\/fhir\+json, \d+ bytes; application\/smart-health-card, \d+ bytes$/,
      ),
      '2 files as the type says',
    ])
  })

  it('has nothing to note of a link as CMS wants it', async () => {
    const { make, fetch } = clinic()
    const { link } = await make({ direct: true, expMs: noonMs + 60_000, files: [fhir(patientShared)] })
    const report = await debug(formatLink(link), fetch)
    expect([report.failedAt, report.notes, report.stages[0]?.message]).toEqual([
      null,
      [],
      'one file by GET at clinic.example, flags U',
    ])
  })

  it.each([
    ['a single resource', { resourceType: 'Patient' }, 'type collection'],
    ['a document', { ...patientShared, type: 'document' }, 'type collection'],
    ['no time', { ...patientShared, timestamp: null }, 'type collection'],
    [
      'nothing about the patient',
      { ...patientShared, entry: patientShared.entry.slice(0, 1) },
      'one Patient',
    ],
    ['no patient', { ...patientShared, entry: patientShared.entry.slice(1) }, 'one Patient'],
    [
      'two patients',
      { ...patientShared, entry: [...patientShared.entry, ...patientShared.entry] },
      'one Patient',
    ],
    ['no entry', { ...patientShared, entry: undefined }, 'one Patient'],
    ['answers', { ...patientShared, entry: [{ response: { status: '200' } }] }, 'one Patient'],
  ])('notes of a bundle that CMS would not take: %s', async (_, content, words) => {
    const { make, fetch } = clinic()
    const { link } = await make({ direct: true, expMs: noonMs + 60_000, files: [fhir(content)] })
    const report = await debug(formatLink(link), fetch)
    expect([report.failedAt, report.notes]).toEqual([null, [expect.stringContaining(words)]])
  })

  it('stops at decode', async () => {
    expect(await debug('shlink:/x', nobody)).toMatchObject({
      failedAt: 'decode',
      link: null,
      notes: [],
      outcomes: [
        'decode encoding/invalid',
        'retrieve not reached',
        'decrypt not reached',
        'bundle not reached',
      ],
    })
    expect((await debug('hello', nobody)).outcomes[0]).toBe('decode shl/not-a-link')
  })

  it('stops at retrieve', async () => {
    const { make } = clinic()
    const text = formatLink((await make()).link)
    const report = await debug(text, answering('', { status: 404 }))
    expect(report).toMatchObject({ failedAt: 'retrieve' })
    expect(report.outcomes).toEqual([
      'decode passed',
      'retrieve shl/not-active',
      'decrypt not reached',
      'bundle not reached',
    ])
    expect((await debug(text, answering('<html>'))).outcomes[1]).toBe('retrieve json/invalid')
    expect((await debug(text, nobody)).outcomes[1]).toBe('retrieve shl/unreachable')
  })

  it('stops at decrypt', async () => {
    const { make } = clinic()
    const text = formatLink((await make({ direct: true })).link)
    expect((await debug(text, answering('{"not":"a JWE"}'))).outcomes[2]).toBe('decrypt shl/bad-jwe')
    const other = AeadKey.generate(systemRandom)
    const jwe = await encryptJwe({ content: json({}), contentType: 'application/fhir+json' }, other)
    const report = await debug(text, answering(jwe))
    expect([report.failedAt, report.outcomes[2]]).toEqual(['decrypt', 'decrypt open/failed'])
  })

  it('stops at bundle', async () => {
    const { make } = clinic()
    const { link } = await make({ direct: true })
    const jwe = await encryptJwe(
      { content: json({ no: 'FHIR' }), contentType: 'application/fhir+json' },
      link.key,
    )
    const report = await debug(formatLink(link), answering(jwe))
    expect([report.failedAt, report.outcomes[3]]).toEqual(['bundle', 'bundle shl/bad-content'])
  })

  it('notes what works and is not as HL7 or CMS says', async () => {
    const key = AeadKey.generate(systemRandom)
    const jwe = await encryptJwe({ content: json({ a: 1 }), contentType: 'image/png' }, key)
    const url = `https://clinic.example/${'short/'.repeat(20)}`
    const payload = { url, key: encodeBase64Url(key.reveal()), label: 'x'.repeat(81) }
    const manifest = { files: [{ contentType: 'application/fhir+json', embedded: jwe }] }
    const report = await debug(
      `shlink:/${encodeBase64Url(json(payload))}`,
      answering(JSON.stringify(manifest)),
    )
    expect(report.failedAt).toBeNull()
    expect(report.notes).toEqual([
      'The URL has more than 128 characters, the most that HL7 allows.',
      'The label has more than 80 characters, the most that HL7 allows.',
      'The URL has no part of 256 random bits, which HL7 requires: it may be guessed.',
      'The profile of CMS (patient-shared health documents) wants a direct file, flag U.',
      'The profile of CMS wants a time of expiry.',
      '1 file of a type that HL7 does not name.',
      '1 file of another type than the manifest says.',
    ])
  })

  it('repeats no key, no passcode, no content and no path', async () => {
    const { make, fetch } = clinic()
    const { link, served } = await make({ passcode: 'correct horse' })
    for (const passcode of ['correct horse', 'wrong battery']) {
      const report = JSON.stringify(await debugLink(formatLink(link), { ...options, passcode, fetch }))
      const secrets = [passcode, encodeBase64Url(link.key.reveal()), served.id, 'Gómez', `${base}/`]
      for (const secret of secrets) expect(report).not.toContain(secret)
    }
  })

  it('throws what is not the fault of the link', async () => {
    const { make } = clinic()
    const text = formatLink((await make()).link)
    const asked = debugLink(text, { ...options, fetch: nobody, recipient: 7 as never })
    await expect(asked).rejects.toThrow(TypeError)
  })
})
