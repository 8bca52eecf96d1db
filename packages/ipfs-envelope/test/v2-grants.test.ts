import {
  createHash,
  generateKeyPairSync,
  hkdfSync,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto'
import { decodeCbor } from '@chartseal/core/encoding'
import { hpkeOpen, x25519Kem } from '@chartseal/core/hpke'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  advancePin,
  entriesOf,
  firstGrants,
  type GrantList,
  generateIdentityKey,
  grantListCid,
  grantsAnew,
  grantsForNobody,
  grantsWith,
  grantsWithout,
  type Identity,
  isGranted,
  maxRecipients,
  openGrant,
  openHistory,
  parseGrantList,
  type Recipient,
  recipientOf,
} from '@chartseal/ipfs-envelope'
import { rawAddressing } from '@chartseal/ipfs-envelope/v1'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { cidA, cidB, newOwner, payload, person, pinOf, rsaPerson } from './v2-people.js'

const owner = newOwner()
const [ann, ben, xia, rsa] = [person(), person(), person('xwing'), await rsaPerson()]
const everybody = [ann, ben, xia, rsa]
const shared = payload()
const first = await firstGrants(
  owner,
  shared,
  everybody.map(({ recipient }) => recipient),
)
const pin = pinOf(first)

async function keyFor(list: GrantList, identity: Identity): Promise<Uint8Array | string> {
  let key: Uint8Array | string = ''
  const code = await codeOf(async () => {
    key = Uint8Array.from((await openGrant(list, identity, { pin: pinOf(list), nowMs: 0 })).reveal())
  })
  return code === 'accepted' ? key : code
}
const bytesOf = (key: AeadKey): Uint8Array => Uint8Array.from(key.reveal())

describe('a grant list', () => {
  it.each([...['x25519', 'x25519 too', 'xwing', 'rsa-oaep'].entries()])(
    'opens for recipient %i (%s), and for nobody else',
    async index => {
      const identity = everybody[index]?.identity ?? person().identity
      expect(await keyFor(first, identity)).toEqual(bytesOf(shared.contentKey))
      const others = [person(), person('xwing'), await rsaPerson()]
      for (const other of others) expect(await keyFor(first, other.identity)).toBe('open/failed')
    },
  )

  it('is the same value when it is read again', () => {
    const again = parseGrantList(first.bytes)
    expect(again).toEqual(first)
    expect(again.bytes).not.toBe(first.bytes)
    expect(again.recipientCount).toBe(4)
  })

  it('has the CID of its bytes as one raw block', async () => {
    expect(grantListCid(first.bytes)).toBe(await rawAddressing.cidOf(first.bytes))
  })

  it('is signed, bound and hinted as the page says, with the cryptography of node:crypto', async () => {
    const key = generateIdentityKey('x25519')
    const { recipient } = { recipient: recipientOf(key) }
    const list = await firstGrants(owner, shared, [recipient])
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), owner.verifyingKey])
    const encoded = list.bytes.slice(0, -64)
    const signed = Buffer.concat([Buffer.from('chartseal/grant-sig/v2\0'), encoded])
    const publicKey = { key: spki, format: 'der', type: 'spki' } as const
    expect(nodeVerify(null, signed, publicKey, list.bytes.slice(-64))).toBe(true)

    const fields = decodeCbor(encoded)
    const cid = (fields as { cid: Uint8Array }).cid
    const info = Buffer.concat([
      ...[Buffer.from('chartseal/grant/v2'), owner.verifyingKey, shared.packageId],
      ...[Buffer.from('00000001', 'hex'), createHash('sha256').update(cid).digest()],
    ])
    const [entry] = [...entriesOf(list.recipients)]
    const { hint, enc, ct } = entry ?? expect.fail('there is no entry')
    expect(hpkeOpen(x25519Kem, key.secret, enc, info, ct)).toEqual(bytesOf(shared.contentKey))
    const keyHash = createHash('sha256').update(recipient.publicKey).digest()
    const named = Buffer.concat([info, keyHash])
    expect(hint).toEqual(new Uint8Array(hkdfSync('sha256', named, '', 'chartseal/grant-hint/v2', 16)))
  })

  it('has one order, which tells nothing of who was granted when', async () => {
    const several = Array.from({ length: 40 }, () => person().recipient)
    const list = await firstGrants(owner, shared, several)
    const hints = [...entriesOf(list.recipients)].map(({ hint }) => Buffer.from(hint).toString('hex'))
    expect(hints).toEqual([...hints].sort())
    const kems = first.recipients.map(({ kem }) => kem)
    expect(kems).toEqual(['x25519', 'xwing', 'rsa-oaep'])
  })

  it('takes an owner whose key is elsewhere', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const verifyingKey = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32))
    const elsewhere = {
      verifyingKey,
      sign: async (bytes: Uint8Array) => new Uint8Array(nodeSign(null, bytes, privateKey)),
    }
    const list = await firstGrants(elsewhere, shared, [ann.recipient])
    expect(await keyFor(list, ann.identity)).toEqual(bytesOf(shared.contentKey))
  })

  it('says when it holds, and what for', async () => {
    const terms = { notBeforeMs: 1_000, notAfterMs: 2_000, purposes: ['ETREAT', 'TREAT'] }
    const list = await firstGrants(owner, shared, [ann.recipient], { terms })
    expect(list).toMatchObject(terms)
    const open = (nowMs: number): Promise<string> =>
      codeOf(() => openGrant(list, ann.identity, { pin: pinOf(list), nowMs }))
    expect(await Promise.all([999, 1_000, 2_000, 2_001].map(open))).toEqual([
      ...['grants/not-yet', 'accepted'],
      ...['accepted', 'grants/expired'],
    ])
  })
})

