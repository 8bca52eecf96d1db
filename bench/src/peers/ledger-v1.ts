/** Who verifies chains of version 1: the package, noble alone, and the seed's way in Python. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { concat, equal } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { memoryLog } from '@chartseal/core/memory'
import { type Block, blockToJson, encodeBlock, type LedgerRecord, openChain } from '@chartseal/emr-ledger/v1'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha1 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { type Contender, costOf, inProcess, type Skipped } from '../measure.js'
import { startLineProcess } from './line-process.js'

export const ownV1Name = 'emr-ledger/v1, a chain as it is opened'
export const nobleV1Name = '@noble/curves alone'
export const seedV1Name = 'the seed’s checks in Python'

type Chains = readonly (readonly Block[])[]

/** 1 for each chain that holds, as every contender says it. */
const verdictsOf = (verdicts: readonly boolean[]): Uint8Array =>
  encodeUtf8(verdicts.map(holds => (holds ? '1' : '0')).join(''))

export function ownV1(chains: Chains): Contender {
  const logs = chains.map(blocks => blocks.map(encodeStored))
  const holds = async (entries: readonly Uint8Array[]): Promise<boolean> => {
    try {
      return (await openChain(memoryLog(entries))).length === BigInt(entries.length)
    } catch {
      return false
    }
  }
  return {
    name: ownV1Name,
    answer: async () => verdictsOf(await Promise.all(logs.map(holds))),
    work: amount =>
      costOf(async () => {
        for (let i = 0; i < amount; i++) await openChain(memoryLog(logs[0] ?? []))
      }),
  }
}

/** What cannot be stored is an entry that cannot be read. */
function encodeStored(block: Block): Uint8Array {
  try {
    return encodeBlock(block)
  } catch {
    return new Uint8Array(0)
  }
}

export function nobleV1(chains: Chains): Contender {
  return inProcess(
    nobleV1Name,
    () => verdictsOf(chains.map(nobleHolds)),
    amount => {
      for (let i = 0; i < amount; i++) nobleHolds(chains[0] ?? [])
    },
  )
}

function nobleHolds(blocks: readonly Block[]): boolean {
  const nonces = new Map<string, bigint>()
  let previous: Uint8Array = new Uint8Array(32)
  for (const block of blocks) {
    if (!equal(block.previous, previous) || !equal(idOf(block), block.blockId)) return false
    for (const record of block.records) {
      const doctor = Buffer.from(record.doctorHash).toString('latin1')
      if (!nobleVerifies(record, nonces.get(doctor) ?? 0n)) return false
      nonces.set(doctor, record.nonce)
    }
    previous = block.blockId
  }
  return true
}

function littleEndian(value: bigint, sizeBytes: 8 | 16): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  new DataView(bytes.buffer).setBigUint64(0, value, true)
  return bytes
}

function idOf({ previous, miner, records, timestamp, difficulty, nonce }: Block): Uint8Array {
  const txids = records.map(({ txid }) => txid)
  const numbers = [littleEndian(timestamp, 8), littleEndian(difficulty, 16), littleEndian(nonce, 8)]
  return sha256(concat(previous, miner, ...txids, ...numbers))
}

function nobleVerifies(record: LedgerRecord, last: bigint): boolean {
  const { doctorHash, doctorPublicKey, patientHash, prescription, nonce, signature, txid } = record
  const [text, number] = [encodeUtf8(prescription), littleEndian(nonce, 8)]
  if (!equal(sha1(doctorPublicKey), doctorHash) || text.length > 200 || nonce !== last + 1n) return false
  const named = sha256(concat(doctorHash, patientHash, doctorPublicKey, text, number, signature))
  if (!equal(named, txid)) return false
  const digest = sha256(concat(patientHash, text, number))
  const options = { prehash: false, lowS: false, format: 'der' } as const
  try {
    return secp256k1.verify(signature, digest, doctorPublicKey.subarray(-65), options)
  } catch {
    return false
  }
}

export function seedV1(chains: Chains): Contender | Skipped {
  const name = seedV1Name
  if (spawnSync('python3', ['-c', 'import cryptography']).status !== 0)
    return { name, skipped: 'there is no python3 with cryptography' }
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-bench-'))
  const file = join(folder, 'chains.json')
  writeFileSync(file, JSON.stringify(chains.map(blocks => blocks.map(blockToJson))))
  const script = fileURLToPath(new URL('../../native/verify_v1.py', import.meta.url))
  const { ask, work, close } = startLineProcess('python3', [script, file])
  return {
    name,
    answer: async () => encodeUtf8(await ask('check')),
    work,
    close() {
      close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
