import { concat } from '@chartseal/core/bytes'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import {
  advancePin,
  checkPin,
  firstGrants,
  type GrantContent,
  type GrantList,
  grantError,
  grantsAnew,
  grantsForNobody,
  grantsWith,
  grantsWithout,
  hintOf,
  maxGrantListBytes,
  openGrant,
  ownerOf,
  parseGrantList,
  type Recipient,
  requireSuccessor,
  signGrantList,
} from '@chartseal/ipfs-envelope'
import { codeOf, codesRaised, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cidA, cidB, newOwner, payload, person, pinOf } from './v2-people.js'

const expectCode = codesRaised(grantError)
const signingKey = SigningKey.generate(systemRandom)
const owner = ownerOf(signingKey)
const [ann, ben] = [person(), person()]
const shared = payload()
const terms = { notBeforeMs: 5, notAfterMs: 50, purposes: ['TREAT'] }
const first = await firstGrants(owner, shared, [ann.recipient, ben.recipient], { terms })
const second = await grantsWithout(owner, first, [ben.recipient])
const encoded = first.bytes.slice(0, -64)
const label = new TextEncoder().encode('chartseal/grant-sig/v2\0')

type Fields = { readonly [field: string]: CborValue }
const fieldsOf = (value: CborValue | undefined): Fields =>
  Object.fromEntries(Object.entries((value ?? {}) as Fields))
const fields = fieldsOf(decodeCbor(encoded))
const group = fieldsOf((fields['recipients'] as readonly CborValue[])[0])

/** Signed by the owner, whatever it says. */
function signed(value: CborValue | Uint8Array): Uint8Array {
  const bytes = value instanceof Uint8Array ? value : encodeCbor(value)
  return concat(bytes, sign(signingKey, concat(label, bytes)))
}
const withFields = (more: Fields): Uint8Array => signed({ ...fields, ...more })
const without = (name: string): Uint8Array =>
  signed(Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name)))
const withGroup = (more: Fields): Uint8Array => withFields({ recipients: [{ ...group, ...more }] })
const history = (version: number, more: Fields = { key: new Uint8Array(104) }): CborValue => ({
  version,
  cid: fields['cid'] ?? null,
  ...more,
})
const key = { key: new Uint8Array(104) }
const cid = fields['cid'] instanceof Uint8Array ? fields['cid'] : new Uint8Array(36)
const edited = (at: number, value: number): Uint8Array =>
  Uint8Array.from(cid, (byte, i) => (i === at ? value : byte))