describe('the next grant list', () => {
  it('has more people, and every entry there was', async () => {
    const cas = person()
    const next = await grantsWith(owner, first, shared.contentKey, [cas.recipient])
    for (const { identity } of [...everybody, cas])
      expect(await keyFor(next, identity)).toEqual(bytesOf(shared.contentKey))
    const texts = (list: GrantList): string[] => [...entriesOf(list.recipients)].map(({ ct }) => ct.join())
    expect(texts(next)).toEqual(expect.arrayContaining(texts(first)))
    expect([next.seq, next.previousCid, next.version]).toEqual([2n, grantListCid(first.bytes), 1])
    expect(isGranted(next, cas.recipient)).toBe(true)
    expect(isGranted(first, cas.recipient)).toBe(false)
  })

  it('is without people by their public keys, and without their help', async () => {
    const next = await grantsWithout(owner, first, [ben.recipient, rsa.recipient])
    expect(next.recipientCount).toBe(2)
    for (const { identity } of [ben, rsa]) expect(await keyFor(next, identity)).toBe('open/failed')
    for (const { identity } of [ann, xia])
      expect(await keyFor(next, identity)).toEqual(bytesOf(shared.contentKey))
  })

  it('gives newcomers the past or not, by choice', async () => {
    const second = { version: 2, cid: cidB, contentKey: AeadKey.generate(systemRandom) }
    const cas = person()
    const earlier = [{ version: 1, payloadCid: cidA, contentKey: shared.contentKey }]
    const people = [ann.recipient, cas.recipient]
    const withPast = await grantsAnew(owner, first, second, people, { history: earlier })
    const key = await openGrant(withPast, cas.identity, { pin, nowMs: 0 })
    const [past] = openHistory(withPast, key)
    expect([past?.version, past?.payloadCid, past?.contentKey.reveal()]).toEqual([
      ...[1, cidA],
      shared.contentKey.reveal(),
    ])
    expect(await codeOf(() => openHistory(withPast, shared.contentKey))).toBe('open/failed')
    const stranger = { ...withPast, owner: newOwner().verifyingKey }
    expect(await codeOf(() => openHistory(stranger, key))).toBe('open/failed')
    const without = await grantsAnew(owner, first, second, people)
    expect(openHistory(without, key)).toEqual([])
    expect(without.history).toEqual([{ version: 1, payloadCid: cidA, sealedKey: null, isGone: false }])
    expect(await keyFor(without, ben.identity)).toBe('open/failed')
  })

  it('gives no key of a version that the list before does not name, or that is gone', async () => {
    const next = { version: 2, cid: cidB, contentKey: AeadKey.generate(systemRandom) }
    const anew = (version: number, payloadCid: string, gone: readonly number[] = []): Promise<GrantList> => {
      const history = [{ version, payloadCid, contentKey: shared.contentKey }]
      return grantsAnew(owner, first, next, [ann.recipient], { history, gone })
    }
    await expect(anew(1, cidB)).rejects.toThrow(RangeError)
    await expect(anew(2, cidA)).rejects.toThrow(RangeError)
    await expect(anew(1, cidA, [1])).rejects.toThrow(RangeError)
    const { history } = await grantsAnew(owner, first, next, [ann.recipient], { gone: [1] })
    expect(history).toEqual([{ version: 1, payloadCid: cidA, sealedKey: null, isGone: true }])
  })

  it('can be for nobody', async () => {
    const last = await grantsForNobody(owner, first)
    expect([last.recipientCount, last.recipients, last.history]).toEqual([0, [], []])
    expect(parseGrantList(last.bytes)).toEqual(last)
    for (const { identity } of everybody) expect(await keyFor(last, identity)).toBe('open/failed')
  })

  it('keeps the terms of the one before, unless others are given', async () => {
    const terms = { notBeforeMs: null, notAfterMs: 9, purposes: ['TREAT'] }
    const list = await firstGrants(owner, shared, [ann.recipient], { terms })
    const next = await grantsWith(owner, list, shared.contentKey, [ben.recipient])
    expect(next).toMatchObject(terms)
    const last = { notBeforeMs: null, notAfterMs: null, purposes: [] }
    expect(await grantsWithout(owner, next, [ben.recipient], { terms: last })).toMatchObject(last)
  })

  it('moves a pin, which then refuses what came before', async () => {
    const next = await grantsWithout(owner, first, [ben.recipient])
    const moved = advancePin(advancePin(pin, first), next)
    expect(moved.newest).toEqual({
      ...{ seq: 2n, version: 1, payloadCid: cidA },
      cid: grantListCid(next.bytes),
    })
    expect(await codeOf(() => openGrant(first, ben.identity, { pin: moved, nowMs: 0 }))).toBe('grants/older')
    expect(await codeOf(() => openGrant(next, ann.identity, { pin: moved, nowMs: 0 }))).toBe('accepted')
  })
})

describe('a grant list of 10,000', () => {
  it('opens for one of them through their own entry alone', async () => {
    // Others' keys are noise: wrapping 10,000 times is what the bench measures.
    const others = Array.from(
      { length: maxRecipients - 1 },
      (): Recipient => ({
        kem: 'x25519',
        keyHash: systemRandom.bytes(32),
        wrap: async () => ({ enc: systemRandom.bytes(32), ct: systemRandom.bytes(48) }),
      }),
    )
    const list = await firstGrants(owner, shared, [...others, ann.recipient])
    expect([list.recipientCount, list.bytes.length < 2 ** 20]).toEqual([maxRecipients, true])
    let asked = 0
    const counting: Identity = {
      ...ann.identity,
      unwrap(info, entry) {
        asked++
        return ann.identity.unwrap(info, entry)
      },
    }
    expect(await keyFor(parseGrantList(list.bytes), counting)).toEqual(bytesOf(shared.contentKey))
    expect(asked).toBe(1)
    const fewer = await grantsWithout(owner, list, [ann.recipient])
    expect([fewer.recipientCount, await keyFor(fewer, ann.identity)]).toEqual([9_999, 'open/failed'])
  })
})
