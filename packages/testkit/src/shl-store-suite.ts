import { describe, expect, it } from 'vitest'

/** As `ShlStore` of `@chartseal/ipfs-envelope/shl`, of which this package may know nothing. */
interface Link {
  readonly id: string
  readonly flags: string
  readonly expMs: number | null
  readonly endedMs: number | null
  readonly passcode: string | null
  readonly wrongPasscodes: number
  readonly maxWrongPasscodes: number
  readonly files: readonly {
    readonly contentType: string
    readonly length: number
    readonly updatedMs: number
    readonly fhirVersion: string | null
  }[]
}

interface Ticket {
  readonly linkId: string
  readonly ticket: string
  readonly file: number
  readonly recipient: string
  readonly untilMs: number
}

interface Store {
  link(id: string): Promise<Link | null>
  file(linkId: string, index: number): Promise<string | null>
  countWrongPasscode(linkId: string, seen: number, next: number): Promise<boolean>
  putTicket(ticket: Ticket): Promise<void>
  takeTicket(linkId: string, ticket: string): Promise<Ticket | null>
}

/** What a test gives a store: a link and its files, without a key. */
export interface ShlLinkForTest {
  readonly id: string
  readonly flags: string
  readonly expMs: number | null
  readonly passcode: string | null
  readonly maxWrongPasscodes: number
  readonly files: readonly {
    readonly contentType: string
    readonly jwe: string
    readonly updatedMs: number
    readonly fhirVersion: string | null
  }[]
}

export interface ShlStoreUnderTest {
  readonly store: Store
  put(link: ShlLinkForTest): Promise<void>
  end(id: string, atMs: number): Promise<void>
  /** For those that outlive a process: the same one, opened again. */
  readonly reopen?: () => Promise<Store>
}

type Make = () => Promise<ShlStoreUnderTest>

const idOf = (letter: string): string => letter.repeat(43)

/** A JWE whose content is nothing: stores look at none. */
const jweOf = (body: string): string =>
  `eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..${'A'.repeat(16)}.${body}.${'A'.repeat(22)}`

const linkOf = (letter: string, more: Partial<ShlLinkForTest> = {}): ShlLinkForTest => ({
  id: idOf(letter),
  flags: 'LP',
  expMs: 1_796_000_000_000,
  passcode: `pbkdf2-sha256:1000:${'A'.repeat(22)}:${'A'.repeat(43)}`,
  maxWrongPasscodes: 5,
  files: [
    { contentType: 'application/fhir+json', jwe: jweOf('AAAA'), updatedMs: 1, fhirVersion: '4.0.1' },
    { contentType: 'application/smart-health-card', jwe: jweOf('BBBB'), updatedMs: 2, fhirVersion: null },
  ],
  ...more,
})

/** Every implementation of `ShlStore` passes this suite. Its log of accesses is the test's own: who reads it differs. */
export function shlStoreSuite(name: string, make: Make): void {
  describe(`ShlStore: ${name}`, () => {
    suiteOfLinks(make)
    suiteOfCounts(make)
    suiteOfTickets(make)
  })
}

function suiteOfLinks(make: Make): void {
  it('gives back each link and file as it was put, and null for what is not there', async () => {
    const { store, put } = await make()
    await put(linkOf('A'))
    await put(linkOf('B', { flags: 'U', expMs: null, passcode: null, maxWrongPasscodes: 1 }))
    const { files, ...rest } = linkOf('A')
    expect(await store.link(idOf('A'))).toEqual({
      ...rest,
      endedMs: null,
      wrongPasscodes: 0,
      files: files.map(({ jwe, ...file }) => ({ ...file, length: jwe.length })),
    })
    expect(await store.link(idOf('B'))).toMatchObject({ flags: 'U', expMs: null, passcode: null })
    expect([await store.file(idOf('A'), 0), await store.file(idOf('A'), 1)]).toEqual([
      jweOf('AAAA'),
      jweOf('BBBB'),
    ])
    expect([
      await store.link(idOf('C')),
      await store.file(idOf('C'), 0),
      await store.file(idOf('A'), 2),
    ]).toEqual([null, null, null])
  })

  it('says when a link was ended', async () => {
    const { store, put, end } = await make()
    await put(linkOf('A'))
    await end(idOf('A'), 1_795_000_000_000)
    const ended = await store.link(idOf('A'))
    expect(ended === null || ended.endedMs === 1_795_000_000_000).toBe(true)
  })
}

function suiteOfCounts(make: Make): void {
  it('counts wrong passcodes only from what was seen', async () => {
    const { store, put } = await make()
    await put(linkOf('A'))
    const set = (seen: number, next: number) => store.countWrongPasscode(idOf('A'), seen, next)
    expect([await set(0, 1), await set(0, 1), await set(1, 2), await set(2, 2)]).toEqual([
      true,
      false,
      true,
      true,
    ])
    expect((await store.link(idOf('A')))?.wrongPasscodes).toBe(2)
    expect(await store.countWrongPasscode(idOf('C'), 0, 1)).toBe(false)
  })

  it('lets one of those count that count at the same time', async () => {
    const { store, put } = await make()
    await put(linkOf('A'))
    for (const seen of [0, 1, 2]) {
      const done = await Promise.all(
        Array.from({ length: 20 }, () => store.countWrongPasscode(idOf('A'), seen, seen + 1)),
      )
      expect(done.filter(Boolean)).toHaveLength(1)
    }
    expect((await store.link(idOf('A')))?.wrongPasscodes).toBe(3)
  })

  it('remembers the count, where it outlives a process', async () => {
    const { store, put, reopen } = await make()
    await put(linkOf('A'))
    await store.countWrongPasscode(idOf('A'), 0, 4)
    const again = (await reopen?.()) ?? store
    expect((await again.link(idOf('A')))?.wrongPasscodes).toBe(4)
    expect(await again.file(idOf('A'), 1)).toBe(jweOf('BBBB'))
  })
}

function suiteOfTickets(make: Make): void {
  const ticket: Ticket = {
    linkId: idOf('A'),
    ticket: idOf('T'),
    file: 1,
    recipient: 'Ward 3 — ü',
    untilMs: 7,
  }

  it('gives a ticket out once, to its link alone', async () => {
    const { store, put } = await make()
    await put(linkOf('A'))
    await put(linkOf('B'))
    await store.putTicket(ticket)
    expect(await store.takeTicket(idOf('B'), ticket.ticket)).toBeNull()
    expect(await store.takeTicket(idOf('A'), ticket.ticket)).toEqual(ticket)
    expect(await store.takeTicket(idOf('A'), ticket.ticket)).toBeNull()
  })

  it('gives a ticket to one of those that ask at the same time', async () => {
    const { store, put } = await make()
    await put(linkOf('A'))
    await store.putTicket(ticket)
    const taken = await Promise.all(
      Array.from({ length: 20 }, () => store.takeTicket(ticket.linkId, ticket.ticket)),
    )
    expect(taken.filter(one => one !== null)).toEqual([ticket])
  })
}