describe('parseGrantList', () => {
  it('reads what this file edits', () => {
    expect(parseGrantList(withFields({}))).toEqual(first)
  })

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['a signature of nothing', first.bytes.slice(-64)],
    ['no signature', encoded],
    ['a byte more', concat(first.bytes, Uint8Array.of(0))],
    ['a list in place of a map', signed([])],
    ['no map at all', signed(1)],
    ['another version', withFields({ v: 1 })],
    ['one field more', withFields({ note: 'x' })],
    ['no owner', without('owner')],
    ['no policy', without('policy')],
    ['an owner that is no key', withFields({ owner: new Uint8Array(32) })],
    ['a short package id', withFields({ package: new Uint8Array(15) })],
    ['version 0', withFields({ version: 0 })],
    ['version 2^32', withFields({ version: 2 ** 32 })],
    ['a CID of other bytes', withFields({ cid: new Uint8Array(36) })],
    ['a CID with a byte more', withFields({ cid: concat(cid, Uint8Array.of(0)) })],
    ['a CID of version 0', withFields({ cid: cid.slice(2) })],
    ['a CID of dag-cbor', withFields({ cid: edited(1, 0x71) })],
    ['a CID of SHA-512', withFields({ cid: edited(2, 0x13) })],
    ['list 0', withFields({ seq: 0 })],
    ['list 1 behind another', withFields({ prev: cid })],
    ['list 2 behind none', withFields({ seq: 2 })],
    ['a negative number', withFields({ seq: -1 })],
    ['an end before its beginning', withFields({ not_before: 51 })],
    ['an instant that is a text', withFields({ not_after: 'x' })],
    ['a purpose in lower case', withFields({ policy: { purposes: ['treat'] } })],
    ['a purpose twice', withFields({ policy: { purposes: ['TREAT', 'TREAT'] } })],
    ['purposes out of order', withFields({ policy: { purposes: ['TREAT', 'BTG'] } })],
    [
      '65 purposes',
      withFields({ policy: { purposes: Array.from({ length: 65 }, (_, i) => `A${'B'.repeat(i % 15)}`) } }),
    ],
    ['a policy that is no map', withFields({ policy: [] })],
    ['history of itself', withFields({ history: [history(1)] })],
    ['history out of order', withFields({ version: 9, history: [history(3), history(2)] })],
    [
      'history with a short key',
      withFields({ version: 9, history: [history(3, { key: new Uint8Array(103) })] }),
    ],
    [
      'history that is gone and has a key',
      withFields({ version: 9, history: [history(3, { ...key, gone: 1 })] }),
    ],
    ['history that is gone in another way', withFields({ version: 9, history: [history(3, { gone: 0 })] })],
    [
      '1,001 earlier versions',
      withFields({ version: 2_000, history: Array.from({ length: 1_001 }, (_, i) => history(i + 1, {})) }),
    ],
    ['another kind of key', withGroup({ kem: 'p256' })],
    ['a kind named constructor', withGroup({ kem: 'constructor' })],
    [
      'a group of nobody',
      withGroup({ hints: new Uint8Array(0), encs: new Uint8Array(0), cts: new Uint8Array(0) }),
    ],
    ['half a hint', withGroup({ hints: new Uint8Array(31) })],
    ['an encapsulation too few', withGroup({ encs: new Uint8Array(32) })],
    ['wrapped keys of uneven length', withGroup({ cts: new Uint8Array(97) })],
    ['wrapped keys that are too short', withGroup({ cts: new Uint8Array(94) })],
    ['hints out of order', withGroup({ hints: new Uint8Array(32).fill(1, 15, 16) })],
    [
      'one entry twice',
      withGroup({ hints: new Uint8Array(32), encs: new Uint8Array(64), cts: new Uint8Array(96) }),
    ],
    ['one group twice', withFields({ recipients: [group, group] })],
    [
      'groups out of order',
      withFields({
        recipients: [
          { kem: 'xwing', hints: new Uint8Array(16), encs: new Uint8Array(1120), cts: new Uint8Array(48) },
          group,
        ],
      }),
    ],
    [
      'a key of RSA that is too short',
      withFields({
        recipients: [
          { kem: 'rsa-oaep', hints: new Uint8Array(16), encs: new Uint8Array(0), cts: new Uint8Array(255) },
        ],
      }),
    ],
    ['fields in another order', signed(concat(Uint8Array.of(0xa2, 0x61, 0x76, 2, 0x61, 0x61, 1)))],
    ['an integer in a longer form', signed(Uint8Array.of(0xa1, 0x61, 0x76, 0x18, 2))],
    ['an indefinite length', signed(Uint8Array.of(0xbf, 0xff))],
  ])('refuses %s', async (_, bytes) => {
    await expectCode('grants/malformed', () => parseGrantList(bytes))
  })

  it('refuses too many bytes, recipients and small things, before it decodes them', async () => {
    await expectCode('grants/too-large', () => parseGrantList(new Uint8Array(maxGrantListBytes + 1)))
    const many = {
      kem: 'x25519',
      hints: new Uint8Array(160_016),
      encs: new Uint8Array(320_032),
      cts: new Uint8Array(480_048),
    }
    const words = new DataView(many.hints.buffer)
    for (let i = 0; i <= 10_000; i++) words.setUint32(16 * i, i)
    await expectCode('grants/too-many-recipients', () => parseGrantList(withFields({ recipients: [many] })))
    const zeros = concat(Uint8Array.of(0x9a, 0, 0x80, 0, 0), new Uint8Array(2 ** 23))
    await expectCode('grants/malformed', () => parseGrantList(concat(zeros, new Uint8Array(64))))
    const nested = new Uint8Array(100_000).fill(0x81)
    await expectCode('grants/malformed', () => parseGrantList(nested))
  })

  it('refuses a list that another key signed, and a changed one', async () => {
    const other = SigningKey.generate(systemRandom)
    const forged = concat(encoded, sign(other, concat(label, encoded)))
    await expectCode('grants/bad-signature', () => parseGrantList(forged))
    const unlabelled = concat(encoded, sign(signingKey, encoded))
    await expectCode('grants/bad-signature', () => parseGrantList(unlabelled))
    const taken = encodeCbor({ ...fields, owner: verifyingKeyOf(other) })
    await expectCode('grants/bad-signature', () => parseGrantList(concat(taken, first.bytes.slice(-64))))
    const lying = { ...owner, sign: async () => new Uint8Array(64) }
    await expectCode('grants/bad-signature', () => firstGrants(lying, shared, [ann.recipient]))
  })

  it('takes no list in which a bit was changed', async () => {
    await fc.assert(
      fc.property(fc.nat(8 * first.bytes.length - 1), at => {
        const changed = Uint8Array.from(first.bytes)
        changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7))
        expect(() => parseGrantList(changed)).toThrow(/grant list/)
      }),
      propertyRuns(300, 60),
    )
  })

  it('answers any bytes with a code of its own, in a signed list as well', async () => {
    const codes = ['grants/malformed', 'grants/bad-signature']
    const noise = fc.oneof(fc.uint8Array({ maxLength: 400 }), mutated(first.bytes))
    await fc.assert(
      fc.asyncProperty(noise, fc.boolean(), async (bytes, isSigned) => {
        const code = await codeOf(() => parseGrantList(isSigned ? signed(bytes) : bytes))
        expect(['accepted', ...codes]).toContain(code)
      }),
      propertyRuns(300, 60),
    )
  })

  it('gives back the bytes of whatever it accepts', async () => {
    const people = fc.array(fc.boolean(), { maxLength: 3 })
    const instant = fc.option(fc.nat(1_000))
    await fc.assert(
      fc.asyncProperty(people, instant, instant, async (here, a, b) => {
        const bounds = a !== null && b !== null && a > b ? [b, a] : [a, b]
        const given = { notBeforeMs: bounds[0] ?? null, notAfterMs: bounds[1] ?? null, purposes: [] }
        const recipients = here.map(() => person().recipient)
        const list = await firstGrants(owner, shared, recipients, { terms: given })
        const { bytes, recipientCount: _, owner: __, ...content } = parseGrantList(list.bytes)
        expect((await signGrantList(owner, content)).bytes).toEqual(bytes)
      }),
      propertyRuns(20, 5),
    )
  })
})

