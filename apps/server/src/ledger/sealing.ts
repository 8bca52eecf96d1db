/** Who seals now, by the roster in force. */
import { encodeBase64Url } from '@chartseal/core/encoding'
import type { Clock } from '@chartseal/core/ports'
import { findMember, leaderOf, membersWith, quorumOf, type Roster, sealersAt } from '@chartseal/emr-ledger'
import type { ClinicLedger } from './ledger.js'

export interface Sealing {
  readonly seals: boolean
  readonly roster: { readonly number: number; readonly quorum: number; readonly registrars: number }
  readonly turns: Turns | null
}

/** In the words of the interface. */
export interface Turns {
  readonly slot: number
  readonly slot_seconds: number
  readonly slots_per_turn: number
  readonly tolerates: 'crash' | 'lies'
  readonly quorum: number
  readonly leader: string
  readonly sealers: readonly { readonly kid: string; readonly name: string }[]
}

export async function sealingOf(
  ledger: Pick<ClinicLedger, 'node' | 'read' | 'seals'>,
  clock: Clock,
): Promise<Sealing> {
  const roster = await ledger.read(({ node }) => node.roster())
  const height = ledger.node.tip.height + 1n
  return {
    seals: await ledger.seals(),
    roster: {
      number: Number(roster.number),
      quorum: roster.quorum,
      registrars: membersWith(roster, 'registrar', height).length,
    },
    turns: turnsOf(ledger, roster, height, BigInt(Math.floor(clock.nowMs() / 1_000))),
  }
}

function turnsOf(
  { node: { genesis } }: Pick<ClinicLedger, 'node'>,
  roster: Roster,
  height: bigint,
  nowSeconds: bigint,
): Turns | null {
  const rule = genesis.seal
  const set = sealersAt(roster, height) ?? sealersAt(genesis.roster, 1n)
  if (rule.kind !== 'poa' || set === null) return null
  const since = nowSeconds - genesis.timestamp
  const slot = since < 0n ? 0n : since / BigInt(rule.slotSeconds)
  return {
    slot: Number(slot),
    slot_seconds: rule.slotSeconds,
    slots_per_turn: rule.slotsPerTurn,
    tolerates: rule.tolerates,
    quorum: quorumOf(set.sealers.length, rule.tolerates),
    leader: encodeBase64Url(leaderOf(set, slot, rule).kid),
    sealers: set.sealers.map(({ kid }) => ({
      kid: encodeBase64Url(kid),
      name: findMember(roster, kid)?.name ?? '',
    })),
  }
}
