/** What proof of work has to know of a chain: docs/spec/ledger-v2.md, "Seals". */
import { fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'
import { sealError } from '../errors-seal.js'
import { oneOf, readStrictly } from '../fields.js'
import type { PowRule } from '../genesis.js'
import { type Header, medianOfTimes, medianTimeHeaders } from '../header.js'
import type { WorkStep } from './retarget.js'

export interface PowMemory {
  readonly kind: 'pow'
  readonly height: bigint
  /** Sum of the difficulties above block 0. */
  readonly work: bigint
  /** The newest last, block 0 among them: as many as the window and the median need, fewer where there are none. */
  readonly steps: readonly WorkStep[]
}

const fields = ['kind', 'height', 'work', 'steps']
const workBytes = 32
const difficultyBytes = 16

export function firstPowMemory(timestamp: bigint): PowMemory {
  return { kind: 'pow', height: 0n, work: 0n, steps: [{ timestamp, difficulty: 1n }] }
}

export function nextPowMemory(
  parent: PowMemory,
  { timestamp, difficulty }: Pick<Header, 'timestamp' | 'difficulty'>,
  { window }: PowRule,
): PowMemory {
  const steps = [...parent.steps, { timestamp, difficulty }].slice(-Math.max(window + 1, medianTimeHeaders))
  return { kind: 'pow', height: parent.height + 1n, work: parent.work + difficulty, steps }
}

/** The median time past at the block of this memory: the next one is above it. */
export function medianOf({ steps }: PowMemory): bigint {
  return medianOfTimes(
    steps
      .slice(-medianTimeHeaders)
      .map(({ timestamp }) => timestamp)
      .reverse(),
  )
}

/** Deterministic CBOR. */
export function encodePowMemory({ kind, height, work, steps }: PowMemory): Uint8Array {
  return encodeCbor({
    kind,
    height,
    work: fromBigIntBE(work, workBytes),
    steps: steps.map(({ timestamp, difficulty }) => ({
      timestamp,
      difficulty: fromBigIntBE(difficulty, difficultyBytes),
    })),
  })
}

/** @throws ChartsealError `ledger/seal-memory` */
export function decodePowMemory(bytes: Uint8Array): PowMemory {
  return readStrictly(
    () => memoryIn(CborFields.decode(bytes, fields)),
    reason => sealError('ledger/seal-memory', { reason }),
  )
}

function memoryIn(map: CborFields): PowMemory {
  return {
    kind: oneOf(map, 'kind', ['pow'] as const),
    height: map.integer('height'),
    work: toBigIntBE(map.bytes('work', workBytes)),
    steps: map.maps('steps', ['timestamp', 'difficulty']).map(step => ({
      timestamp: step.integer('timestamp'),
      difficulty: toBigIntBE(step.bytes('difficulty', difficultyBytes)),
    })),
  }
}