/** Some of the bytes others, left out or put in. */
function mutated(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const edit = fc.tuple(fc.nat(bytes.length), fc.nat(3), fc.uint8Array({ maxLength: 3 }))
  return fc
    .array(edit, { minLength: 1, maxLength: 4 })
    .map(edits =>
      edits.reduce(
        (made, [at, gone, put]) => concat(made.subarray(0, at), put, made.subarray(at + gone)),
        bytes,
      ),
    )
}

describe('what a list may follow', () => {
  const pin = advancePin(pinOf(first), second)
  const sign2 = (more: Partial<GrantContent>): Promise<GrantList> => {
    const { bytes: _, recipientCount: __, owner: ___, ...content } = second
    return signGrantList(owner, { ...content, ...more })
  }

  it('refuses another owner and another package', async () => {
    const stranger = await firstGrants(newOwner(), shared, [ann.recipient])
    await expectCode('grants/other-owner', () => checkPin(pin, stranger))
    await expectCode('grants/other-owner', () => requireSuccessor(first, stranger))
    const elsewhere = await firstGrants(owner, payload(), [ann.recipient])
    await expectCode('grants/other-package', () => checkPin(pin, elsewhere))
    await expectCode('grants/other-package', () => requireSuccessor(first, elsewhere))
    await expectCode('grants/other-owner', () => grantsForNobody(newOwner(), first))
  })

  it('refuses an older list, and two with one number', async () => {
    await expectCode('grants/older', () => checkPin(pin, first))
    const beside = await sign2({ recipients: [] })
    await expectCode('grants/forked', () => checkPin(pin, beside))
    const unlinked = await sign2({ previousCid: cidB })
    await expectCode('grants/forked', () => checkPin(advancePin(pinOf(first), first), unlinked))
    await expectCode('grants/forked', () => requireSuccessor(first, unlinked))
    expect(() => checkPin(pin, second)).not.toThrow()
  })

  it('refuses gaps and repetitions where lists are kept', async () => {
    await expectCode('grants/wrong-seq', () => requireSuccessor(null, second))
    await expectCode('grants/wrong-seq', () => requireSuccessor(second, second))
    await expectCode('grants/wrong-seq', async () => requireSuccessor(first, await sign2({ seq: 3n })))
    expect(() => requireSuccessor(first, second)).not.toThrow()
    expect(() => requireSuccessor(null, first)).not.toThrow()
  })

  it('lets a reader miss lists between', async () => {
    const later = await sign2({ seq: 9n, previousCid: cidB })
    expect(() => checkPin(pin, later)).not.toThrow()
  })

  it('refuses versions that go back or leave one out, and two payloads of one version', async () => {
    const leap = await sign2({ version: 3, payloadCid: cidB })
    await expectCode('grants/wrong-version', () => requireSuccessor(first, leap))
    const replaced = await sign2({ payloadCid: cidB })
    await expectCode('grants/wrong-version', () => requireSuccessor(first, replaced))
    await expectCode('grants/wrong-version', () => checkPin(advancePin(pinOf(first), first), replaced))
    const seen = advancePin(pinOf(first), leap)
    await expectCode('grants/wrong-version', async () =>
      checkPin(seen, await sign2({ seq: 3n, previousCid: seen.newest?.cid ?? cidA })),
    )
  })

  it('opens for a purpose that it names, for any when it names none, and for whoever says none', async () => {
    const open = (list: GrantList, purpose?: string): Promise<unknown> =>
      openGrant(list, ann.identity, { pin: pinOf(list), nowMs: 10, ...(purpose && { purpose }) })
    await expectCode('grants/other-purpose', () => open(first, 'HMARKT'))
    const free = await firstGrants(owner, shared, [ann.recipient])
    for (const opening of [open(first, 'TREAT'), open(first), open(free, 'HMARKT')])
      await expect(opening).resolves.toBeDefined()
  })

  it('holds only between its bounds', async () => {
    const open = (nowMs: number): Promise<unknown> =>
      openGrant(first, ann.identity, { pin: pinOf(first), nowMs })
    await expectCode('grants/not-yet', () => open(4))
    await expectCode('grants/expired', () => open(51))
  })
})

