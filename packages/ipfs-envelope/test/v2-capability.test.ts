import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeCbor } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  capabilityError,
  firstGrants,
  formatGrantCapability,
  formatReadCapability,
  formatVerifyCapability,
  type GrantCapability,
  grantsWith,
  memoryBlobStore,
  openGrant,
  ownerOf,
  parseGrantCapability,
  parseReadCapability,
  parseVerifyCapability,
  readPayload,
  requireSamePayload,
  storePayload,
  toReadCapability,
  toVerifyCapability,
  verifyPayload,
} from '@chartseal/ipfs-envelope'
import { codeOf, codesRaised, propertyRuns } from '@chartseal/testkit'
import { bech32m } from '@scure/base'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cidA, header, joined, pattern, person, pinOf } from './v2-people.js'

const expectCode = codesRaised(capabilityError)
const blocks = new Map<string, Uint8Array>()
const blobs = memoryBlobStore(blocks)
const signingKey = SigningKey.generate(systemRandom)
const contentKey = AeadKey.generate(systemRandom)
const owner = verifyingKeyOf(signingKey)
const id = { packageId: systemRandom.bytes(16), version: 7 }
const content = pattern(40_000)
const payloadCid = await storePayload(blobs, contentKey, id, header(content.length), content)
const grant: GrantCapability = { ...id, owner, payloadCid, contentKey, signingKey }
const spell = (prefix: string, bytes: Uint8Array): string =>
  bech32m.encode(prefix, bech32m.toWords(bytes), false)

describe('a capability', () => {
  it('to grant signs lists in the name of the owner, and opens', async () => {
    const again = parseGrantCapability(formatGrantCapability(grant))
    const signer = ownerOf(again.signingKey)
    const payload = { ...id, cid: again.payloadCid, contentKey: again.contentKey }
    const [ann, ben] = [person(), person()]
    const list = await firstGrants(signer, payload, [ann.recipient])
    const next = await grantsWith(signer, list, again.contentKey, [ben.recipient])
    const key = await openGrant(next, ben.identity, { pin: pinOf(list), nowMs: 0 })
    expect(key.reveal()).toEqual(contentKey.reveal())
    expect(next.owner).toEqual(owner)
  })

  it('to read opens one version, and signs nothing', async () => {
    const text = formatReadCapability(toReadCapability(grant))
    const read = parseReadCapability(text)
    const record = await readPayload(blobs, read.contentKey, read, read.payloadCid)
    expect(await joined(record.content)).toEqual(content)
    expect(Object.keys(read).sort()).toEqual(['contentKey', 'owner', 'packageId', 'payloadCid', 'version'])
    expect(await codeOf(() => parseGrantCapability(text))).toBe('capability/malformed')
  })

  it('to verify says whether all is there and unchanged, and reads nothing', async () => {
    const text = formatVerifyCapability(toVerifyCapability(grant))
    const verify = parseVerifyCapability(text)
    expect(Object.keys(verify).sort()).toEqual(['owner', 'packageId', 'payloadCid', 'version'])
    const { sealedBytes } = await verifyPayload(blobs, verify)
    expect(sealedBytes).toBe(blocks.get(payloadCid)?.length)
    const block = blocks.get(payloadCid) ?? new Uint8Array(0)
    blocks.set(
      payloadCid,
      Uint8Array.from(block, (byte, i) => (i === 9_000 ? byte ^ 1 : byte)),
    )
    expect(await codeOf(() => verifyPayload(blobs, verify))).toBe('envelope/cid-mismatch')
    blocks.delete(payloadCid)
    expect(await codeOf(() => verifyPayload(blobs, verify))).toBe('envelope/blob-not-found')
    blocks.set(payloadCid, block)
    const short = await blobs.put(new Uint8Array(60))
    expect(await codeOf(() => verifyPayload(blobs, { payloadCid: short }))).toBe('chunked/truncated')
  })

  it('gives weaker ones, each with a key of its own', () => {
    const weaker = toReadCapability(grant)
    weaker.contentKey.wipe()
    expect(grant.contentKey.isWiped).toBe(false)
    expect('contentKey' in toVerifyCapability(grant)).toBe(false)
  })

  it('belongs to one payload', async () => {
    const list = await firstGrants(ownerOf(signingKey), { ...id, cid: payloadCid, contentKey }, [])
    expect(() => requireSamePayload(grant, list)).not.toThrow()
    for (const other of [
      { ...grant, version: 8 },
      { ...grant, payloadCid: cidA },
      { ...grant, packageId: systemRandom.bytes(16) },
      { ...grant, owner: verifyingKeyOf(SigningKey.generate(systemRandom)) },
    ])
      await expectCode('capability/other-payload', () => requireSamePayload(other, list))
  })
})

