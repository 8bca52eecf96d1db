import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import {
  checkRoster,
  decodeGenesis,
  decodeRoster,
  encodeGenesis,
  encodeRoster,
  type Genesis,
  keyIdOf,
  type Member,
  memberOf,
  type Roster,
  recordError,
  sortedMembers,
} from '@chartseal/emr-ledger'
import { codesRaised } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { everybody, genesis, person } from './v2-people.js'

const raisedByRecords = [
  'ledger/claims',
  'ledger/record',
  'ledger/not-a-member',
  'ledger/role',
  'ledger/quorum',
  'ledger/commitment',
]
const expectCode = codesRaised(recordError, raisedByRecords)
const { roster } = genesis
const next = (changed: Partial<Roster> = {}): Roster => ({ ...roster, number: 2n, ...changed })

describe('rosters', () => {
  const [one, two] = roster.members
  const members = (...changed: readonly unknown[]): Uint8Array => {
    const value = Object(decodeCbor(encodeRoster(roster)))
    return encodeCbor({ ...value, members: changed })
  }
  const plain = (index: number): object => Object(decodeCbor(encodeRoster(roster))).members[index]

  it.each([
    ['an unknown algorithm', { alg: 'RS256' }],
    ['a role twice', { roles: ['prescriber', 'prescriber'] }],
    ['roles out of order', { roles: ['sealer', 'dispenser'] }],
    ['no role', { roles: [] }],
    ['an unknown role', { roles: ['doctor'] }],
    ['an end before the beginning', { from: 2, until: 2 }],
    ['an id of another key', { kid: new Uint8Array(32) }],
    ['a key of another length', { key: new Uint8Array(33) }],
    ['a name of 129 bytes', { name: 'x'.repeat(129) }],
    ['an unknown field', { note: '' }],
  ])('are refused with a member that has %s', async (_, changed) => {
    await expectCode('ledger/roster', () => decodeRoster(members({ ...plain(0), ...changed })))
  })

  it('have their members sorted, each once', async () => {
    await expectCode('ledger/roster', () => decodeRoster(members(plain(1), plain(0))))
    await expectCode('ledger/roster', () => decodeRoster(members(plain(0), plain(0))))
    if (one === undefined || two === undefined) throw new Error('no members')
    await expectCode('ledger/roster', () => encodeRoster({ ...roster, members: [two, one] }))
    await expectCode('ledger/roster', () => encodeRoster({ ...roster, quorum: 0 }))
    await expectCode('ledger/roster', () => encodeRoster({ ...roster, number: 0n }))
  })

  it('follow one another by number', async () => {
    for (const number of [1n, 3n])
      await expectCode('ledger/roster-number', () => checkRoster(next({ number }), roster, 7n))
    checkRoster(next(), roster, 7n)
  })

  it('set the clock back behind a block that is there, and a later one each time', async () => {
    const clock = { height: 5n, time: 1_000n }
    checkRoster(next({ clock }), roster, 7n)
    for (const height of [7n, 8n])
      await expectCode('ledger/roster-clock', () =>
        checkRoster(next({ clock: { ...clock, height } }), roster, 7n),
      )
    for (const other of [{}, { clock: { height: 5n, time: 999n } }, { clock: { height: 4n, time: 999n } }])
      await expectCode('ledger/roster-clock', () => checkRoster(next(other), { ...roster, clock }, 7n))
  })

  it('leave registrars without an end, as many as sign the next one', async () => {
    await expectCode('ledger/roster-lockout', () => checkRoster(next({ quorum: 4 }), roster, 7n))
    checkRoster(next({ quorum: 3 }), roster, 7n)
    const later = person(20, 'Ed25519', ['registrar'], { from: 9n })
    const withLater = sortedMembers([...roster.members, later.member])
    await expectCode('ledger/roster-lockout', () =>
      checkRoster(next({ quorum: 4, members: withLater }), roster, 7n),
    )
    checkRoster(next({ quorum: 4, members: withLater }), roster, 8n)
    const ended = person(20, 'Ed25519', ['registrar'], { until: 900n })
    const withEnded = sortedMembers([...roster.members, ended.member])
    await expectCode('ledger/roster-lockout', () =>
      checkRoster(next({ quorum: 4, members: withEnded }), roster, 7n),
    )
  })

  it('take no key that anybody could sign with, and none off its curve', async () => {
    const smallOrder = Uint8Array.of(1, ...new Uint8Array(31))
    const offCurve = Uint8Array.of(4, ...new Uint8Array(64).fill(1))
    const bad = [
      ['Ed25519', smallOrder],
      ['ES256', offCurve],
      ['ES256K', offCurve],
    ] as const
    for (const [algorithm, publicKey] of bad) {
      const kid = keyIdOf(algorithm, publicKey)
      const member: Member = {
        kid,
        algorithm,
        publicKey,
        roles: ['prescriber'],
        name: '',
        from: 0n,
        until: null,
      }
      await expectCode('ledger/member-key', () =>
        memberOf({ algorithm, publicKey, roles: ['prescriber'], name: '' }),
      )
      const changed = sortedMembers([...roster.members, member])
      await expectCode('ledger/member-key', () => checkRoster(next({ members: changed }), roster, 7n))
      await expectCode('ledger/member-key', () =>
        encodeGenesis({ ...genesis, roster: { ...roster, members: changed } }),
      )
    }
    expect(() => keyIdOf('Ed25519', offCurve)).toThrow(RangeError)
  })
})

