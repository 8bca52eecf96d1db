/** Verifying a transparency log: every leaf and tile beside hashing alone, and proofs from tiles. */

import { createHash } from 'node:crypto'
import { auditLeafRules as rules } from '@chartseal/audit'
import { concat } from '@chartseal/core/bytes'
import type { Engine } from '@chartseal/core/engine'
import { consistencyProof, inclusionProof, type TreeHead, verifyTree } from '@chartseal/tlog'
import type { Fact } from '../facts.js'
import { memoryInUse } from '../garbage.js'
import { type Case, type Contender, costOf, inProcess } from '../measure.js'
import { type EngineName, onEngine } from '../peers/engine.js'
import { type SampleLog, sampleLeaves, sampleLog, uniformTiles } from '../sample-log.js'

const entries = 65_536
const proofSizes = [1_000, 1_000_000] as const
const engineNames: readonly EngineName[] = ['WASM engine', 'JS engine']

export const auditVerify = async (): Promise<readonly Case[]> => [deepCase(), ...proofSizes.map(proofCase)]

function deepCase(): Case {
  const log = sampleLog(entries, true)
  return {
    id: 'audit-verify-deep',
    title: `Deep verification of ${entries} entries in memory: every leaf, every tile, the root`,
    unit: 'entries/s',
    perUnit: entries,
    contenders: [
      ...engineNames.map(name => onEngine(name, (label, engine) => verifier(label, log, engine))),
      nativeHashing(log.head),
    ],
  }
}

/** The answer is the root that was confirmed. */
function verifier(name: string, { source, head }: SampleLog, engine: Engine): Contender {
  const verify = async (): Promise<Uint8Array> => {
    const [finding] = await verifyTree(source, head, { rules, engine })
    if (finding !== undefined) throw new Error(finding.message)
    return head.root
  }
  return inProcess(name, verify, async amount => {
    for (let i = 0; i < amount; i++) await verify()
  })
}

/** The leaves and the nodes above them, nothing read, decoded or compared. */
function nativeHashing({ size }: TreeHead): Contender {
  const leaves = Array.from({ length: Math.ceil(size / 256) }, (_, n) => sampleLeaves(size, n)).flat()
  const root = (): Uint8Array => {
    let level = leaves.map(leaf => sha256(zero, leaf))
    while (level.length > 1)
      level = level.flatMap((left, i) => (i % 2 === 0 ? [parent(left, level[i + 1])] : []))
    return level[0] ?? zero
  }
  return inProcess('node:crypto, hashing alone', root, amount => {
    for (let i = 0; i < amount; i++) root()
  })
}

const [zero, one] = [Uint8Array.of(0), Uint8Array.of(1)]
const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const parent = (left: Uint8Array, right: Uint8Array | undefined): Uint8Array =>
  right === undefined ? left : sha256(one, left, right)

function proofCase(size: (typeof proofSizes)[number]): Case {
  const { source, head } = uniformTiles(size)
  const index = Math.floor(size / 3)
  const prover = (label: string, engine: Engine): Contender =>
    inProcess(
      label,
      async () => concat(...(await inclusionProof(source, index, head, { engine }))),
      async amount => {
        for (let i = 0; i < amount; i++) await inclusionProof(source, index, head, { engine })
      },
    )
  return {
    id: `audit-proof-${size}`,
    title: `Inclusion proof from the tiles of ${size} entries, each tile checked up to the root`,
    unit: 'ms',
    perUnit: 1,
    contenders: engineNames.map(name => onEngine(name, prover)),
  }
}

export async function auditFacts(): Promise<readonly Fact[]> {
  const facts: Fact[] = []
  for (const size of proofSizes) facts.push(...(await proofFacts(size)))
  for (const size of [100_000, 1_000_000]) facts.push(...(await deepFacts(size)))
  return facts
}

async function proofFacts(size: number): Promise<readonly Fact[]> {
  const { source, head } = uniformTiles(size)
  const inclusion = await inclusionProof(source, Math.floor(size / 3), head)
  const consistency = await consistencyProof(source, Math.floor(size / 3), head)
  return [
    {
      id: `inclusion-bytes-${size}`,
      title: `inclusion proof, ${size} entries`,
      value: 32 * inclusion.length,
      unit: 'bytes',
    },
    {
      id: `consistency-bytes-${size}`,
      title: `consistency proof, ${size} entries`,
      value: 32 * consistency.length,
      unit: 'bytes',
    },
  ]
}

/** Leaves are made while they are read, so that memory is the verifier's; making them is part of the time. */
async function deepFacts(size: number): Promise<readonly Fact[]> {
  const { source, head } = sampleLog(size, false)
  const { cpuSeconds } = await costOf(() => verifyTree(source, head, { rules }))
  const seen = [memoryInUse()]
  const onProgress = (leaves: number): void => {
    if (leaves % 65_536 === 0) seen.push(memoryInUse())
  }
  await verifyTree(source, head, { rules, onProgress })
  return [
    {
      id: `deep-seconds-${size}`,
      title: `deep verification of ${size} entries, making them included`,
      value: cpuSeconds,
      unit: 's CPU',
    },
    {
      id: `deep-memory-${size}`,
      title: `most memory in use during it, less the least, ${size} entries`,
      value: Math.round((Math.max(...seen) - Math.min(...seen)) / 2 ** 20),
      unit: 'MiB',
    },
  ]
}
