import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import {
  encodeClaims,
  keyIdOf,
  type Member,
  type MemberRole,
  memberOf,
  type Roster,
  type RosterClaims,
} from '@chartseal/emr-ledger'
import { describe, expect, it } from 'vitest'
import { keysText } from '../dist/clinic/directory.js'
import { nextRoster } from '../dist/ledger/registrar.js'
import type { StoredDevice } from '../dist/store.js'

function member(roles: readonly MemberRole[], from = 0n, until: bigint | null = null): Member {
  const publicKey = verifyingKeyOf(SigningKey.generate(systemRandom))
  return memberOf({ algorithm: 'Ed25519', publicKey, roles, name: '', from, until })
}

const roster = (...members: readonly Member[]): Roster => ({
  number: 4n,
  members: [...members].sort((a, b) => (encodeHexOf(a) < encodeHexOf(b) ? -1 : 1)),
  quorum: 1,
})
const encodeHexOf = ({ kid }: Member): string => Buffer.from(kid).toString('hex')

function deviceOf({ kid, publicKey }: Member, role: string, endedMs: number | null = null): StoredDevice {
  const keys = encodeUtf8(keysText(encodeBase64Url(publicKey), encodeBase64Url(systemRandom.bytes(32))))
  return { kid: encodeBase64Url(kid), role, keys, box: 'box', addedMs: 1, endedMs }
}

describe('the next roster', () => {
  it('has doctors as prescribers and pharmacists as dispensers, from the next block on', () => {
    const [registrar, doctor, pharmacist, patient] = [
      member(['registrar']),
      member(['prescriber'], 9n),
      member(['dispenser'], 9n),
      member(['prescriber']),
    ]
    const devices = [
      deviceOf(doctor, 'doctor'),
      deviceOf(pharmacist, 'pharmacist'),
      deviceOf(patient, 'patient'),
    ]
    expect(nextRoster(roster(registrar), devices, 9n)).toEqual({
      ...roster(registrar, doctor, pharmacist),
      number: 5n,
    })
  })

  it('is none where everybody is as they should be', () => {
    const doctor = member(['prescriber'])
    expect(nextRoster(roster(member(['registrar']), doctor), [deviceOf(doctor, 'doctor')], 9n)).toBeNull()
    expect(nextRoster(roster(doctor), [], 9n)).toBeNull()
  })

  it('ends whose device was ended, once, and nobody else', () => {
    const [doctor, elsewhere] = [member(['prescriber']), member(['prescriber'])]
    const ended = [deviceOf(doctor, 'doctor', 7)]
    const next = nextRoster(roster(doctor, elsewhere), ended, 9n)
    expect(next?.members).toContainEqual({ ...doctor, until: 9n })
    expect(next?.members).toContainEqual(elsewhere)
    expect(next === null ? null : nextRoster(next, ended, 12n)).toBeNull()
  })

  it('ends whose device was ended also where their own end is yet to come', () => {
    const visitor = member(['prescriber'], 0n, 1_000n)
    const ended = [deviceOf(visitor, 'doctor', 7)]
    const next = nextRoster(roster(visitor), ended, 9n)
    expect(next?.members).toEqual([{ ...visitor, until: 9n }])
    expect(next === null ? null : nextRoster(next, ended, 12n)).toBeNull()
  })

  it('ends one who begins later behind their beginning, and takes in none who was ended before', () => {
    const [late, never] = [member(['prescriber'], 20n), member(['prescriber'])]
    const ended = [deviceOf(late, 'doctor', 7), deviceOf(never, 'doctor', 7)]
    const next = nextRoster(roster(late), ended, 9n)
    expect(next?.members).toEqual([{ ...late, until: 21n }])
    expect(next === null ? null : nextRoster(next, ended, 10n)).toBeNull()
  })

  it('fits into a record however many devices there were: those that ended first make room', () => {
    const [registrar, one] = [member(['registrar']), member(['prescriber'], 9n)]
    const others = many(2_080)
    const enrolled = [deviceOf(one, 'doctor')]
    // Nobody has ended: whoever is one too many waits, and nothing changes until then.
    expect(nextRoster(rosterWith(registrar, ...others), enrolled, 9n)).toBeNull()
    const ended = others.map(other => ({ ...other, until: 2n }))
    const grown = nextRoster(rosterWith(registrar, ...ended), enrolled, 9n)
    expect(grown?.members).toContain(registrar)
    expect(grown?.members.map(encodeHexOf)).toContain(encodeHexOf(one))
    expect(grown?.members.length).toBeGreaterThan(1_800)
    expect(() => encodeClaims(claimsOf(grown ?? roster(), registrar))).not.toThrow()
  })
})

const rosterWith = (...members: readonly Member[]): Roster => ({ number: 4n, members, quorum: 1 })

/** Members with long names, and with keys that nobody has. */
function many(count: number): readonly Member[] {
  const name = '€'.repeat(42)
  return Array.from({ length: count }, (_, i) => {
    const publicKey = new Uint8Array(32)
    new DataView(publicKey.buffer).setUint32(0, i)
    const kid = keyIdOf('Ed25519', publicKey)
    return { kid, algorithm: 'Ed25519', publicKey, roles: ['prescriber'], name, from: 1n, until: null }
  })
}

const claimsOf = (next: Roster, { kid }: Member): RosterClaims => ({
  kind: 'roster',
  ledger: new Uint8Array(32),
  signer: kid,
  seq: 1n,
  authoredOn: 1n,
  roster: next,
})
