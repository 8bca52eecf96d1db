/** The witnesses of the ledger's log of headers: a C2SP policy, of which the genesis has the keys and how many must sign. */
import type { Genesis, TlogRule } from '@chartseal/emr-ledger'
import { parsePolicy, type Quorum } from '@chartseal/tlog'
import { commandError } from '../command.js'
import type { Store } from '../store.js'

const settingName = 'ledger-witnesses'

/** The text of the policy, with the addresses of the witnesses; `null` where there are none, or on another machine. */
export async function ledgerPolicyIn({ settings }: Pick<Store, 'settings'>): Promise<string | null> {
  return settings.get(settingName)
}

export async function setLedgerPolicy({ settings }: Pick<Store, 'settings'>, policy: string): Promise<void> {
  await settings.set(settingName, policy)
}

/**
 * What a genesis says of the witnesses.
 * @param policy text of it; `null`: none
 * @throws ChartsealError `tlog/bad-policy`, `tlog/weak-policy`, `command/usage` for one that is not so many of all its witnesses
 */
export function witnessRuleOf(policy: string | null): Pick<TlogRule, 'witnesses' | 'quorum'> {
  if (policy === null) return { witnesses: [], quorum: 0 }
  const { witnesses, quorum } = parsePolicy(policy)
  const names = new Set(witnesses.map(({ name }) => name))
  return {
    witnesses: witnesses.map(({ verifier }) => verifier.verifierKey),
    quorum: thresholdOf(quorum, names),
  }
}

function thresholdOf(quorum: Quorum | null, names: ReadonlySet<string>): number {
  const { threshold, members } =
    quorum === null || typeof quorum === 'string' ? { threshold: 0, members: [] } : quorum
  const isOfAll =
    members.length === names.size && members.every(one => typeof one === 'string' && names.has(one))
  if (threshold > 0 && isOfAll) return threshold
  throw commandError('command/usage', {
    reason: 'The policy of the ledger’s witnesses must have one group, of all its witnesses, as its quorum.',
  })
}

/** @throws ChartsealError as `witnessRuleOf`; `command/usage` where the genesis has others */
export function requireWitnessesOf({ seal }: Pick<Genesis, 'seal'>, policy: string): void {
  const { witnesses, quorum } = witnessRuleOf(policy)
  const isSame =
    seal.kind === 'tlog' &&
    seal.quorum === quorum &&
    seal.witnesses.length === witnesses.length &&
    witnesses.every(key => seal.witnesses.includes(key))
  if (!isSame)
    throw commandError('command/usage', {
      reason: 'The option --ledger-witnesses must have the witnesses and the quorum that the genesis has.',
    })
}
