/** What a client asks for, what it does not, and what it says when a server is not what it should be. */
import { formatLink, type OpenLinkOptions, openLink, type ShlLink } from '@chartseal/ipfs-envelope/shl'
import { codeOf } from '@chartseal/testkit'
import { CompactEncrypt } from 'jose'
import { describe, expect, it } from 'vitest'
import { answering, base, bundle, card, clinic, fhir, json, nobody, noonMs, textOf } from './shl-world.js'

const recipient = 'Dr. Lindqvist'
const large = fhir({ resourceType: 'Basic', text: 'x'.repeat(100_000) })

describe('openLink', () => {
  it('gives the files in the order of the manifest, wherever they are', async () => {
    const { make, fetch, asked } = clinic()
    const { link } = await make({ files: [large, fhir(), card], zip: false, longTerm: true })
    const opened = await openLink(formatLink(link), { recipient, nowMs: noonMs, fetch })
    expect(opened.files.map(({ contentType, status }) => [contentType, status])).toEqual([
      ['application/fhir+json', 'can-change'],
      ['application/fhir+json', 'can-change'],
      ['application/smart-health-card', 'can-change'],
    ])
    expect(JSON.parse(textOf(opened.files[1]?.content))).toEqual(bundle)
    expect(opened.files[1]).toMatchObject({ fhirVersion: '4.0.1', lastUpdated: '2026-11-29T12:00:00.000Z' })
    expect(asked).toEqual([`POST ${link.url}`, expect.stringMatching(/^GET .*\/files\/[\w-]{43}$/)])
  })

  it('never asks a manifest of a direct link, and says who asks', async () => {
    const { make, fetch, asked } = clinic()
    const { link } = await make({ direct: true })
    await openLink(formatLink(link), { recipient: 'Ward 3 & 4', nowMs: noonMs, fetch })
    expect(asked).toEqual([`GET ${link.url}?recipient=Ward%203%20%26%204`])
  })

  it('leaves the address of a direct link as it stands, which may be signed', async () => {
    const { make } = clinic()
    const { link } = await make({ direct: true })
    const asked: string[] = []
    const watching: OpenLinkOptions['fetch'] = async url => {
      asked.push(url)
      return new Response('', { status: 404 })
    }
    for (const query of ['?sig=a%20b~c&download&k=(1)', '?sig=x#part', ''])
      await codeOf(() =>
        openLink(formatLink({ ...link, url: `${link.url}${query}` }), {
          recipient,
          nowMs: noonMs,
          fetch: watching,
        }),
      )
    expect(asked).toEqual([
      `${link.url}?sig=a%20b~c&download&k=(1)&recipient=Dr.%20Lindqvist`,
      `${link.url}?sig=x&recipient=Dr.%20Lindqvist`,
      `${link.url}?recipient=Dr.%20Lindqvist`,
    ])
  })

  it('asks this machine only where that was allowed, and never because another one says so', async () => {
    const { make } = clinic()
    const { link } = await make({ longTerm: true })
    const here = [
      'http://127.0.0.1:5001/x',
      'http://[::1]/x',
      'http://localhost/x',
      'https://a.localhost/x',
      'https://localhost./x',
    ]
    const ask = (url: string, more: Partial<OpenLinkOptions>) =>
      codeOf(() =>
        openLink(formatLink({ ...link, url }), { recipient, nowMs: noonMs, fetch: nobody, ...more }),
      )
    for (const url of here) {
      expect(await ask(url, {})).toBe('shl/bad-url')
      expect(await ask(url, { local: true })).toBe('shl/unreachable')
      const leading = answering(
        JSON.stringify({ files: [{ contentType: 'application/fhir+json', location: url }] }),
      )
      const redirecting = answering('', { status: 302, headers: { location: url } })
      for (const local of [false, true]) {
        expect(await ask(link.url, { fetch: leading, local })).toBe('shl/bad-url')
        const direct = formatLink({ ...link, flags: 'U' })
        const options = { recipient, nowMs: noonMs, fetch: redirecting, local }
        expect(await codeOf(() => openLink(direct, options))).toBe('shl/bad-url')
      }
    }
  })

  it('ends after one time for all that it asks, and holds a bounded sum of contents', async () => {
    const { make, fetch } = clinic()
    const { link } = await make({ files: [large, large], zip: false })
    const signals = new Set<unknown>()
    const watched: OpenLinkOptions['fetch'] = (url, init) => {
      signals.add(init.signal)
      return fetch(url, init)
    }
    await openLink(formatLink(link), { recipient, nowMs: noonMs, fetch: watched })
    expect(signals.size).toBe(1)
    const zeros = fhir({ resourceType: 'Basic', text: '0'.repeat(4_900_000) })
    const bomb = await make({ files: [zeros] })
    const [jwe = ''] = bomb.served.files.map(file => file.jwe)
    const files = Array.from({ length: 14 }, () => ({ contentType: 'application/fhir+json', embedded: jwe }))
    const manifest = answering(JSON.stringify({ files }))
    await expect(
      openLink(formatLink(bomb.link), { recipient, nowMs: noonMs, fetch: manifest }),
    ).rejects.toMatchObject({ code: 'shl/too-large', context: { what: 'content of the files' } })
  })

  it('sends neither a cookie nor a referrer, and a passcode only to a link that asks for one', async () => {
    const { make, fetch } = clinic()
    const { link } = await make()
    const sent: RequestInit[] = []
    const watched: OpenLinkOptions['fetch'] = (url, init) => {
      sent.push(init)
      return fetch(url, init)
    }
    await openLink(formatLink(link), { recipient, passcode: '2468', nowMs: noonMs, fetch: watched })
    expect(sent).toMatchObject([{ credentials: 'omit', referrerPolicy: 'no-referrer', redirect: 'manual' }])
    expect(sent[0]?.body).toBe(JSON.stringify({ recipient }))
  })

  it('asks nobody for a link that has expired, needs a passcode, or before it knows who asks', async () => {
    const { make } = clinic()
    const expiring = formatLink((await make({ expMs: noonMs + 1000 })).link)
    const guarded = formatLink((await make({ passcode: '2468' })).link)
    const ask = (text: string, more: Partial<OpenLinkOptions>) =>
      codeOf(() => openLink(text, { recipient, nowMs: noonMs, fetch: nobody, ...more }))
    expect(await ask(expiring, { nowMs: noonMs + 1000 })).toBe('shl/expired')
    expect(await ask(guarded, {})).toBe('shl/passcode-needed')
    expect(await ask(expiring, { recipient: ' ' })).toBe('json/invalid')
  })

  it('says how many attempts remain, as far as the server does', async () => {
    const { make, fetch } = clinic()
    const text = formatLink((await make({ passcode: '2468', maxWrongPasscodes: 4 })).link)
    const wrong = { recipient, passcode: '1', nowMs: noonMs }
    await expect(openLink(text, { ...wrong, fetch })).rejects.toMatchObject({
      code: 'shl/wrong-passcode',
      context: { remainingAttempts: 3, told: '; wrong ones that the link still takes: 3' },
    })
    for (const body of ['', '{}', '{"remainingAttempts":-2}', 'x'.repeat(100_000)])
      await expect(
        openLink(text, { ...wrong, fetch: answering(body, { status: 401 }) }),
      ).rejects.toMatchObject({
        message: 'The passcode is wrong.',
        context: { remainingAttempts: -1, told: '' },
      })
  })

  it('tells answers of a server apart', async () => {
    const { make } = clinic()
    const text = formatLink((await make()).link)
    const ask = (body: string, init: ResponseInit) =>
      openLink(text, { recipient, nowMs: noonMs, fetch: answering(body, init) })
    await expect(ask('', { status: 429, headers: { 'retry-after': '120' } })).rejects.toMatchObject({
      code: 'shl/too-many-requests',
      context: { host: 'clinic.example', retryAfterSeconds: 120, told: ': wait 120 seconds' },
    })
    await expect(ask('', { status: 429, headers: { 'retry-after': 'soon' } })).rejects.toMatchObject({
      context: { host: 'clinic.example', retryAfterSeconds: -1, told: '' },
    })
    await expect(ask('', { status: 404 })).rejects.toMatchObject({ code: 'shl/not-active' })
    await expect(ask('', { status: 500 })).rejects.toMatchObject({
      code: 'shl/unexpected-answer',
      context: { host: 'clinic.example', status: 500 },
    })
    await expect(openLink(text, { recipient, nowMs: noonMs, fetch: nobody })).rejects.toMatchObject({
      code: 'shl/unreachable',
    })
    await expect(ask('', { status: 200 })).rejects.toMatchObject({ code: 'json/invalid' })
  })

  it('says what a file is that does not say it, as far as its content shows', async () => {
    const { make } = clinic()
    const { link } = await make({ direct: true })
    const typesOf = async (content: Uint8Array) => {
      const header = { alg: 'dir', enc: 'A256GCM' }
      const jwe = await new CompactEncrypt(content).setProtectedHeader(header).encrypt(link.key.reveal())
      const { files } = await openLink(formatLink(link), { recipient, nowMs: noonMs, fetch: answering(jwe) })
      return files.map(({ contentType }) => contentType)
    }
    expect(await typesOf(json(bundle))).toEqual(['application/fhir+json'])
    expect(await typesOf(card.content)).toEqual(['application/smart-health-card'])
    for (const other of [json({}), Uint8Array.of(0xff)])
      expect(await typesOf(other)).toEqual(['application/octet-stream'])
  })

  it('takes an answer without a body for an empty one', async () => {
    const { make } = clinic()
    const text = formatLink((await make({ direct: true })).link)
    const empty = { recipient, nowMs: noonMs, fetch: async () => new Response(null) }
    expect(await codeOf(() => openLink(text, empty))).toBe('shl/bad-jwe')
  })

  it('gives up an answer that breaks off, and one without an end', async () => {
    const { make } = clinic()
    const direct = formatLink((await make({ direct: true })).link)
    const endless = new ReadableStream<Uint8Array>({
      pull: controller => controller.enqueue(new Uint8Array(1_000_000)),
    })
    const broken = new ReadableStream<Uint8Array>({
      pull: controller => controller.error(new Error('reset')),
    })
    const ask = (stream: ReadableStream) =>
      codeOf(() => openLink(direct, { recipient, nowMs: noonMs, fetch: async () => new Response(stream) }))
    expect(await ask(endless)).toBe('shl/too-large')
    expect(await ask(broken)).toBe('shl/unreachable')
  })

  it('ends when it is told to', async () => {
    const { make } = clinic()
    const text = formatLink((await make()).link)
    const never: OpenLinkOptions['fetch'] = (_, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    const controller = new AbortController()
    const opening = codeOf(() =>
      openLink(text, { recipient, nowMs: noonMs, fetch: never, signal: controller.signal }),
    )
    controller.abort()
    expect(await opening).toBe('shl/unreachable')
  })

  it('takes no more than the files of a hundred and 64 MB', async () => {
    const { make } = clinic()
    const { link, served } = await make()
    const text = formatLink(link)
    const embedded = served.files[0]?.jwe
    const file = { contentType: 'application/fhir+json', embedded }
    const ask = (files: readonly object[], located = '') =>
      codeOf(() =>
        openLink(text, {
          ...{ recipient, nowMs: noonMs },
          fetch: async (url, init) =>
            url === link.url ? answering(JSON.stringify({ files }))(url, init) : new Response(located),
        }),
      )
    expect(await ask(Array.from({ length: 100 }, () => file))).toBe('accepted')
    expect(await ask(Array.from({ length: 101 }, () => file))).toBe('shl/bad-manifest')
    const far = { contentType: 'application/fhir+json', location: `${base}/x` }
    expect(
      await ask(
        Array.from({ length: 10 }, () => far),
        'x'.repeat(6_900_000),
      ),
    ).toBe('shl/too-large')
  })
})

describe('a redirect', () => {
  async function redirecting(options: object, first: string, status = 302) {
    const { make, fetch, asked } = clinic()
    const { link } = await make(options)
    const open = () =>
      openLink(formatLink(link), {
        ...{ recipient, nowMs: noonMs },
        async fetch(url, init) {
          if (url.startsWith('https://moved.example/')) return fetch(link.url + new URL(url).search, init)
          if (url.startsWith('https://again.example/'))
            return Response.redirect(`https://again.example/${url.length}`)
          asked.push(url)
          return new Response(null, { status, headers: first === '' ? {} : { location: first } })
        },
      })
    return { code: await codeOf(open), asked }
  }

  it('of a file is followed to a URL that may be asked', async () => {
    expect(await redirecting({ direct: true }, 'https://moved.example/x?recipient=Ward')).toMatchObject({
      code: 'accepted',
    })
    expect((await redirecting({ direct: true }, 'http://moved.example/')).code).toBe('shl/bad-url')
    expect((await redirecting({ direct: true }, 'https://10.0.0.1/')).code).toBe('shl/bad-url')
    expect((await redirecting({ direct: true }, 'file:///etc/passwd')).code).toBe('shl/bad-url')
    expect((await redirecting({ direct: true }, 'https://again.example/')).code).toBe('shl/redirect-refused')
    expect((await redirecting({ direct: true }, '')).code).toBe('shl/redirect-refused')
  })

  it.each([301, 302, 303, 307, 308])('of a request with a passcode is never followed: %i', async status => {
    const { code, asked } = await redirecting({}, 'https://moved.example/', status)
    expect([code, asked.length]).toEqual(['shl/redirect-refused', 1])
  })

  it('that a browser does not show is refused', async () => {
    const { make } = clinic()
    const opaque = Object.defineProperty(new Response(null, { status: 200 }), 'type', {
      value: 'opaqueredirect',
    })
    const text = formatLink((await make({ direct: true })).link)
    expect(await codeOf(() => openLink(text, { recipient, nowMs: noonMs, fetch: async () => opaque }))).toBe(
      'shl/redirect-refused',
    )
  })
})

describe('the URL of a link', () => {
  const code = async (url: string): Promise<string> => {
    const { make } = clinic()
    const link: ShlLink = { ...(await make()).link, url }
    return codeOf(() => formatLink(link))
  }

  it.each([
    'http://clinic.example/x',
    'ftp://clinic.example/x',
    'clinic.example/x',
    'https://user:secret@clinic.example/x',
    'https://10.1.2.3/x',
    'https://172.16.0.1/x',
    'https://192.168.1.1/x',
    'https://169.254.169.254/latest/meta-data',
    'https://0x0a000001/x',
    'https://167772161/x',
    'https://100.64.0.1/x',
    'https://0.0.0.0/x',
    'https://224.0.0.1/x',
    'https://[fe80::1]/x',
    'https://[fd00::1]/x',
    'https://[2002:0a00::1]/x',
    'https://[::ffff:10.0.0.1]/x',
    'https://[::]/x',
    'http://evil.localhost/x',
    'http://localhost.evil.example/x',
    `https://clinic.example/${'x'.repeat(128)}`,
    `https://clinic.example/${'x'.repeat(3_000)}`,
  ])('must be one that a client may ask: not %s', async url => {
    expect(await code(url)).toBe('shl/bad-url')
  })

  it.each([
    'https://clinic.example/x',
    'https://172.15.0.1/x',
    'https://8.8.8.8/x',
    'http://localhost:8080/x',
    'http://127.0.0.1/x',
    'http://[::1]/x',
    'https://[2606:4700::1]/x',
  ])('may be %s', async url => {
    expect(await code(url)).toBe('accepted')
  })
})
