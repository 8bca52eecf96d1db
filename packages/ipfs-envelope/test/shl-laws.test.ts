/** Laws of the parsers: what is written is read back, and no bytes of strangers do more than be refused. */
import { deflateRawSync } from 'node:zlib'
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  decryptJwe,
  encryptJwe,
  formatLink,
  formatManifest,
  formatManifestRequest,
  isPasscode,
  type ManifestFile,
  makePasscodeVerifier,
  maxInflatedBytes,
  parseLink,
  parseManifest,
  parseManifestRequest,
  parsePasscodeVerifier,
  requireJwe,
} from '@chartseal/ipfs-envelope/shl'
import { codeOf, hostileBytes, hostileText, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { json } from './shl-world.js'

const key = AeadKey.generate(systemRandom)
const id = 'A'.repeat(43)

/** Whatever comes in: a value, or an error with a code, and nothing else. */
async function onlyRefuses(read: () => unknown): Promise<boolean> {
  try {
    await read()
    return true
  } catch (error) {
    if (error instanceof ChartsealError) return true
    throw error
  }
}

const label = fc.option(
  hostileText.filter(text => text.length <= 80),
  { nil: null },
)
const links = fc.record({
  url: fc.constantFrom(
    `https://clinic.example/shl/${id}`,
    `http://127.0.0.1:8080/${id}`,
    `http://localhost/${id}`,
  ),
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytes => new AeadKey(bytes)),
  flags: fc.constantFrom('', 'L', 'P', 'U', 'LP', 'LU'),
  expSeconds: fc.option(fc.nat(4_102_444_800), { nil: null }),
  label,
})
const viewers = fc.constantFrom(
  undefined,
  'https://viewer.example/',
  'https://viewer.example/a?b=c#',
  'http://localhost:3000/v',
)

/** JSON with something else in a place or two. */
const otherJson = (sound: object): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...Object.keys(sound)), fc.jsonValue())
    .map(([name, value]) => JSON.stringify({ ...sound, [name]: value }))

describe('a link', () => {
  it('is read back as it was written, bare and behind any viewer', () => {
    fc.assert(
      fc.property(links, viewers, (link, viewer) => {
        const text = formatLink(link, viewer === undefined ? {} : { viewer })
        const read = parseLink(`  ${text}\n`)
        expect({ ...read, key: [...read.key.reveal()] }).toEqual({ ...link, key: [...link.key.reveal()] })
        expect(formatLink(read)).toBe(text.slice(text.indexOf('shlink:')))
        expect(text).toMatch(/(^|#)shlink:\/[A-Za-z0-9_-]+$/)
      }),
      propertyRuns(200),
    )
  })

  it('of any text or payload is read or refused with a code', async () => {
    const payload = { url: `https://clinic.example/${id}`, key: id, flag: 'L', exp: 1, label: 'x', v: 1 }
    const encoded = fc.oneof(
      otherJson(payload).map(text => encodeBase64Url(encodeUtf8(text))),
      hostileBytes(80).map(encodeBase64Url),
    )
    const texts = fc.oneof(
      encoded.map(text => `shlink:/${text}`),
      hostileText,
      hostileText.map(text => `shlink:/${text}`),
    )
    await fc.assert(
      fc.asyncProperty(texts, text => onlyRefuses(() => parseLink(text))),
      propertyRuns(300),
    )
  })

  it('ignores properties and flags that it does not know, and refuses what it knows in another type', async () => {
    const payload = { url: `https://clinic.example/${id}`, key: id, flag: 'XUL', _ours: 1, extension: {} }
    const linkOf = (more: object) => `shlink:/${encodeBase64Url(json({ ...payload, ...more }))}`
    expect(parseLink(linkOf({}))).toMatchObject({ flags: 'LU', label: null, expSeconds: null })
    expect(parseLink(linkOf({ exp: 1.5, v: 1, label: 'x'.repeat(90) }))).toMatchObject({ expSeconds: 1.5 })
    for (const more of [
      { exp: '1' },
      { exp: -1 },
      { exp: 1e300 },
      { label: 1 },
      { flag: 7 },
      { v: '1' },
      { url: 1 },
    ])
      expect(await codeOf(() => parseLink(linkOf(more))), JSON.stringify(more)).toBe('json/invalid')
  })
})

describe('a manifest', () => {
  const text = fc.string({ maxLength: 20 })
  const optional = fc.option(text, { nil: null })
  const files = fc.record({
    contentType: text,
    location: fc.constant(null),
    embedded: text,
    lastUpdated: optional,
    status: optional,
    fhirVersion: optional,
  })

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.array(files, { minLength: 1, maxLength: 5 }), (list: readonly ManifestFile[]) => {
        expect(parseManifest(formatManifest({ files: list }))).toEqual({ files: list })
      }),
      propertyRuns(),
    )
  })

  it('and a request for one, of any text, are read or refused with a code', async () => {
    const file = { contentType: 'x', location: 'https://x.example', embedded: 'e', status: 's' }
    const manifests = fc.oneof(
      hostileText,
      otherJson({ files: [file], list: {} }),
      otherJson(file).map(one => `{"files":[${one}]}`),
    )
    const requests = fc.oneof(hostileText, otherJson({ recipient: 'x', passcode: 'y', embeddedLengthMax: 1 }))
    await fc.assert(
      fc.asyncProperty(manifests, one => onlyRefuses(() => parseManifest(one))),
      propertyRuns(200),
    )
    await fc.assert(
      fc.asyncProperty(requests, one => onlyRefuses(() => parseManifestRequest(one))),
      propertyRuns(200),
    )
  })

  it('is asked for in words that the server reads back', () => {
    const requests = fc.record({
      recipient: hostileText.filter(one => one.trim() !== '' && one.length <= 256),
      passcode: fc.option(fc.string({ maxLength: 20 }), { nil: null }),
      embeddedLengthMax: fc.option(fc.nat(), { nil: null }),
    })
    fc.assert(
      fc.property(requests, request => {
        expect(parseManifestRequest(formatManifestRequest(request))).toEqual(request)
      }),
      propertyRuns(),
    )
  })
})

