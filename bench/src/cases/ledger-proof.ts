/** The proof that a prescription is not yet dispensed, among 10^6. */
import { defaultEngine } from '@chartseal/core/engine'
import {
  decodePrescriptionState,
  decodeStateProof,
  encodePrescriptionState,
  encodeStateProof,
  prescriptionKey,
  proveState,
  StateTree,
  type TreeEntry,
  verifyStateProof,
} from '@chartseal/emr-ledger'
import type { Fact } from '../facts.js'
import { median } from '../ledger/on-disk.js'
import { costOf } from '../measure.js'

export const proofBytesFact = 'ledger-proof-bytes'
export const proofCheckFact = 'ledger-proof-check'
const provenPrescriptions = 1_000_000
const atOnce = 50_000
const samples = 200
const rounds = 9

const engine = defaultEngine()

function txidOf(i: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, i)
  return engine.sha256(bytes)
}

const stateBytesOf = (i: number): Uint8Array =>
  encodePrescriptionState({
    status: 'ready',
    quantity: 1 + (i % 9),
    dispensed: 0,
    validUntil: 4_000_000_000n,
    prescriber: txidOf(i % 100),
    last: txidOf(i),
    replacedBy: null,
  })

function treeOf(count: number): StateTree {
  let tree = StateTree.empty()
  for (let from = 0; from < count; from += atOnce) {
    const length = Math.min(atOnce, count - from)
    const entries = Array.from({ length }, (_, i): TreeEntry => {
      return { key: prescriptionKey(txidOf(from + i), engine), value: stateBytesOf(from + i) }
    })
    tree = tree.with(entries)
  }
  return tree
}

interface Proven {
  readonly txid: Uint8Array
  readonly value: Uint8Array
  readonly proof: Uint8Array
}

/** What whoever has the state root does with value and proof. */
function isOpenAt(root: Uint8Array, { txid, value, proof }: Proven): boolean {
  const state = decodePrescriptionState(value)
  const key = prescriptionKey(txid, engine)
  const isThere = verifyStateProof(root, key, value, decodeStateProof(proof))
  return isThere && state.status === 'ready' && state.dispensed === 0
}

export async function proofFacts(count: number = provenPrescriptions): Promise<readonly Fact[]> {
  const tree = treeOf(count)
  const proven = Array.from({ length: Math.min(samples, count) }, (_, i): Proven => {
    const txid = txidOf(Math.floor((i * count) / samples))
    const key = prescriptionKey(txid, engine)
    return { txid, value: tree.get(key) ?? new Uint8Array(0), proof: encodeStateProof(proveState(tree, key)) }
  })
  const { root } = tree
  requireRight(root, proven)
  const times: number[] = []
  for (let i = 0; i < rounds; i++) {
    const { cpuSeconds } = await costOf(() => proven.every(one => isOpenAt(root, one)))
    times.push((cpuSeconds * 1e3) / proven.length)
  }
  const among = `proof of a state among ${count.toLocaleString('en')} prescriptions`
  const largest = Math.max(...proven.map(({ value, proof }) => value.length + proof.length))
  return [
    { id: proofBytesFact, title: `${among}: the largest of ${proven.length}`, value: largest, unit: 'bytes' },
    {
      id: proofCheckFact,
      title: `${among}: check`,
      value: Math.round(median(times) * 1e4) / 1e4,
      unit: 'ms',
    },
  ]
}

/** @throws Error unless every proof holds, and none for the state of another prescription */
function requireRight(root: Uint8Array, proven: readonly Proven[]): void {
  const swapped = proven.map((one, i) => ({
    ...one,
    value: proven[(i + 1) % proven.length]?.value ?? one.value,
  }))
  if (!proven.every(one => isOpenAt(root, one))) throw new Error('a proof does not hold')
  if (proven.length > 1 && swapped.some(one => isOpenAt(root, one))) throw new Error('a wrong proof holds')
}
