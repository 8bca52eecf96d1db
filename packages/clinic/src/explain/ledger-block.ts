import { encodeHex } from '@chartseal/core/encoding'
import { type Block, blockFromJson, verifyBlock, verifyRecord } from '@chartseal/emr-ledger/v1'
import { type Detector, explained, type Stage, type Told } from './detector.js'

/** A block of the ledger. What stands before it is not known here. */
export const ledgerBlock: Detector = ({ json }) => {
  if (json === null || !json.has('previous')) return null
  if (!json.has('block_id') && !json.has('miner')) return null
  const notes = [
    'Not checked: what stands before it, whether its doctors are doctors, and the height, which no id covers.',
  ]
  return explained(
    { kind: 'block of the ledger, version 1', notes },
    ['fields', () => blockFromJson(json)],
    tell,
  )
}

function tell(block: Block): Told {
  const { height, previous, miner, records, timestamp, difficulty, blockId } = block
  const ids = { block_id: encodeHex(blockId), previous: encodeHex(previous), miner: encodeHex(miner) }
  return {
    facts: { height, ...ids, records: records.length, timestamp, difficulty },
    stages: [
      ['header, id and work', () => verifyBlock(block)],
      ...records.map((record, i): Stage => [`record ${i}`, () => verifyRecord(record, record.nonce - 1n)]),
    ],
  }
}