describe('a file', () => {
  it('of any content opens as it was, with and without compression, and never twice in the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(hostileBytes(2_000), hostileText, fc.boolean(), async (content, contentType, zip) => {
        const jwe = await encryptJwe({ content, contentType }, key, { zip })
        expect(await decryptJwe(jwe, key)).toEqual({ content, contentType })
        expect(await encryptJwe({ content, contentType }, key, { zip })).not.toBe(jwe)
        requireJwe(jwe)
      }),
      propertyRuns(60),
    )
  })

  it('in which one character was changed does not open', async () => {
    const jwe = await encryptJwe({ content: json({ a: 1 }), contentType: 'application/fhir+json' }, key, {
      zip: true,
    })
    const places = [...jwe].flatMap((character, i) => (character === '.' ? [] : [i]))
    for (const i of places) {
      const other = jwe[i] === 'A' ? 'B' : 'A'
      const code = await codeOf(() => decryptJwe(`${jwe.slice(0, i)}${other}${jwe.slice(i + 1)}`, key))
      expect(['open/failed', 'shl/bad-jwe'], `${i}`).toContain(code)
    }
  })

  it('of any text is refused with a code', async () => {
    const parts = fc.array(fc.oneof(hostileBytes(20).map(encodeBase64Url), hostileText), { maxLength: 6 })
    const header = otherJson({ alg: 'dir', enc: 'A256GCM', zip: 'DEF', cty: 'x' }).map(text =>
      encodeBase64Url(encodeUtf8(text)),
    )
    const framed = header.map(text => `${text}..${'A'.repeat(16)}.AAAA.${'A'.repeat(22)}`)
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          parts.map(all => all.join('.')),
          framed,
        ),
        text => onlyRefuses(() => decryptJwe(text, key)),
      ),
      propertyRuns(300),
    )
  })

  it('that would grow beyond 5 MB when it is inflated is given up, long before it is all there', async () => {
    const header = encodeBase64Url(json({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' }))
    const bomb = async (size: number) => {
      const iv = Uint8Array.from(systemRandom.bytes(12))
      const secret = await crypto.subtle.importKey('raw', Uint8Array.from(key.reveal()), 'AES-GCM', false, [
        'encrypt',
      ])
      const algorithm = { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(header) }
      const deflated = Uint8Array.from(deflateRawSync(new Uint8Array(size), { level: 9 }))
      const sealed = new Uint8Array(await crypto.subtle.encrypt(algorithm, secret, deflated))
      return [header, '', ...[iv, sealed.subarray(0, -16), sealed.subarray(-16)].map(encodeBase64Url)].join(
        '.',
      )
    }
    expect(await codeOf(async () => decryptJwe(await bomb(maxInflatedBytes), key))).toBe('accepted')
    expect(await codeOf(async () => decryptJwe(await bomb(maxInflatedBytes + 1), key))).toBe('shl/too-large')
    expect(await codeOf(async () => decryptJwe(await bomb(60_000_000), key))).toBe('shl/too-large')
  })
})

describe('the verifier of a passcode', () => {
  const iterations = 3

  it('is of that passcode and of no other, and has a salt of its own', async () => {
    const passcode = hostileText.filter(text => text.trim() !== '')
    await fc.assert(
      fc.asyncProperty(passcode, passcode, async (one, other) => {
        const verifier = await makePasscodeVerifier(one, { iterations })
        expect(await isPasscode(verifier, one)).toBe(true)
        expect(await isPasscode(verifier, other)).toBe(one.normalize('NFC') === other.normalize('NFC'))
        expect(await makePasscodeVerifier(one, { iterations })).not.toBe(verifier)
      }),
      propertyRuns(50),
    )
  })

  it('is PBKDF2 with 600,000 iterations unless a test wants fewer', async () => {
    const verifier = await makePasscodeVerifier('2468')
    expect(parsePasscodeVerifier(verifier)).toMatchObject({ iterations: 600_000 })
    expect(await isPasscode(verifier, '2468')).toBe(true)
    await expect(makePasscodeVerifier(' ')).rejects.toThrow(RangeError)
  })

  it('of any text is read or refused with a code', async () => {
    const close = fc
      .tuple(fc.nat(), hostileText)
      .map(([count, text]) => `pbkdf2-sha256:${count}:${text}:${id}`)
    await fc.assert(
      fc.asyncProperty(fc.oneof(hostileText, close), text => onlyRefuses(() => parsePasscodeVerifier(text))),
      propertyRuns(),
    )
  })
})