describe('genesis', () => {
  const seal = genesis.seal
  const tlog = {
    kind: 'tlog',
    origin: 'log.example',
    logKey: everybody[1]?.member.publicKey ?? new Uint8Array(32),
    witnesses: ['a', 'b'],
    quorum: 2,
  } as const
  const pow = { kind: 'pow', firstDifficulty: 2n ** 100n, blockSeconds: 60, window: 60 } as const

  it.each<[string, Genesis]>([
    ['poa', { ...genesis, seal }],
    ['tlog', { ...genesis, seal: tlog }],
    ['pow', { ...genesis, seal: pow }],
    ['a tip of version 1', { ...genesis, legacy: { height: 7n, blockId: new Uint8Array(32).fill(9) } }],
  ])('is written and read with %s', (_, value) => {
    expect(decodeGenesis(encodeGenesis(value))).toEqual(value)
  })

  it.each<[string, Partial<Genesis>]>([
    ['no name', { name: '' }],
    ['a name of 129 bytes', { name: 'x'.repeat(129) }],
    ['a short salt', { salt: new Uint8Array(31) }],
    ['more witnesses to ask than there are', { seal: { ...tlog, quorum: 3 } }],
    ['a witness twice', { seal: { ...tlog, witnesses: ['a', 'a'] } }],
    ['an origin with a blank', { seal: { ...tlog, origin: 'log example' } }],
    ['a log key of small order', { seal: { ...tlog, logKey: Uint8Array.of(1, ...new Uint8Array(31)) } }],
    ['slots without length', { seal: { kind: 'poa', slotSeconds: 0, slotsPerTurn: 1, tolerates: 'lies' } }],
    ['no difficulty', { seal: { ...pow, firstDifficulty: 0n } }],
  ])('is refused with %s', async (_, changed) => {
    await expectCode('ledger/genesis', () => encodeGenesis({ ...genesis, ...changed }))
  })

  it('is refused with fields of another seal, or too long', async () => {
    const value = Object(decodeCbor(encodeGenesis(genesis)))
    const mixed = encodeCbor({ ...value, seal: { ...value.seal, origin: 'log.example' } })
    await expectCode('ledger/genesis', () => decodeGenesis(mixed))
    await expectCode('ledger/genesis', () => decodeGenesis(new Uint8Array(589_825)))
    await expectCode('ledger/roster-number', () => encodeGenesis({ ...genesis, roster: next() }))
    await expectCode('ledger/roster-lockout', () =>
      encodeGenesis({ ...genesis, roster: { ...roster, quorum: 4 } }),
    )
  })
})
