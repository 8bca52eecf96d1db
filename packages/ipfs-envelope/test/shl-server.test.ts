/** What a server answers: HL7 SMART Health Links STU1, clause by clause. */
import { ChartsealError } from '@chartseal/core/errors'
import { parseManifest, ticketMs } from '@chartseal/ipfs-envelope/shl'
import { hostileText, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { base, card, clinic, fhir } from './shl-world.js'

const asker = { recipient: 'Dr. Lindqvist, Ward 3' }
const large = fhir({ resourceType: 'Basic', text: 'x'.repeat(100_000) })

describe('a manifest', () => {
  it('lists the files with type, time, status and version, embedded when they are small', async () => {
    const { make, post } = clinic()
    const { served } = await make({ files: [fhir(), card], longTerm: true })
    const { status, headers, body } = await post(served.id, asker)
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'application/json',
      'no-store',
    ])
    expect(JSON.parse(body)).toEqual({
      files: [
        {
          contentType: 'application/fhir+json',
          lastUpdated: '2026-11-29T12:00:00.000Z',
          status: 'can-change',
          fhirVersion: '4.0.1',
          embedded: served.files[0]?.jwe,
        },
        {
          contentType: 'application/smart-health-card',
          lastUpdated: '2026-11-29T12:00:00.000Z',
          status: 'can-change',
          embedded: served.files[1]?.jwe,
        },
      ],
    })
  })

  it('embeds nothing that is longer than the client allows, and then gives a location', async () => {
    const { make, post } = clinic()
    const { served } = await make({ zip: false })
    const length = served.files[0]?.jwe.length ?? 0
    for (const [embeddedLengthMax, embedded] of [
      [length, true],
      [length - 1, false],
      [0, false],
    ] as const) {
      const [file] = parseManifest((await post(served.id, { ...asker, embeddedLengthMax })).body).files
      expect([file?.embedded !== null, file?.location !== null]).toEqual([embedded, !embedded])
    }
  })

  it('embeds what the client allows only as far as a manifest has room', async () => {
    const { make, post } = clinic()
    const megabyte = fhir({ resourceType: 'Basic', text: 'x'.repeat(1_000_000) })
    const { served } = await make({ files: [megabyte, megabyte, megabyte, megabyte], zip: false })
    const { files } = parseManifest((await post(served.id, { ...asker, embeddedLengthMax: 9_000_000 })).body)
    expect(files.map(({ embedded }) => embedded !== null)).toEqual([true, true, false, false])
  })

  it('ignores parameters that it does not know, and refuses a request without a recipient', async () => {
    const { make, post, answer } = clinic()
    const { id } = (await make()).served
    expect((await post(id, { ...asker, purpose: 'TREAT' })).status).toBe(200)
    for (const body of [
      '',
      '[]',
      '{}',
      '{"recipient":" "}',
      `{"recipient":"${'x'.repeat(257)}"}`,
      '{"recipient":7}',
    ])
      expect((await answer({ linkId: id, body })).status, body).toBe(400)
    for (const embeddedLengthMax of [-1, 1.5, 'x'])
      expect((await post(id, { ...asker, embeddedLengthMax })).status).toBe(400)
    expect((await answer({ linkId: id, body: null })).status).toBe(413)
  })

  it('may be asked for by pages of any origin', async () => {
    const { make, answer, post } = clinic()
    const { id } = (await make()).served
    const preflight = await answer({ method: 'OPTIONS', linkId: id })
    expect([preflight.status, preflight.body]).toEqual([204, ''])
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'content-type',
    })
    for (const { headers } of [await post(id, asker), await post('x', asker), await post(id, {})])
      expect(headers['access-control-allow-origin']).toBe('*')
  })
})

describe('a location', () => {
  const located = async (...rest: Parameters<typeof clinic>) => {
    const world = clinic(...rest)
    const { served } = await world.make({ files: [fhir(), large], zip: false })
    const { body } = await world.post(served.id, asker)
    const location = parseManifest(body).files[1]?.location ?? ''
    const ticket = location.slice(`${base}/${served.id}/files/`.length)
    const take = (method = 'GET', linkId = served.id) => world.answer({ method, linkId, ticket })
    return { ...world, served, location, take }
  }

  it('gives the file to one client once, as application/jose', async () => {
    const { take, served, location } = await located()
    expect(location.startsWith(`${base}/${served.id}/files/`)).toBe(true)
    expect(await take()).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/jose' },
      body: served.files[1]?.jwe,
    })
    expect((await take()).status).toBe(404)
  })

  it('gives the file to one of those that ask at the same time', async () => {
    const { take } = await located()
    const answers = await Promise.all(Array.from({ length: 20 }, () => take()))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('is good for another try when its access could not be logged', async () => {
    let isBroken = false
    const recordAccess = async (): Promise<void> => {
      if (isBroken) throw new Error('the log takes nothing')
    }
    const { take } = await located({ recordAccess })
    isBroken = true
    await expect(take()).rejects.toThrow('the log takes nothing')
    isBroken = false
    expect((await take()).status).toBe(200)
    expect((await take()).status).toBe(404)
  })

  it('is over after five minutes, which is less than the hour of HL7', async () => {
    expect(ticketMs).toBeLessThanOrEqual(3_600_000)
    const early = await located()
    early.clock.advance(ticketMs - 1)
    expect((await early.take()).status).toBe(200)
    const late = await located()
    late.clock.advance(ticketMs)
    expect((await late.take()).status).toBe(404)
  })

  it('is not used up by HEAD, which chat programs send, and is over when the link ends', async () => {
    const { take, store, served, clock } = await located()
    expect((await take('HEAD')).status).toBe(405)
    await store.endLink(served.id, clock.nowMs())
    expect((await take()).status).toBe(404)
  })

  it('is of one link alone', async () => {
    const { take, make } = await located()
    const other = await make()
    expect((await take('GET', other.served.id)).status).toBe(404)
    expect((await take()).status).toBe(200)
  })
})

