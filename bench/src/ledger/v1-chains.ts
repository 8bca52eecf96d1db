/** Chains of version 1: one that holds, and those in which one thing is wrong. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import {
  type Block,
  computeBlockId,
  createRecord,
  DoctorKey,
  headerOf,
  type LedgerRecord,
  maxRecords,
} from '@chartseal/emr-ledger/v1'

const v1Blocks = 8
export const v1Records: number = v1Blocks * maxRecords
const doctorCount = 10
const miner = new Uint8Array(20)

/** The first one holds. */
export function v1Chains(): readonly (readonly Block[])[] {
  const records = recordsOf(Array.from({ length: doctorCount }, () => DoctorKey.generate()))
  return [
    records,
    ...faults.map(fault => records.map((record, i) => (i === 30 ? fault(record) : record))),
  ].map(chainOf)
}

function recordsOf(doctors: readonly DoctorKey[]): readonly LedgerRecord[] {
  const engine = defaultEngine()
  return Array.from({ length: v1Records }, (_, i) => {
    const [doctor, nonce] = [doctors[i % doctorCount], BigInt(Math.floor(i / doctorCount) + 1)]
    if (doctor === undefined) throw new Error('internal: no doctor')
    const patientHash = engine.sha256(encodeUtf8(`patient ${i}`)).slice(0, 20)
    return createRecord(doctor, { patientHash, nonce, prescription: `Amoxicillin 500 mg, ${i} days` })
  })
}

const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))

const faults: readonly ((record: LedgerRecord) => LedgerRecord)[] = [
  record => ({ ...record, signature: flipped(record.signature, record.signature.length - 1) }),
  record => ({ ...record, prescription: `${record.prescription}!` }),
  record => ({ ...record, nonce: record.nonce + 1n }),
  record => ({ ...record, txid: flipped(record.txid, 0) }),
]

/** Blocks of difficulty 1, which every id meets. */
function chainOf(records: readonly LedgerRecord[]): readonly Block[] {
  const blocks: Block[] = []
  for (let i = 0; i < v1Blocks; i++) {
    const draft = {
      height: BigInt(i),
      previous: blocks.at(-1)?.blockId ?? new Uint8Array(32),
      miner,
      records: records.slice(i * maxRecords, (i + 1) * maxRecords),
      timestamp: BigInt(i),
      difficulty: 1n,
    }
    blocks.push({ ...draft, nonce: 0n, blockId: computeBlockId(headerOf(draft), 0n) })
  }
  return blocks
}