describe('changes that cannot be', () => {
  it('refuses whoever is there already, and whoever is not', async () => {
    const { contentKey } = shared
    const again = (recipients: readonly Recipient[]): Promise<GrantList> =>
      grantsWith(owner, first, contentKey, recipients)
    await expectCode('grants/already-granted', () => again([person().recipient, ann.recipient]))
    const cas = person().recipient
    await expectCode('grants/already-granted', () => again([cas, cas]))
    await expectCode('grants/not-granted', () => grantsWithout(owner, first, [cas]))
  })

  it('refuses more than 10,000 before it wraps for anybody', async () => {
    let wrapped = 0
    const many = Array.from(
      { length: 9_999 },
      (_, i): Recipient => ({
        kem: 'x25519',
        keyHash: Uint8Array.of(i, i >> 8),
        wrap: async () => {
          wrapped++
          return { enc: new Uint8Array(32), ct: new Uint8Array(48) }
        },
      }),
    )
    await expectCode('grants/too-many-recipients', () => grantsWith(owner, first, shared.contentKey, many))
    expect(wrapped).toBe(0)
  })

  it('refuses to take from one of two whom a hint cannot tell apart, and does it anew', async () => {
    const info = new Uint8Array(1)
    expect(hintOf(info, ann.recipient)).toEqual(hintOf(info, { keyHash: ann.recipient.keyHash }))
    // Nobody finds a collision of 128 bits: the same person under two entries looks alike.
    const wrapTwice = await firstGrants(owner, shared, [ann.recipient])
    const twin = await grantsAnew(owner, wrapTwice, shared, [ann.recipient])
    const pair = [...wrapTwice.recipients, ...twin.recipients]
    const entries = pair
      .map(({ encs, cts }) => ({ encs, cts }))
      .sort((a, b) => Buffer.compare(a.encs, b.encs))
    const [one] = wrapTwice.recipients
    const hints = concat(one?.hints ?? info, one?.hints ?? info)
    const merged = {
      kem: 'x25519',
      hints,
      encs: concat(...entries.map(e => e.encs)),
      cts: concat(...entries.map(e => e.cts)),
    }
    const list = parseGrantList(withFields({ recipients: [merged] }))
    await expectCode('grants/ambiguous', () => grantsWithout(owner, list, [ann.recipient]))
    const anew = await grantsAnew(owner, list, shared, [ben.recipient])
    expect(anew.recipientCount).toBe(1)
    expect(await codeOf(() => openGrant(list, ann.identity, { pin: pinOf(list), nowMs: 10 }))).toBe(
      'accepted',
    )
  })

  it('refuses to leave out a version, and another payload for the one there is', async () => {
    const { contentKey } = shared
    for (const [version, cid] of [
      [3, cidB],
      [1, cidB],
    ] as const)
      await expectCode('grants/wrong-version', () =>
        grantsAnew(owner, first, { version, cid, contentKey }, [ann.recipient]),
      )
  })

  it('refuses a wrapped key of another shape, and terms that no list has', async () => {
    const broken = {
      ...ann.recipient,
      wrap: async () => ({ enc: new Uint8Array(31), ct: new Uint8Array(48) }),
    }
    await expectCode('grants/malformed', () => firstGrants(owner, shared, [broken]))
    const wrong = { ...terms, purposes: ['treat'] }
    await expectCode('grants/malformed', () => firstGrants(owner, shared, [ann.recipient], { terms: wrong }))
  })
})
