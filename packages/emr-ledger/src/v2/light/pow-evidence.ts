/** Under proof of work nothing is final: evidence is the whole chain of headers, and how many stand on the head. */
import { concat, equal } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'
import { sealError } from '../errors-seal.js'
import { readStrictly } from '../fields.js'
import type { Genesis, PowRule } from '../genesis.js'
import { decodeHeader, headerBytes, type ReadHeader } from '../header.js'
import type { Finality, SealMemory } from '../seal.js'
import { PowJudge } from '../seals/pow.js'

const fields = ['v', 'kind', 'depth', 'headers']
const noSeal: Uint8Array = new Uint8Array(0)

/** @param headers from block 1 to the tip; the head is the block on which `depth` of them stand */
export function encodePowEvidence(headers: readonly Pick<ReadHeader, 'bytes'>[], depth: number): Uint8Array {
  if (depth < 0 || depth >= headers.length) throw new RangeError('depth must be below the number of headers')
  return encodeCbor({ v: 2, kind: 'pow', depth, headers: concat(...headers.map(({ bytes }) => bytes)) })
}

/** @throws ChartsealError `ledger/finality`, `ledger/seal-header`, `ledger/seal-work`, `ledger/bad-header` */
export function checkPowEvidence(
  genesis: Genesis,
  rule: PowRule,
  block0: ReadHeader,
  evidence: Uint8Array,
): { readonly header: ReadHeader; readonly finality: Finality } {
  const { headers, depth } = readEvidence(evidence)
  const judge = new PowJudge(genesis, rule)
  let memory: SealMemory = judge.begin()
  let below = block0
  for (const header of headers) {
    if (!equal(header.ledger, block0.ledger) || !equal(header.previous, below.id))
      throw refused('its headers are no chain')
    judge.check({ header, seal: noSeal }, memory)
    memory = judge.after(memory, { header, seal: noSeal })
    below = header
  }
  const header = headers[headers.length - 1 - depth]
  if (header === undefined) throw refused('it has too few headers')
  return { header, finality: { kind: 'reversible', depth } }
}

function readEvidence(evidence: Uint8Array): {
  readonly headers: readonly ReadHeader[]
  readonly depth: number
} {
  const { bytes, depth } = readStrictly(() => evidenceIn(CborFields.decode(evidence, fields)), refused)
  if (bytes.length % headerBytes !== 0) throw refused('its headers are cut')
  const count = bytes.length / headerBytes
  const headers = Array.from({ length: count }, (_, i) =>
    decodeHeader(bytes.subarray(i * headerBytes, (i + 1) * headerBytes)),
  )
  return { headers, depth }
}

function evidenceIn(map: CborFields): { readonly bytes: Uint8Array; readonly depth: number } {
  map.count('v', 2, 2)
  if (map.text('kind') !== 'pow') throw refused('it is of another seal')
  return { bytes: map.bytes('headers'), depth: map.count('depth') }
}

const refused = (reason: string): Error => sealError('ledger/finality', { reason })
