/** Streamlet under schedules that somebody made up who wishes it ill. */
import { firstTrust, followFinality, type Genesis, type PoaRule, type Roster } from '@chartseal/emr-ledger'
import { runsOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { type Person, person } from './v2-people.js'
import { Network, type Sealing } from './v2-seal-network.js'

const sealers: readonly Person[] = Array.from({ length: 8 }, (_, i) =>
  person(20 + i, 'Ed25519', ['registrar', 'sealer']),
)

const rosterOf = (people: readonly Person[], number: bigint): Roster => ({
  number,
  members: people.map(({ member }) => member),
  quorum: 1,
})

function genesisOf(tolerates: PoaRule['tolerates'], count: number): Genesis {
  return {
    name: 'Sealers under test',
    timestamp: 1_800_000_000n,
    roster: rosterOf(byKid(sealers.slice(0, count)), 1n),
    seal: { kind: 'poa', slotSeconds: 3, slotsPerTurn: 4, tolerates },
    legacy: null,
    salt: new Uint8Array(32).fill(3),
  }
}

const compare = (a: Uint8Array, b: Uint8Array): number => {
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}
const byKid = (people: readonly Person[]): readonly Person[] =>
  [...people].sort((a, b) => compare(a.member.kid, b.member.kid))

const honestly = (people: readonly Person[]): readonly Sealing[] =>
  people.map(each => ({ person: each, isHonest: true }))

/** One storm, and then calm weather in which everything must come to an end. */
async function storm(
  seed: number,
  tolerates: PoaRule['tolerates'],
  sealing: readonly Sealing[],
  count: number,
  rosters: readonly Roster[] = [],
): Promise<Network> {
  const genesis = genesisOf(tolerates, count)
  const network = await Network.open({ seed, genesis, sealers: sealing, crashes: 4, rosters })
  await network.run(30)
  const before = network.height
  network.isCalm = true
  await network.run(16)
  expect(network.conflicts, `two final blocks of one height, seed ${seed}`).toBe(0)
  expect(network.height, `nothing became final after the storm, seed ${seed}`).toBeGreaterThan(before)
  expectProofs(network, genesis)
  return network
}

/** Whoever has nothing but the genesis follows what each node shows. */
function expectProofs({ honest, block0 }: Network, genesis: Genesis): void {
  for (const { keeper } of honest) {
    const newest = keeper.finality()
    if (newest === null) continue
    const evidences = [...keeper.trail(), newest.evidence]
    const { header } = followFinality({ genesis, block0 }, firstTrust({ genesis, block0 }), evidences)
    expect(header.id).toEqual(keeper.final.id)
  }
}

const seeds = (inGate: number, elsewhere: number): readonly number[] =>
  Array.from({ length: runsOf(inGate, elsewhere) }, (_, i) => i + 1)

describe('voting sealers', () => {
  it.each(seeds(12, 2))('agree through partitions, delays and crashes (seed %i)', async seed => {
    await storm(seed, 'crash', honestly(sealers.slice(0, 3)), 3)
  })

  it.each(seeds(12, 1))('agree while one of four signs everything twice (seed %i)', async seed => {
    const [liar, ...others] = sealers.slice(0, 4)
    if (liar === undefined) throw new Error('there are four')
    const twins = [0, 1].map(() => ({ person: liar, isHonest: false }))
    const network = await storm(seed, 'lies', [...twins, ...honestly(others)], 4)
    expect(network.honest.length).toBe(3)
  })

  it.each(seeds(12, 1))('agree while the sealers are changed (seed %i)', async seed => {
    const groups = [sealers.slice(0, 3), sealers.slice(2, 5), sealers.slice(3, 6), sealers.slice(5, 8)]
    const rosters = groups.map((people, i) => rosterOf(byKid(people), BigInt(i + 2)))
    await storm(seed, 'crash', honestly(sealers), 3, rosters)
  })
})