describe('a direct file', () => {
  it('is fetched by GET with a recipient, and has no manifest', async () => {
    const { make, answer, post, store } = clinic()
    const { served } = await make({ direct: true })
    const get = (recipient: string | null) => answer({ method: 'GET', linkId: served.id, recipient })
    expect(await get('Ward 3')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/jose' },
      body: served.files[0]?.jwe,
    })
    for (const recipient of [null, '', ' ']) expect((await get(recipient)).status).toBe(400)
    expect(await post(served.id, asker)).toMatchObject({ status: 405, headers: { allow: 'GET' } })
    expect(store.accesses).toEqual([
      { linkId: served.id, atMs: expect.any(Number), kind: 'direct', recipient: 'Ward 3', file: 0 },
    ])
  })

  it('is not what a GET of another link gives', async () => {
    const { make, answer, store } = clinic()
    const { id } = (await make()).served
    const got = await answer({ method: 'GET', linkId: id, recipient: 'Ward 3' })
    expect(got).toMatchObject({ status: 405, headers: { allow: 'POST' } })
    expect((await answer({ method: 'DELETE', linkId: id })).status).toBe(405)
    expect(store.accesses).toEqual([])
  })
})

describe('a link that is not active', () => {
  it('is answered with 404 whether it was never there, has ended or expired', async () => {
    const { make, post, store, clock, answer } = clinic()
    const [ended, expired, direct] = [
      (await make()).served.id,
      (await make({ expMs: clock.nowMs() + 60_000 })).served.id,
      (await make({ direct: true, expMs: clock.nowMs() + 60_000 })).served.id,
    ]
    expect((await post(expired, asker)).status).toBe(200)
    clock.advance(60_000)
    await store.endLink(ended, clock.nowMs())
    const unknown = 'A'.repeat(43)
    const answers = await Promise.all([...[ended, expired, unknown, '../x', ''].map(id => post(id, asker))])
    expect(new Set(answers.map(one => JSON.stringify(one))).size).toBe(1)
    expect(answers[0]?.status).toBe(404)
    expect((await answer({ method: 'GET', linkId: direct, recipient: 'x' })).status).toBe(404)
  })

  it('is what a link is whose files are gone', async () => {
    const { make, post, answer } = clinic({ file: async () => null })
    const [manifest, direct] = [(await make()).served.id, (await make({ direct: true })).served.id]
    expect((await post(manifest, asker)).status).toBe(404)
    expect((await answer({ method: 'GET', linkId: direct, recipient: 'x' })).status).toBe(404)
  })
})

