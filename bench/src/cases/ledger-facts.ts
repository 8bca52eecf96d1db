/** What nodes of the ledger take: to change their chain, to start, to prove, and to hear of a block. */
import type { Fact } from '../facts.js'
import { proofFacts } from './ledger-proof.js'
import { propagationFacts } from './ledger-propagation.js'
import { reorganisationFacts } from './ledger-reorganisation.js'
import { startFacts } from './ledger-start.js'

export async function ledgerFacts(): Promise<readonly Fact[]> {
  return [
    ...(await reorganisationFacts()),
    ...(await startFacts()),
    ...(await proofFacts()),
    ...(await propagationFacts()),
  ]
}
