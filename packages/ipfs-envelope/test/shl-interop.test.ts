/** The same links and files in other implementations, both ways: kill-the-clipboard, jose, HL7's own examples. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  debugLink,
  decryptJwe,
  encryptJwe,
  formatLink,
  openLink,
  parseLink,
} from '@chartseal/ipfs-envelope/shl'
import { sharedFolder } from '@chartseal/testkit'
import { CompactEncrypt, compactDecrypt } from 'jose'
import { decryptSHLFile, encryptSHLFile, SHL, SHLManifestBuilder, SHLViewer } from 'kill-the-clipboard'
import { describe, expect, it } from 'vitest'
import { answering, base, bundle, card, clinic, fhir, json, noonMs, textOf } from './shl-world.js'

const fhirType = 'application/fhir+json'
const recipient = 'Dr. Lindqvist'
// Their viewer reads the clock of the machine.
const later = Date.UTC(2126, 0, 1)

describe('kill-the-clipboard', () => {
  it.each([
    ['plain', { zip: false }],
    ['compressed', {}],
    ['long-term with a passcode', { longTerm: true, passcode: '2468' }],
    ['with a label and an expiry', { label: 'Röntgen — пациент', expMs: later }],
  ])('opens a link of ours: %s', async (_, options) => {
    const { make, fetch, store } = clinic()
    const { link } = await make(options)
    const viewer = new SHLViewer({
      shlinkURI: formatLink(link, { viewer: 'https://viewer.example/' }),
      fetch: (url, init) => fetch(url, init ?? {}),
    })
    expect(viewer.shl.label).toBe('label' in options ? options.label : undefined)
    const asked = { recipient, ...('passcode' in options ? { passcode: options.passcode } : {}) }
    for (const embeddedLengthMax of [100_000, 0]) {
      const opened = await viewer.resolveSHL({ ...asked, embeddedLengthMax })
      expect(opened.fhirResources).toEqual([bundle])
    }
    expect(store.accesses.map(({ kind }) => kind)).toEqual(['manifest', 'manifest', 'file'])
  })

  it.each([
    ['a direct file with an expiry, as CMS wants it', { direct: true, expMs: later }],
    ['a direct file that may change', { direct: true, longTerm: true, zip: false }],
  ])('opens a link of ours: %s', async (_, options) => {
    const { make, fetch, store } = clinic()
    const { link } = await make(options)
    const viewer = new SHLViewer({
      shlinkURI: formatLink(link),
      fetch: (url, init) => fetch(url, init ?? {}),
    })
    expect((await viewer.resolveSHL({ recipient })).fhirResources).toEqual([bundle])
    expect(store.accesses).toMatchObject([{ kind: 'direct', recipient }])
  })

  it('is told of a wrong passcode and of a link that has ended in words of its own', async () => {
    const { make, fetch, store } = clinic()
    const { link, served } = await make({ passcode: '2468' })
    const viewer = new SHLViewer({
      shlinkURI: formatLink(link),
      fetch: (url, init) => fetch(url, init ?? {}),
    })
    await expect(viewer.resolveSHL({ recipient, passcode: '1' })).rejects.toThrow(/passcode/)
    await store.endLink(served.id, noonMs)
    await expect(viewer.resolveSHL({ recipient, passcode: '2468' })).rejects.toThrow(/not found/)
  })

  it.each([0, 100_000])(
    'makes links that open here: files up to %i characters embedded',
    async embeddedLengthMax => {
      const files = new Map<string, string>()
      const shl = SHL.generate({
        baseManifestURL: base,
        manifestPath: '/manifest.json',
        flag: 'LP',
        label: 'Größe ✓',
        expirationDate: new Date(later),
      })
      const builder = new SHLManifestBuilder({
        shl,
        uploadFile: async content => `${files.set(`${files.size}`, content).size - 1}`,
        getFileURL: async path => `${base}/files/${path}`,
        loadFile: async path => files.get(path) ?? '',
      })
      await builder.addFHIRResource({ content: bundle as never, enableCompression: true })
      await builder.addFHIRResource({ content: bundle as never, enableCompression: false })
      await builder.addHealthCard({ shc: 'a.b.c' })
      const fetch = async (url: string, { body }: RequestInit) => {
        if (url !== shl.url) return new Response(files.get(url.slice(-1)))
        expect(JSON.parse(`${body}`)).toEqual({ recipient, passcode: '2468' })
        return new Response(JSON.stringify(await builder.buildManifest({ embeddedLengthMax })))
      }
      const opened = await openLink(shl.toURI(), { recipient, passcode: '2468', nowMs: noonMs, fetch })
      expect(opened.link).toMatchObject({
        url: shl.url,
        flags: 'LP',
        label: 'Größe ✓',
        expSeconds: later / 1000,
      })
      expect(
        opened.files.map(({ contentType, content }) => [contentType, JSON.parse(textOf(content))]),
      ).toEqual([
        [fhirType, bundle],
        [fhirType, bundle],
        [card.contentType, { verifiableCredential: ['a.b.c'] }],
      ])
    },
  )

  it.each([true, false])('encrypts and decrypts the same files, zip %s', async zip => {
    const key = AeadKey.generate(systemRandom)
    const content = JSON.stringify({ ...bundle, note: 'ä€😀' })
    const theirs = await encryptSHLFile({
      content,
      key: encodeBase64Url(key.reveal()),
      contentType: fhirType,
      enableCompression: zip,
    })
    const opened = await decryptJwe(theirs, key)
    expect([textOf(opened.content), opened.contentType]).toEqual([content, fhirType])
    const ours = await encryptJwe(
      { content: new TextEncoder().encode(content), contentType: fhirType },
      key,
      { zip },
    )
    expect(await decryptSHLFile({ jwe: ours, key: encodeBase64Url(key.reveal()) })).toEqual({
      content,
      contentType: fhirType,
    })
  })
})

describe('jose', () => {
  const content = new Uint8Array(70_000).map((_, i) => i % 251)

  it.each([true, false])('decrypts a file of ours, zip %s', async zip => {
    const key = AeadKey.generate(systemRandom)
    const jwe = await encryptJwe({ content, contentType: 'x/y' }, key, { zip })
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, key.reveal())
    expect(protectedHeader).toEqual({
      alg: 'dir',
      enc: 'A256GCM',
      cty: 'x/y',
      ...(zip ? { zip: 'DEF' } : {}),
    })
    expect(Uint8Array.from(plaintext)).toEqual(content)
  })

  it.each([true, false])('makes files that open here, zip %s', async zip => {
    const key = AeadKey.generate(systemRandom)
    const header = { alg: 'dir', enc: 'A256GCM', kid: 'ignored', cty: 'x/y', ...(zip ? { zip: 'DEF' } : {}) }
    const jwe = await new CompactEncrypt(content).setProtectedHeader(header).encrypt(key.reveal())
    expect(await decryptJwe(` ${jwe}\n`, key)).toEqual({ content, contentType: 'x/y' })
  })
})

const shared = sharedFolder('data', 'shl')
const read = (name: string): string => readFileSync(join(shared ?? '', name), 'utf8')

describe.skipIf(shared === null)('the examples of HL7', () => {
  it('open, though the file has a kid and says nothing of its type', async () => {
    const details = JSON.parse(read('IPS_IG-bundle-01-shl-details.json'))
    for (const text of [read('IPS_IG-bundle-01-shl.txt'), details.shlink, details.shlinkBare]) {
      const { key, ...link } = parseLink(text)
      const { url, label } = details.shlinkJsonPayload
      expect(link).toEqual({ url, label, flags: 'LU', expSeconds: null })
      expect(encodeBase64Url(key.reveal())).toBe(details.shlinkJsonPayload.key)
    }
    const asked: string[] = []
    const fetch = (url: string) => {
      asked.push(url)
      return answering(read('IPS_IG-bundle-01-enc.txt'))(url, {})
    }
    const options = { recipient: 'Ward 3 & 4', nowMs: noonMs, fetch }
    const { files } = await openLink(details.shlink, options)
    expect(files.map(({ contentType }) => contentType)).toEqual([fhirType])
    expect(textOf(files[0]?.content)).toBe(read('IPS_IG-bundle-01.json'))
    expect(new URL(asked[0] ?? '').searchParams.get('recipient')).toBe('Ward 3 & 4')
    expect(await debugLink(details.shlink, options)).toMatchObject({ failedAt: null })
  })
})

describe('a link of the specification', () => {
  // HL7 STU1, "Example SMART Health Link Generation": the payload as it is printed there.
  const payload = {
    url: 'https://ehr.example.org/qr/Y9xwkUdtmN9wwoJoN3ffJIhX2UGvCL1JnlPVNL3kDWM/m',
    flag: 'LP',
    key: 'rxTgYlOaKJPFtcEd0qcceN8wEU4p94SqAwIWQe6uX7Q',
    label: 'Back-to-school immunizations for Oliver Brown',
  }

  it('is read and written in the same way', () => {
    const text = `shlink:/${encodeBase64Url(json(payload))}`
    const link = parseLink(text)
    expect(formatLink(link)).toBe(text)
    expect(formatLink(link, { viewer: 'https://viewer.example.org' })).toBe(
      `https://viewer.example.org/#${text}`,
    )
    expect(fhir().contentType).toBe(fhirType)
  })
})
