/** By what a proof is final, and as of when, in words. */
import type { CheckedBundle, SealRule } from '@chartseal/emr-ledger'
import { msOf } from '../ledger/seconds.js'
import type { CounterWords } from '../text/counter-words.js'
import type { Texts } from '../text/texts.js'

export type Proven = Pick<CheckedBundle, 'finality' | 'asOf' | 'head'>

export function finalityText({ finality }: Proven, seal: SealRule, words: CounterWords): string {
  if (finality.kind === 'reversible') return words('chain.final.reversible', { depth: finality.depth })
  if (seal.kind !== 'tlog') return words('chain.final.poa')
  return seal.quorum === 0 ? words('chain.final.alone') : words('chain.final.tlog', { quorum: seal.quorum })
}

export function asOfText({ asOf, head }: Proven, words: CounterWords, { date }: Texts): string {
  return words('chain.as-of', { when: date(msOf(asOf)), height: Number(head.height) })
}

/** Both, and who checked it. */
export function proofText(checked: CheckedBundle, words: CounterWords, texts: Texts): string {
  const finality = finalityText(checked, checked.anchor.genesis.seal, words)
  return words('counter.proof', { finality, asOf: asOfText(checked, words, texts) })
}
