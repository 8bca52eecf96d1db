/** How far witnesses have cosigned the log, and how many there are at the least. */
import { breakGlassError } from '@chartseal/clinic/break-glass'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { parsePolicy, parseVerifierKey, type Quorum, verifyCheckpoint } from '@chartseal/tlog'
import type { Clinic } from '../clinic/clinic.js'

/** What the published checkpoint covers, and by how many it is cosigned. */
export interface Covered {
  /** Entries. */
  readonly size: number
  readonly cosignatures: number
}

const nothing: Covered = { size: 0, cosignatures: 0 }

export class Witnessed {
  readonly #clinic: Pick<Clinic, 'log' | 'policy'>
  #known: { readonly note: string; readonly covered: Covered } | null = null

  constructor(clinic: Pick<Clinic, 'log' | 'policy'>) {
    this.#clinic = clinic
  }

  async covered(): Promise<Covered> {
    const bytes = await this.#clinic.log.read('checkpoint')
    const note = bytes === null ? '' : decodeUtf8(bytes)
    if (this.#known?.note !== note) this.#known = { note, covered: this.#verified(note) }
    return this.#known.covered
  }

  #verified(note: string): Covered {
    const { log, policy } = this.#clinic
    if (policy === null || note === '') return nothing
    const trust = { log: parseVerifierKey(log.verifierKey), policy: parsePolicy(policy, { allowWeak: true }) }
    try {
      const { size, witnesses } = verifyCheckpoint(note, trust)
      return { size, cosignatures: witnesses.length }
    } catch (error) {
      // One of before there were these witnesses.
      if (error instanceof ChartsealError) return nothing
      throw error
    }
  }

  /**
   * Refuses what asks for more witnesses than each checkpoint of this log has.
   * @throws ChartsealError `break-glass/no-witness`
   */
  require(needed: number): void {
    const { policy } = this.#clinic
    const { quorum } = policy === null ? { quorum: null } : parsePolicy(policy, { allowWeak: true })
    const found = fewest(quorum)
    if (found < needed) throw breakGlassError('break-glass/no-witness', { needed, found })
  }
}

/** How many witnesses the smallest quorum has. */
function fewest(quorum: Quorum | null): number {
  if (quorum === null) return 0
  if (typeof quorum === 'string') return 1
  const sizes = quorum.members.map(fewest).toSorted((a, b) => a - b)
  return sizes.slice(0, quorum.threshold).reduce((sum, size) => sum + size, 0)
}
