import {
  type Claims,
  commit,
  commitsTo,
  decodeClaims,
  decodeGenesis,
  decodeRecord,
  decodeRoster,
  encodeClaims,
  encodeGenesis,
  encodeRecord,
  encodeRoster,
  findMember,
  type Genesis,
  isInForce,
  keyIdOf,
  type Member,
  memberAt,
  type Roster,
  sortedMembers,
  verifyRecordSignatures,
} from '@chartseal/emr-ledger'
import { codeOf, hostileBytes, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { genesis, head, koblitz, other, prescriber, prescription, registrars, signed } from './v2-people.js'

const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 })
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const word = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const units = fc.integer({ min: 1, max: 2 ** 32 - 1 })
const order = {
  subject: bytes32,
  body: bytes32,
  reference: fc.oneof(
    fc.constant(''),
    fc.webUrl().map(url => url.slice(0, 256)),
  ),
  validUntil: word,
  quantity: units,
}
const change = { prescription: bytes32, previous: bytes32 }
const common = {
  ledger: bytes32,
  signer: bytes32,
  seq: word.map(seq => (seq === 0n ? 1n : seq)),
  authoredOn: word,
}

const roles: fc.Arbitrary<Member['roles']> = fc.subarray(['dispenser', 'prescriber', 'registrar', 'sealer'], {
  minLength: 1,
})
const member: fc.Arbitrary<Member> = fc
  .record({
    key: fc.oneof(
      fc.tuple(fc.constant('Ed25519' as const), bytes32),
      fc.tuple(
        fc.constantFrom('ES256' as const, 'ES256K' as const),
        fc.uint8Array({ minLength: 65, maxLength: 65 }),
      ),
    ),
    roles,
    name: fc.string({ unit: 'grapheme', maxLength: 20 }).filter(name => Buffer.byteLength(name) <= 128),
    from: word.filter(from => from < 2n ** 64n - 1n),
    until: fc.option(word),
  })
  .map(({ key: [algorithm, publicKey], until, ...rest }) => ({
    ...rest,
    kid: keyIdOf(algorithm, publicKey),
    algorithm,
    publicKey,
    until: until === null || until > rest.from ? until : rest.from + 1n,
  }))
const roster: fc.Arbitrary<Roster> = fc.record({
  number: common.seq,
  members: fc.uniqueArray(member, { maxLength: 5, selector: ({ kid }) => `${kid}` }).map(sortedMembers),
  quorum: fc.integer({ min: 1, max: 256 }),
})

const claims: fc.Arbitrary<Claims> = fc.oneof(
  fc.record({ kind: fc.constant('prescribe' as const), ...common, ...order }),
  fc.record({ kind: fc.constant('cancel' as const), ...common, ...change }),
  fc.record({ kind: fc.constant('replace' as const), ...common, ...change, ...order }),
  fc.record({ kind: fc.constant('dispense' as const), ...common, ...change, quantity: units, salt: bytes16 }),
  fc.record({ kind: fc.constant('roster' as const), ...common, roster }),
)

