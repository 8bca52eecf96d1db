/** Proof of work: docs/spec/ledger-v2.md, "Proof of work". */
import { toBigIntBE } from '@chartseal/core/bytes'
import { targetOf } from '../../mining/puzzle.js'
import { sealError } from '../errors-seal.js'
import type { Genesis, PowRule } from '../genesis.js'
import { extraBytes, type Header } from '../header.js'
import type { SealDraft, SealedHeader, SealJudge, SealMemory } from '../seal.js'
import { firstPowMemory, medianOf, nextPowMemory, type PowMemory } from './pow-memory.js'
import { nextDifficulty } from './retarget.js'

/** How far a block may be ahead of the clock of whoever takes it, in seconds. */
const mostAheadSeconds = 7_200n
/** And in times between blocks: two hours would let a timestamp move what retargeting believes by 120 minutes' blocks. */
const mostAheadBlocks = 12n

export class PowJudge implements SealJudge {
  readonly rule: PowRule
  readonly #genesis: Genesis

  constructor(genesis: Genesis, rule: PowRule) {
    this.rule = rule
    this.#genesis = genesis
  }

  begin(): PowMemory {
    return firstPowMemory(this.#genesis.timestamp)
  }

  /** @throws ChartsealError `ledger/seal-encoding`, `ledger/seal-header`, `ledger/seal-work` */
  check({ header, seal }: SealedHeader, parent: SealMemory): void {
    const memory = powMemory(parent)
    if (seal.length > 0) throw sealError('ledger/seal-encoding', { reason: 'it must be empty' })
    if (header.height !== memory.height + 1n) throw wrong('height')
    if (header.timestamp <= medianOf(memory)) throw wrong('timestamp')
    if (header.difficulty !== this.difficultyOnto(memory)) throw wrong('difficulty')
    if (header.extra.some(byte => byte !== 0)) throw wrong('extra')
    if (toBigIntBE(header.id) > targetOf(header.difficulty)) throw sealError('ledger/seal-work', {})
  }

  after(parent: SealMemory, { header }: SealedHeader): PowMemory {
    return nextPowMemory(powMemory(parent), header, this.rule)
  }

  /** @throws ChartsealError `ledger/early` more than twelve times `blockSeconds`, or two hours, ahead */
  checkTime(header: Pick<Header, 'timestamp'>, nowSeconds: bigint): void {
    refuseEarly(header, nowSeconds, mostAheadBlocks * BigInt(this.rule.blockSeconds))
  }

  /** What a block says that is made now. */
  draft(parent: PowMemory, nowSeconds: bigint, sealer: Uint8Array): SealDraft {
    const earliest = medianOf(parent) + 1n
    return {
      timestamp: nowSeconds < earliest ? earliest : nowSeconds,
      difficulty: this.difficultyOnto(parent),
      sealer,
      extra: new Uint8Array(extraBytes),
    }
  }

  difficultyOnto({ height, steps }: PowMemory): bigint {
    // Block 0 is among the steps as long as the chain is shorter than them.
    return nextDifficulty(this.rule, BigInt(steps.length) > height ? steps.slice(1) : steps)
  }
}

/** @param most seconds; two hours at most. @throws ChartsealError `ledger/early` */
export function refuseEarly(
  { timestamp }: Pick<Header, 'timestamp'>,
  nowSeconds: bigint,
  most: bigint = mostAheadSeconds,
): void {
  const ahead = timestamp - nowSeconds
  const limit = most < mostAheadSeconds ? most : mostAheadSeconds
  if (ahead > limit) throw sealError('ledger/early', { aheadSeconds: ahead })
}

/** @throws TypeError */
function powMemory(memory: SealMemory): PowMemory {
  if (memory.kind !== 'pow') throw new TypeError(`the memory of ${memory.kind} must not be given to pow`)
  return memory
}

function wrong(field: string): Error {
  return sealError('ledger/seal-header', { field })
}
