import { isMisreadName } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import { unixfsAddressing, unixfsProfiles } from '@chartseal/ipfs-envelope/unixfs'
import {
  type EnvelopePackage,
  formatPackage,
  getEnvelope,
  grantAccess,
  inspectPackage,
  memoryBlobStore,
  openEnvelope,
  packageFields,
  parsePackage,
  putEnvelope,
  rawAddressing,
  revokeAccess,
  sealEnvelope,
} from '@chartseal/ipfs-envelope/v1'
import { anyText, codeOf, hostileBytes, propertyRuns, scriptedRandom } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fakeRecipient, person, untouchable } from './people.js'

const [alice, bob, carol] = await Promise.all([person('alice'), person('bob'), person('carol')])
const everyone = [alice, bob, carol]
const recipients = everyone.map(one => one.recipient)
const text = new TextEncoder().encode('a chest scan')

describe('packages', () => {
  const id = fc.oneof(
    anyText({ minLength: 1 }),
    fc.constantFrom('__proto__', 'constructor', '7', '""', '\\\\', ':', '"cid":'),
  )
  const readable = id.filter(name => !isMisreadName(name))
  const packages: fc.Arbitrary<EnvelopePackage> = fc.record({
    cid: fc.constant('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'),
    nonce: fc.uint8Array({ minLength: 12, maxLength: 12 }),
    encKeys: fc.uniqueArray(fc.record({ recipientId: readable, wrapped: hostileBytes() }), {
      minLength: 1,
      selector: key => key.recipientId,
    }),
  })

  it('reads back what it formats, and the text is stable', () => {
    fc.assert(
      fc.property(packages, one => {
        const parsed = parsePackage(formatPackage(one))
        expect({ ...parsed, encKeys: sorted(parsed) }).toEqual({ ...one, encKeys: sorted(one) })
        expect(formatPackage(parsePackage(formatPackage(parsed)))).toBe(formatPackage(parsed))
      }),
      propertyRuns(),
    )
  })

  it('neither writes nor reads a name of one escaped character, which Node 24 misreads', async () => {
    for (const recipientId of ['"', '\\', '\n', '\u0000']) {
      const one = { cid: rawCid, nonce: new Uint8Array(12), encKeys: [{ ...wrapped('a'), recipientId }] }
      expect(await codeOf(() => formatPackage(one))).toBe('json/invalid')
      const text = `{"cid":"${rawCid}","nonce":"AAAAAAAAAAAAAAAA","enc_keys":{"b":"AA==", ${JSON.stringify(recipientId)} : ""}}`
      expect(await codeOf(() => parsePackage(text))).toBe('json/invalid')
    }
  })

  it('reads white space and any order of the fields', () => {
    const fields = packageFields({ cid: rawCid, nonce: new Uint8Array(12), encKeys: [wrapped('a')] })
    const { cid, nonce, enc_keys } = fields
    const spread = JSON.stringify({ enc_keys, nonce, cid }, null, '\t')
    expect(packageFields(parsePackage(` \r\n${spread}\n`))).toEqual(fields)
  })

  it('inspects any text without throwing, and shows what everyone can see', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), packages.map(formatPackage)), input => {
        const { refusal, package: seen } = inspectPackage(input)
        expect((refusal === null) !== (seen === null)).toBe(true)
      }),
      propertyRuns(),
    )
    const seen = inspectPackage(
      formatPackage({ cid: rawCid, nonce: new Uint8Array(12), encKeys: [wrapped('a')] }),
    )
    expect(seen.package).toEqual({
      cid: rawCid,
      cidVersion: 1,
      root: 'raw',
      recipients: [{ id: 'a', wrappedBytes: 3 }],
    })
  })
})