describe('bytes of version 2', () => {
  it('of claims are read as what was written, and written as what was read', () => {
    const law = fc.property(claims, value => {
      const bytes = encodeClaims(value)
      const read = decodeClaims(bytes)
      expect(read).toEqual(value)
      expect(encodeClaims(read)).toEqual(bytes)
    })
    fc.assert(law, propertyRuns(60))
  })

  it('of records are, in whatever order the signatures came', () => {
    const law = fc.property(claims, bytes32, (value, noise) => {
      const claimsBytes = encodeClaims(value)
      const signature = Uint8Array.of(...noise, ...noise)
      const own = { kid: value.signer, signature }
      const more = noise.every((byte, i) => byte === value.signer[i]) ? [] : [{ kid: noise, signature }]
      const signatures = value.kind === 'roster' ? [own, ...more] : [own]
      const bytes = encodeRecord(claimsBytes, signatures)
      expect(encodeRecord(claimsBytes, [...signatures].reverse())).toEqual(bytes)
      const read = decodeRecord(bytes)
      expect(read.claims).toEqual(value)
      expect(encodeRecord(read.claimsBytes, read.signatures)).toEqual(bytes)
    })
    fc.assert(law, propertyRuns(40))
  })

  it('of rosters are, and a member is found by kid alone', () => {
    const law = fc.property(roster, bytes32, word, (value, kid, height) => {
      const bytes = encodeRoster(value)
      expect(decodeRoster(bytes)).toEqual(value)
      expect(encodeRoster(decodeRoster(bytes))).toEqual(bytes)
      for (const one of value.members) {
        expect(findMember(value, one.kid)).toBe(one)
        expect(memberAt(value, one.kid, height)).toBe(isInForce(one, height) ? one : null)
      }
      expect(findMember(value, kid)).toBe(null)
    })
    fc.assert(law, propertyRuns(40))
  })

  it('of a genesis are, under every seal', () => {
    const seal: fc.Arbitrary<Genesis['seal']> = fc.oneof(
      fc.record({
        kind: fc.constant('poa' as const),
        slotSeconds: units,
        slotsPerTurn: units,
        tolerates: fc.constantFrom('crash' as const, 'lies' as const),
      }),
      fc.record({
        kind: fc.constant('pow' as const),
        firstDifficulty: fc.bigInt({ min: 1n, max: 2n ** 128n - 1n }),
        blockSeconds: units,
        window: fc.integer({ min: 1, max: 1_024 }),
      }),
    )
    const law = fc.property(seal, word, bytes32, (rule, timestamp, salt) => {
      const value = { ...genesis, seal: rule, timestamp, salt }
      const bytes = encodeGenesis(value)
      expect(decodeGenesis(bytes)).toEqual(value)
      expect(encodeGenesis(decodeGenesis(bytes))).toEqual(bytes)
    })
    fc.assert(law, propertyRuns(10, 5))
  })

  it('that are read are the ones that are written: nothing else has the same meaning', async () => {
    const law = fc.asyncProperty(hostileBytes(), async bytes => {
      const code = await codeOf(() => expect(encodeClaims(decodeClaims(bytes))).toEqual(bytes))
      expect(['accepted', 'ledger/claims']).toContain(code)
      expect(await codeOf(() => decodeRecord(bytes))).toMatch(/^(accepted|ledger\/(record|claims))$/)
    })
    await fc.assert(law, propertyRuns(60))
  })
})

describe('a signed record', () => {
  it('is refused with any byte changed', async () => {
    const change = { prescription: new Uint8Array(32).fill(5), previous: new Uint8Array(32).fill(6) }
    const [first = prescriber, second = prescriber] = registrars
    const next = { ...genesis.roster, number: 2n }
    const records = [
      await prescription(prescriber),
      await prescription(koblitz),
      await signed({ kind: 'cancel', ...head(other), ...change }, other),
      await signed({ kind: 'roster', ...head(first), roster: next }, first, second),
    ]
    const law = fc.asyncProperty(
      fc.constantFrom(...records),
      fc.nat(2 ** 20),
      fc.integer({ min: 1, max: 255 }),
      async ({ bytes }, place, mask) => {
        const changed = Uint8Array.from(bytes)
        const at = place % bytes.length
        changed[at] = (changed[at] ?? 0) ^ mask
        const code = await codeOf(() => verifyRecordSignatures(decodeRecord(changed), genesis.roster, 1n))
        expect(code).toMatch(/^ledger\//)
      },
    )
    for (const record of records) verifyRecordSignatures(record, genesis.roster, 1n)
    await fc.assert(law, propertyRuns(300, 120))
  })
})

it('commits to one kind, one secret and one content', () => {
  const kind = fc.constantFrom('subject' as const, 'body' as const)
  const committed = fc.record({ rs: bytes32, kind, bytes: fc.uint8Array({ maxLength: 100 }) })
  const law = fc.property(committed, committed, (one, two) => {
    const isSame = JSON.stringify(one) === JSON.stringify(two)
    expect(commitsTo(commit(one), one)).toBe(true)
    expect(commitsTo(commit(one), two)).toBe(isSame)
    expect(commitsTo(commit(one), { ...one, kind: one.kind === 'body' ? 'subject' : 'body' })).toBe(false)
  })
  fc.assert(law, propertyRuns(60))
})
