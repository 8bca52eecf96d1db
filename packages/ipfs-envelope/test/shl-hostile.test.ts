/** Each code of `shl/` is raised, each for what its name says; and a wrong use is the caller's mistake. */
import { encodeBase64Url } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  type CreateLinkOptions,
  createLink,
  decryptJwe,
  encryptJwe,
  formatLink,
  isPasscode,
  type OpenLinkOptions,
  openLink,
  parseLink,
  parseManifest,
  requireContent,
  requireFlags,
  requireJwe,
  requireServable,
  shlError,
} from '@chartseal/ipfs-envelope/shl'
import { codesRaised } from '@chartseal/testkit'
import { CompactEncrypt } from 'jose'
import { describe, expect, it } from 'vitest'
import { answering, base, card, clinic, fhir, json, nobody, noonMs } from './shl-world.js'

const expectCode = codesRaised(shlError)
const id = 'A'.repeat(43)
const key = AeadKey.generate(systemRandom)
const linkOf = (payload: object): string => `shlink:/${encodeBase64Url(json(payload))}`
const sound = { url: `${base}/${id}`, key: id }
const make = (options: Partial<CreateLinkOptions>) =>
  createLink({ baseUrl: base, files: [fhir()], nowMs: noonMs, verifierIterations: 1, ...options })
const open = (text: string, fetch: OpenLinkOptions['fetch']) =>
  openLink(text, { recipient: 'x', nowMs: noonMs, fetch })

describe('a link is refused', () => {
  it.each([
    '',
    'shlink:',
    'shlink:/',
    'SHLINK:/e30',
    'shlink:/e30=',
    'shlink://e30',
    'shlink:/e30 e30',
    'https://viewer.example/shlink:/e30',
    'https://viewer.example/#x#shlink:/e30',
    'javascript:alert(1)#shlink:/e30',
    `shlink:/${'A'.repeat(20_000)}`,
  ])('that is no link: %#', async text => {
    await expectCode('shl/not-a-link', () => parseLink(text))
  })

  it('whose payload is no base64url, no UTF-8, no JSON or repeats a name', async () => {
    await expectCode('encoding/invalid', () => parseLink('shlink:/e31'))
    await expectCode('encoding/invalid', () => parseLink(`shlink:/${encodeBase64Url(Uint8Array.of(0xff))}`))
    await expectCode('json/invalid', () => parseLink('shlink:/e30'))
    await expectCode('json/invalid', () => {
      const twice = `{"url":"${base}/x","url":"https://other.example/","key":"${id}"}`
      return parseLink(`shlink:/${encodeBase64Url(new TextEncoder().encode(twice))}`)
    })
  })

  it('of another version, with another key, URL or flags', async () => {
    await expectCode('shl/unsupported-version', () => parseLink(linkOf({ ...sound, v: 2 })))
    await expectCode('key/wrong-length', () => parseLink(linkOf({ ...sound, key: 'AAAA' })))
    await expectCode('shl/bad-url', () => parseLink(linkOf({ ...sound, url: 'http://clinic.example/' })))
    await expectCode('shl/bad-flags', () => parseLink(linkOf({ ...sound, flag: 'PU' })))
    await expectCode('shl/bad-flags', () => requireFlags('UL'))
    await expectCode('shl/bad-flags', () => requireFlags('X'))
  })
})