describe('texts of capabilities', () => {
  const texts = {
    verify: formatVerifyCapability(grant),
    read: formatReadCapability(grant),
    grant: formatGrantCapability(grant),
  }
  const parsers = {
    verify: parseVerifyCapability,
    read: parseReadCapability,
    grant: parseGrantCapability,
  }
  const kinds = ['verify', 'read', 'grant'] as const

  it.each(kinds)('are one spelling: %s', kind => {
    const formatters = {
      verify: formatVerifyCapability,
      read: (text: string) => formatReadCapability(parseReadCapability(text)),
      grant: (text: string) => formatGrantCapability(parseGrantCapability(text)),
    }
    const again =
      kind === 'verify'
        ? formatVerifyCapability(parseVerifyCapability(texts.verify))
        : formatters[kind](texts[kind])
    expect(again).toBe(texts[kind])
    expect(texts[kind]).toMatch(new RegExp(`^cs${kind}1[a-z0-9]+$`))
  })

  it.each(kinds)('refuse every text but their own: %s', async kind => {
    const own = texts[kind]
    const others = kinds.filter(one => one !== kind).map(one => texts[one])
    const bad = [
      '',
      own.toUpperCase(),
      ` ${own}`,
      own.slice(0, -1),
      `${own}q`,
      own.replace('1', ''),
      ...others,
    ]
    for (const text of bad) await expectCode('capability/malformed', () => parsers[kind](text))
    for (let at = kind.length + 3; at < own.length; at += 7) {
      const typo = `${own.slice(0, at)}${own[at] === 'q' ? 'p' : 'q'}${own.slice(at + 1)}`
      await expectCode('capability/malformed', () => parsers[kind](typo))
    }
  })

  it('refuse fields that none has, and say nothing of what is in them', async () => {
    const cid = Buffer.concat([Buffer.from('01551220', 'hex'), Buffer.alloc(32)])
    const fields = { v: 2, owner, package: id.packageId, version: 7, cid: Uint8Array.from(cid) }
    expect(parseVerifyCapability(spell('csverify', encodeCbor(fields))).version).toBe(7)
    for (const more of [
      { v: 1 },
      { note: 1 },
      { owner: new Uint8Array(32) },
      { package: new Uint8Array(15) },
      { version: 0 },
      { cid: new Uint8Array(36) },
    ])
      await expectCode('capability/malformed', () =>
        parseVerifyCapability(spell('csverify', encodeCbor({ ...fields, ...more }))),
      )
    const secret = SigningKey.generate(systemRandom).reveal()
    const other = { ...fields, key: new Uint8Array(32), seed: secret }
    const text = spell('csgrant', encodeCbor(other))
    await expectCode('capability/malformed', () => parseGrantCapability(text))
    expect(() => parseGrantCapability(text)).not.toThrow(text)
    await expectCode('capability/malformed', () => parseReadCapability(spell('csread', new Uint8Array(600))))
  })

  it('are answered by one code, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 300 }), async (kind, bytes) => {
        expect(await codeOf(() => parsers[kind](spell(`cs${kind}`, bytes)))).toBe('capability/malformed')
        expect(await codeOf(() => parsers[kind](Buffer.from(bytes).toString('latin1')))).toBe(
          'capability/malformed',
        )
      }),
      propertyRuns(200, 50),
    )
  })

  it('are not made of what none can be', () => {
    expect(() => formatVerifyCapability({ ...grant, owner: new Uint8Array(32) })).toThrow(RangeError)
    expect(() => formatVerifyCapability({ ...grant, version: 0 })).toThrow(RangeError)
    const otherKey = SigningKey.generate(systemRandom)
    expect(() => formatGrantCapability({ ...grant, signingKey: otherKey })).toThrow(RangeError)
  })
})