describe('sealing', () => {
  it('opens for every recipient, by name and by trial, under every way to address', async () => {
    const addressings = [rawAddressing, ...unixfsProfiles.map(profile => unixfsAddressing(profile))]
    await fc.assert(
      fc.asyncProperty(hostileBytes(), fc.constantFrom(...addressings), async (plaintext, addressing) => {
        const sealed = await sealEnvelope(plaintext, recipients, addressing)
        expect(sealed.ciphertext.length).toBe(plaintext.length + 16)
        const parsed = parsePackage(formatPackage(sealed.package))
        for (const identity of everyone.flatMap(one => [one.named, one.nameless])) {
          expect(await openEnvelope(parsed, sealed.ciphertext, identity, unixfsAddressing())).toEqual(
            plaintext,
          )
        }
      }),
      propertyRuns(10),
    )
  })

  it('refuses any changed ciphertext before a key is used', async () => {
    const sealed = await sealEnvelope(text, [alice.recipient], rawAddressing)
    const positions = fc.nat({ max: sealed.ciphertext.length - 1 })
    await fc.assert(
      fc.asyncProperty(positions, fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const ciphertext = sealed.ciphertext.map((byte, i) => (i === at ? byte ^ flip : byte))
        for (const addressing of [rawAddressing, unixfsAddressing()]) {
          const attempt = codeOf(() => openEnvelope(sealed.package, ciphertext, untouchable, addressing))
          expect(await attempt).toBe('envelope/cid-mismatch')
        }
      }),
      propertyRuns(30),
    )
  })

  it('takes file key and nonce from the random source, in that order, and wipes the key', async () => {
    const key = new Uint8Array(32).fill(7)
    const nonce = new Uint8Array(12).fill(9)
    const seen: AeadKey[] = []
    const spy = {
      id: 'spy',
      async wrap(fileKey: AeadKey) {
        seen.push(fileKey)
        return fileKey.reveal().slice()
      },
    }
    const random = scriptedRandom(key, nonce)
    const sealed = await sealEnvelope(text, [spy], rawAddressing, { random })
    expect(sealed.package.encKeys[0]?.wrapped).toEqual(key)
    expect(sealed.package.nonce).toEqual(nonce)
    expect(seen.map(one => one.isWiped)).toEqual([true])
  })

  it('never repeats a file key, a nonce or a wrapping', async () => {
    const made = await Promise.all(
      [1, 2, 3].map(() => sealEnvelope(text, [fakeRecipient('a')], rawAddressing)),
    )
    const twice = await Promise.all([1, 2].map(() => alice.recipient.wrap(new AeadKey(new Uint8Array(32)))))
    expect(new Set(made.map(({ package: { nonce } }) => `${nonce}`)).size).toBe(3)
    expect(new Set(made.map(({ package: { encKeys } }) => `${encKeys[0]?.wrapped}`)).size).toBe(3)
    expect(new Set(twice.map(String)).size).toBe(2)
  })
})

describe('stored envelopes', () => {
  it('grants access without taking it from others; cid and nonce stay', async () => {
    const store = memoryBlobStore()
    const first = await putEnvelope(store, text, [alice.recipient])
    const granted = await grantAccess(first, alice.named, [bob.recipient, carol.recipient])
    expect([granted.cid, granted.nonce]).toEqual([first.cid, first.nonce])
    for (const { named } of everyone) expect(await getEnvelope(store, granted, named)).toEqual(text)
    expect(await codeOf(() => getEnvelope(store, first, bob.nameless))).toBe('open/failed')
  })

  it('revokes by a new key, nonce and CID, and deletes the old blob', async () => {
    const store = memoryBlobStore()
    const old = await putEnvelope(store, text, recipients)
    const keep = [alice.recipient, carol.recipient]
    const save = async (): Promise<void> => expect(await store.has(old.cid)).toBe(true)
    const fresh = await revokeAccess({ store, package: old, identity: alice.named, keep, save })
    expect([fresh.cid === old.cid, `${fresh.nonce}` === `${old.nonce}`]).toEqual([false, false])
    expect(fresh.encKeys.map(key => key.recipientId)).toEqual(['alice', 'carol'])
    expect(await getEnvelope(store, fresh, carol.nameless)).toEqual(text)
    expect(await codeOf(() => getEnvelope(store, fresh, bob.named))).toBe('envelope/unknown-recipient')
    expect(await codeOf(() => getEnvelope(store, fresh, bob.nameless))).toBe('open/failed')
    expect(await codeOf(() => getEnvelope(store, old, bob.named))).toBe('envelope/blob-not-found')
  })

  it('does not open the new blob by the old file key, which someone may have kept', async () => {
    const store = memoryBlobStore()
    const old = await putEnvelope(store, text, recipients)
    const keep = [alice.recipient]
    const fresh = await revokeAccess({
      store,
      package: old,
      identity: alice.named,
      keep,
      save: async () => {},
    })
    const kept = { recipientId: null, unwrap: () => bob.nameless.unwrap(old.encKeys) }
    expect(await codeOf(() => getEnvelope(store, fresh, kept))).toBe('open/failed')
  })

  it('keeps the old blob, and only that, when the new package could not be saved', async () => {
    const blocks = new Map<string, Uint8Array>()
    const store = memoryBlobStore(blocks)
    const old = await putEnvelope(store, text, recipients)
    const save = (): Promise<void> => Promise.reject(new Error('disk full'))
    const attempt = revokeAccess({
      store,
      package: old,
      identity: alice.named,
      keep: [alice.recipient],
      save,
    })
    await expect(attempt).rejects.toThrow('disk full')
    expect([...blocks.keys()]).toEqual([old.cid])
    expect(await getEnvelope(store, old, bob.named)).toEqual(text)
  })
})

const rawCid = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'

function wrapped(recipientId: string): EnvelopePackage['encKeys'][number] {
  return { recipientId, wrapped: Uint8Array.of(1, 2, 3) }
}

function sorted({ encKeys }: EnvelopePackage): EnvelopePackage['encKeys'] {
  return [...encKeys].sort((a, b) => (a.recipientId < b.recipientId ? -1 : 1))
}