describe('nothing is made that a plain client could not open', () => {
  it('refuses files of another type, none, several direct ones and too many', async () => {
    await expectCode('shl/not-servable', () => make({ files: [] }))
    await expectCode('shl/not-servable', () => make({ files: [fhir(), fhir()], direct: true }))
    await expectCode('shl/not-servable', () => make({ files: Array.from({ length: 101 }, () => fhir()) }))
    await expectCode('shl/not-servable', () =>
      make({ files: [{ contentType: 'image/png', content: json({}) }] }),
    )
    await expectCode('shl/bad-flags', () => make({ direct: true, passcode: '2468' }))
  })

  it('refuses content that is not what its type says', async () => {
    for (const [type, value] of [
      ['fhir+json', {}],
      ['fhir+json', { resourceType: '' }],
      ['fhir+json', { resourceType: 'Bundle', entry: 1 }],
      ['fhir+json', { resourceType: 'Bundle', entry: [null] }],
      ['fhir+json', { resourceType: 'Bundle', entry: [{ resource: {} }] }],
      ['fhir+json', { resourceType: 'Bundle', entry: [{ resource: null }] }],
      ['smart-health-card', { verifiableCredential: [] }],
      ['smart-health-card', { verifiableCredential: [1] }],
      ['smart-api-access', { access_token: 'x' }],
    ] as const) {
      const file = { contentType: `application/${type}`, content: json(value) }
      await expectCode('shl/bad-content', () => make({ files: [file] }))
    }
    const access = {
      contentType: 'application/smart-api-access',
      content: json({ access_token: 'x', aud: 'y' }),
    }
    const reply = fhir({ resourceType: 'Bundle', entry: [{ response: { status: '200' } }] })
    await expectCode('accepted', () => make({ files: [access, reply, card] }))
    for (const content of [json([]), new Uint8Array([0xff]), new TextEncoder().encode('{"a":1,"a":2}')])
      await expectCode('shl/bad-content', () =>
        requireContent({ contentType: 'application/fhir+json', content }),
      )
    expect(requireContent({ contentType: 'text/plain', content: json([]) })).toBeUndefined()
  })

  it('refuses a label or a URL that is too long, and a server that may not be asked', async () => {
    await expectCode('shl/bad-label', () => make({ label: 'x'.repeat(81) }))
    await expectCode('encoding/invalid', () => make({ label: '\ud800' }))
    await expectCode('shl/bad-url', () => make({ baseUrl: `https://clinic.example/${'x'.repeat(80)}` }))
    await expectCode('shl/bad-url', () => make({ baseUrl: 'http://clinic.example' }))
    const { link } = await make({})
    await expectCode('shl/bad-url', () => formatLink(link, { viewer: 'https://viewer.example/#/route' }))
    await expectCode('shl/bad-url', () => formatLink(link, { viewer: 'viewer' }))
  })

  it('says to the caller what is theirs: a date that is over, an empty passcode, content of more than 5 MB', async () => {
    for (const expMs of [noonMs, noonMs + 999]) await expect(make({ expMs })).rejects.toThrow(RangeError)
    await expect(make({ passcode: '' })).rejects.toThrow(RangeError)
    const content = new Uint8Array(5_000_001)
    await expect(encryptJwe({ content, contentType: 'x' }, key)).rejects.toThrow(RangeError)
  })

  it('is what a server checks of a link that somebody gives it', async () => {
    const { served } = await make({ passcode: '2468' })
    await expectCode('accepted', () => requireServable(served))
    const times = [Number.NaN, -1, 9e15, 1.5]
    for (const wrong of [
      ...times.map(expMs => ({ expMs })),
      ...times.map(updatedMs => ({ files: served.files.map(file => ({ ...file, updatedMs })) })),
      { id: 'short' },
      { passcode: null },
      { flags: 'L' },
      { maxWrongPasscodes: 0 },
      { maxWrongPasscodes: 101 },
      { maxWrongPasscodes: 1.5 },
    ])
      await expectCode('shl/not-servable', () => requireServable({ ...served, ...wrong }))
    const [file] = served.files
    if (file === undefined) throw new Error('a file is missing')
    await expectCode('shl/bad-jwe', () => requireServable({ ...served, files: [{ ...file, jwe: 'a.b.c' }] }))
    await expectCode('shl/bad-flags', () => requireServable({ ...served, flags: 'PL' }))
  })

  it('refuses a verifier that another program made, or that would keep a server busy', async () => {
    const { served } = await make({ passcode: '2468' })
    const salt = 'A'.repeat(22)
    for (const passcode of [
      '2468',
      `pbkdf2-sha256:1000001:${salt}:${id}`,
      `pbkdf2-sha256:0:${salt}:${id}`,
      `pbkdf2-sha256:1:${'A'.repeat(21)}B:${id}`,
      `pbkdf2-sha256:1:${salt}:${id}\n`,
    ])
      await expectCode('shl/bad-verifier', () => requireServable({ ...served, passcode }))
    await expectCode('shl/bad-verifier', () => isPasscode('x', '2468'))
  })
})

describe('a file is refused', () => {
  const jwe = encryptJwe({ content: json({}), contentType: 'x' }, key)
  const withHeader = async (header: unknown) =>
    [encodeBase64Url(json(header)), ...(await jwe).split('.').slice(1)].join('.')
  const sealed = { alg: 'dir', enc: 'A256GCM' }

  it.each([
    ['another algorithm', { ...sealed, alg: 'A256KW' }],
    ['another encryption', { ...sealed, enc: 'A128GCM' }],
    ['another compression', { ...sealed, zip: 'GZ' }],
    ['something critical that is not known', { ...sealed, crit: ['exp'] }],
    ['a header that is a list', []],
    ['no header', null],
  ])('with %s', async (_, header) => {
    await expectCode('shl/bad-jwe', async () => decryptJwe(await withHeader(header), key))
  })

  it('with another number of parts, an encrypted key, a short nonce or tag, or other characters', async () => {
    const [header = '', , iv = '', body = '', tag = ''] = (await jwe).split('.')
    for (const parts of [
      [header, '', iv, body],
      [header, '', iv, body, tag, ''],
      [header, 'AAAA', iv, body, tag],
      [header, '', 'AAAA', body, tag],
      [header, '', iv, body, 'AAAA'],
      [header, '', iv, `${body}=`, tag],
      [header, '', iv, `${body} `, tag],
    ])
      await expectCode('shl/bad-jwe', () => requireJwe(parts.join('.')))
  })

  it('under another key, and one that is longer than any file', async () => {
    await expectCode('open/failed', async () => decryptJwe(await jwe, AeadKey.generate(systemRandom)))
    await expectCode('shl/too-large', () => requireJwe('x'.repeat(7_000_001)))
  })

  it('that says it is compressed and is not, or ends early', async () => {
    const zipped = async (content: Uint8Array) => {
      const plain = await encryptJwe({ content, contentType: 'x' }, key)
      const header = encodeBase64Url(json({ ...sealed, zip: 'DEF' }))
      expect(plain).not.toContain(header)
      return reseal(content, header)
    }
    for (const content of [json({ a: 'not deflate' }), new Uint8Array(0), Uint8Array.of(0xed, 0xc1)])
      await expectCode('shl/bad-deflate', async () => decryptJwe(await zipped(content), key))
  })
})