describe('a passcode', () => {
  const guess = { ...asker, passcode: 'wrong' }
  const right = { ...asker, passcode: '2468' }

  it('opens the link; a wrong one is answered with 401 and what remains, down to 404 for ever', async () => {
    const { make, post } = clinic()
    const { id } = (await make({ passcode: '2468', maxWrongPasscodes: 3 })).served
    expect((await post(id, right)).status).toBe(200)
    for (const remainingAttempts of [2, 1]) {
      const { status, body } = await post(id, guess)
      expect([status, JSON.parse(body)]).toEqual([401, { remainingAttempts }])
      // A right one in between gives nothing back: the count is of a lifetime.
      expect((await post(id, right)).status).toBe(200)
    }
    expect(JSON.parse((await post(id, guess)).body)).toEqual({ remainingAttempts: 0 })
    expect([(await post(id, right)).status, (await post(id, guess)).status]).toEqual([404, 404])
  })

  it('that is missing is no guess', async () => {
    const { make, post, store } = clinic()
    const { id } = (await make({ passcode: '2468', maxWrongPasscodes: 3 })).served
    for (let i = 0; i < 5; i++)
      expect(JSON.parse((await post(id, asker)).body)).toEqual({ remainingAttempts: 3 })
    expect((await store.link(id))?.wrongPasscodes).toBe(0)
  })

  it('is not asked for by a link that has none', async () => {
    const { make, post } = clinic()
    expect((await post((await make()).served.id, guess)).status).toBe(200)
  })

  it('is counted right when all guesses come at once: as many as are allowed, and no more', async () => {
    const { make, post, store } = clinic()
    const { id } = (await make({ passcode: '2468', maxWrongPasscodes: 5 })).served
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(id, guess)))
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5)
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(45)
    const left = answers
      .filter(({ status }) => status === 401)
      .map(({ body }) => JSON.parse(body).remainingAttempts)
    expect(left.toSorted()).toEqual([0, 1, 2, 3, 4])
    expect((await store.link(id))?.wrongPasscodes).toBe(5)
    expect(store.accesses.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => 'wrong-passcode'))
  })

  it('that is right and comes behind the last wrong one is refused, whatever was read before', async () => {
    const { store: _, ...world } = clinic()
    const { make, post } = world
    const { id } = (await make({ passcode: '2468', maxWrongPasscodes: 1 })).served
    // Both have read the link while nothing was wrong yet.
    const [first, second] = await Promise.all([post(id, guess), post(id, right)])
    expect([first.status, [200, 404].includes(second.status)]).toEqual([401, true])
    expect((await post(id, right)).status).toBe(404)
  })

  it('that is right is not let in on a count of before', async () => {
    const world = clinic()
    const { id } = (await world.make({ passcode: '2468', maxWrongPasscodes: 1 })).served
    let stale = await world.store.link(id)
    // Every read is of before the wrong guess, until compare-and-set has refused once.
    const racing = clinic({
      ...world.store,
      link: async () => stale,
      async countWrongPasscode(linkId, seen, next) {
        const done = await world.store.countWrongPasscode(linkId, seen, next)
        if (!done) stale = await world.store.link(linkId)
        return done
      },
    })
    await world.store.countWrongPasscode(id, 0, 1)
    expect((await racing.post(id, right)).status).toBe(404)
  })

  it('is let in by no store that does not count', async () => {
    const { make, post } = clinic({ countWrongPasscode: async () => false })
    const { id } = (await make({ passcode: '2468' })).served
    await expect(post(id, right)).rejects.toThrow('internal')
  })

  it('is the same in both spellings of a letter', async () => {
    const { make, post } = clinic()
    const { id } = (await make({ passcode: 'Café 7' })).served
    expect((await post(id, { ...asker, passcode: 'Cafe\u0301 7' })).status).toBe(200)
    expect((await post(id, { ...asker, passcode: '\ud800' })).status).toBe(401)
  })
})

describe('any request', () => {
  it('is answered, whatever its method, path and body are, and gives nothing out without a name in the log', async () => {
    const { make, answer, store } = clinic()
    const ids = [
      (await make()).served.id,
      (await make({ direct: true })).served.id,
      (await make({ passcode: '2468', maxWrongPasscodes: 100 })).served.id,
    ]
    const anything = fc.oneof(hostileText, fc.constantFrom(...ids))
    const bodies = fc.oneof(
      hostileText,
      fc.jsonValue().map(value => JSON.stringify(value)),
      fc
        .record({
          recipient: hostileText,
          passcode: fc.constantFrom('2468', '1'),
          embeddedLengthMax: fc.integer(),
        })
        .map(value => JSON.stringify(value)),
      fc.constant(null),
    )
    const requests = fc.record({
      method: fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'x'),
      linkId: anything,
      ticket: fc.option(anything, { nil: null, freq: 4 }),
      recipient: fc.option(hostileText, { nil: null }),
      body: bodies,
    })
    const given = { before: 0 }
    await fc.assert(
      fc.asyncProperty(requests, async request => {
        const { status, headers } = await answer(request)
        expect([200, 204, 400, 401, 404, 405, 413]).toContain(status)
        expect(headers['cache-control']).toBe('no-store')
        const logged = store.accesses.length - given.before
        given.before = store.accesses.length
        if (status === 200) expect(logged).toBe(1)
        if (status !== 200 && status !== 401) expect(logged).toBe(0)
      }),
      propertyRuns(300),
    )
    for (const { recipient } of store.accesses) expect(recipient.trim()).not.toBe('')
  })
})

describe('the log of a link', () => {
  it('has who asked, before anything is given out', async () => {
    const { make, post, answer, store } = clinic()
    const { served } = await make({ files: [large], zip: false })
    const [file] = parseManifest((await post(served.id, asker)).body).files
    await answer({ method: 'GET', linkId: served.id, ticket: `${file?.location}`.slice(-43) })
    expect(store.accesses.map(({ kind, recipient, file: index }) => [kind, recipient, index])).toEqual([
      ['manifest', asker.recipient, null],
      ['file', asker.recipient, 0],
    ])
  })

  it('that takes nothing keeps everything from being given out', async () => {
    const full = new ChartsealError('files/failed', 'the disk is full', {})
    const { make, post, answer } = clinic({ recordAccess: () => Promise.reject(full) })
    const { id } = (await make()).served
    await expect(post(id, asker)).rejects.toBe(full)
    const direct = (await make({ direct: true })).served.id
    await expect(answer({ method: 'GET', linkId: direct, recipient: 'x' })).rejects.toBe(full)
    const guarded = (await make({ passcode: '1', maxWrongPasscodes: 9 })).served.id
    await expect(post(guarded, { ...asker, passcode: '2' })).rejects.toBe(full)
  })
})