/** What somebody with the key makes who does not compress. */
async function reseal(content: Uint8Array, header: string): Promise<string> {
  const iv = Uint8Array.from(systemRandom.bytes(12))
  const secret = await crypto.subtle.importKey('raw', Uint8Array.from(key.reveal()), 'AES-GCM', false, [
    'encrypt',
  ])
  const algorithm = { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(header) }
  const sealed = new Uint8Array(await crypto.subtle.encrypt(algorithm, secret, Uint8Array.from(content)))
  return [header, '', ...[iv, sealed.subarray(0, -16), sealed.subarray(-16)].map(encodeBase64Url)].join('.')
}

describe('an answer is refused', () => {
  it('that is no manifest', async () => {
    for (const text of ['{"files":[]}', '{"files":[{"contentType":"x"}]}'])
      await expectCode('shl/bad-manifest', () => parseManifest(text))
    for (const text of ['', '[]', '{}', '{"files":{}}', '{"files":[1]}', '{"files":[{"embedded":"x"}]}'])
      await expectCode('json/invalid', () => parseManifest(text))
  })

  it('by what went wrong', async () => {
    const world = clinic()
    const text = formatLink((await world.make()).link)
    const direct = formatLink((await world.make({ direct: true })).link)
    const guarded = formatLink((await world.make({ passcode: '2468' })).link)
    const expired = formatLink((await world.make({ expMs: noonMs + 1000 })).link)
    const status = (code: number, init: ResponseInit = {}) => answering('', { status: code, ...init })
    await expectCode('shl/not-active', () => open(text, status(404)))
    await expectCode('shl/too-many-requests', () => open(text, status(429)))
    await expectCode('shl/unexpected-answer', () => open(text, status(503)))
    await expectCode('shl/redirect-refused', () => open(text, status(307, { headers: { location: base } })))
    await expectCode('shl/unreachable', () => open(text, nobody))
    await expectCode('shl/too-large', () => open(direct, answering('x'.repeat(7_000_001))))
    await expectCode('shl/wrong-passcode', () => open(text, status(401)))
    await expectCode('shl/passcode-needed', () => open(guarded, nobody))
    await expectCode('shl/expired', () =>
      openLink(expired, { recipient: 'x', nowMs: noonMs + 9_000, fetch: nobody }),
    )
    await expectCode('encoding/invalid', () => open(direct, async () => new Response(Uint8Array.of(0xff))))
  })

  it('with a file of another link', async () => {
    const world = clinic()
    const text = formatLink((await world.make({ direct: true })).link)
    const other = await new CompactEncrypt(json({}))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(systemRandom.bytes(32))
    await expectCode('open/failed', () => open(text, answering(other)))
  })
})

describe('an error', () => {
  it('holds no key, no passcode and no path of a link, whatever it is about', async () => {
    const world = clinic()
    const made = await world.make({ passcode: 'correct horse' })
    const text = formatLink(made.link)
    const secrets = ['correct horse', encodeBase64Url(made.link.key.reveal()), made.served.id, text]
    const answers = [
      status401,
      answering('{}'),
      answering('', { status: 404 }),
      answering('', { status: 302 }),
      nobody,
    ]
    for (const fetch of answers) {
      const options = { recipient: 'x', passcode: 'correct horse', nowMs: noonMs, fetch }
      const error = await openLink(text, options).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(Error)
      const told = JSON.stringify({
        error,
        message: `${error}`,
        stack: error instanceof Error ? error.stack : '',
      })
      for (const secret of secrets) expect(told).not.toContain(secret)
    }
    expect(JSON.stringify(made.link)).not.toContain(secrets[1])
  })
})

const status401 = answering('{"remainingAttempts":1}', { status: 401 })
