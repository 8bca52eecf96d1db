/** Proof that a sealer signed two of what only one may be: anyone checks it, with nothing but the bytes. */
import { equal } from '@chartseal/core/bytes'
import { CborFields, fieldOf } from '@chartseal/core/cbor'
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { sealError } from '../errors-seal.js'
import { compareBytes, fieldError, hashBytes, oneOf, readStrictly } from '../fields.js'
import { decodeHeader, headerBytes, type ReadHeader } from '../header.js'
import { keyIdOf, publicKeyBytesOf, signatureBytes, signingAlgorithms, verifySignature } from '../member.js'
import type { Sealer } from './poa-sealers.js'
import { sealedBytesOf, votedBytesOf } from './signing.js'

interface Offender {
  readonly ledger: Uint8Array
  readonly sealer: Sealer
}

/** One sealer voted for two blocks of one slot. */
export interface VotesOffence extends Offender {
  readonly kind: 'votes'
  readonly slot: bigint
  readonly blocks: Pair<{ readonly block: Uint8Array; readonly signature: Uint8Array }>
}

/** One leader sealed two blocks of one slot, which under `poa` is one timestamp. */
export interface SealsOffence extends Offender {
  readonly kind: 'seals'
  /** Seconds. */
  readonly timestamp: bigint
  readonly blocks: Pair<{ readonly header: ReadHeader; readonly signature: Uint8Array }>
}

export type Offence = VotesOffence | SealsOffence
type Pair<One> = readonly [One, One]

const fieldsOfVotes = ['v', 'kind', 'ledger', 'slot', 'alg', 'key', 'blocks', 'signatures']
const fieldsOfSeals = ['v', 'kind', 'alg', 'key', 'headers', 'signatures']
const kinds = ['votes', 'seals'] as const

/** Deterministic CBOR, the lower id first, whoever makes it. */
export function encodeOffence(offence: Offence): Uint8Array {
  const { kind, sealer } = offence
  const common = { v: 2, kind, alg: sealer.algorithm, key: sealer.publicKey }
  if (offence.kind === 'votes') {
    const votes = [...offence.blocks].sort((a, b) => compareBytes(a.block, b.block))
    return encodeCbor({
      ...common,
      ledger: offence.ledger,
      slot: offence.slot,
      blocks: votes.map(({ block }) => block),
      signatures: votes.map(({ signature }) => signature),
    })
  }
  const seals = [...offence.blocks].sort((a, b) => compareBytes(a.header.id, b.header.id))
  return encodeCbor({
    ...common,
    headers: seals.map(({ header }) => header.bytes),
    signatures: seals.map(({ signature }) => signature),
  })
}

/**
 * Reads such a proof and checks its signatures; whether the signer is a sealer, the roster says.
 * @throws ChartsealError `ledger/message`
 */
export function checkOffence(bytes: Uint8Array): Offence {
  const offence = readStrictly(
    () => offenceIn(decodeCbor(bytes)),
    reason => sealError('ledger/message', { reason }),
  )
  const { ledger, sealer } = offence
  const isSigned =
    offence.kind === 'votes'
      ? offence.blocks.every(({ block, signature }) =>
          verifySignature(sealer, votedBytesOf(ledger, offence.slot, block), signature),
        )
      : offence.blocks.every(({ header, signature }) =>
          verifySignature(sealer, sealedBytesOf(header.id), signature),
        )
  if (!isSigned) throw sealError('ledger/message', { reason: 'a signature does not verify' })
  return offence
}

function offenceIn(value: CborValue): Offence {
  const kind = kinds.find(known => known === fieldOf(value, 'kind'))
  const fields = new CborFields(value, kind === 'seals' ? fieldsOfSeals : fieldsOfVotes)
  oneOf(fields, 'kind', kinds)
  fields.count('v', 2, 2)
  const algorithm = oneOf(fields, 'alg', signingAlgorithms)
  const publicKey = fields.bytes('key', publicKeyBytesOf(algorithm))
  const sealer = { kid: keyIdOf(algorithm, publicKey), algorithm, publicKey }
  return kind === 'seals' ? sealsIn(fields, sealer) : votesIn(fields, sealer)
}

function votesIn(fields: CborFields, sealer: Sealer): VotesOffence {
  const [first, second] = pairIn(fields, 'blocks', hashBytes)
  if (compareBytes(first, second) >= 0) throw fieldError('blocks', 'two ids, the lower one first')
  const signed = pairIn(fields, 'signatures', signatureBytes)
  return {
    kind: 'votes',
    ledger: fields.bytes('ledger', hashBytes),
    slot: fields.integer('slot'),
    sealer,
    blocks: [
      { block: first, signature: signed[0] },
      { block: second, signature: signed[1] },
    ],
  }
}

function sealsIn(fields: CborFields, sealer: Sealer): SealsOffence {
  const [one, other] = pairIn(fields, 'headers', headerBytes)
  const [first, second] = [headerIn(one), headerIn(other)]
  const { ledger, timestamp } = first
  if (compareBytes(first.id, second.id) >= 0) throw fieldError('headers', 'two, the lower id first')
  const isOfOne =
    equal(second.ledger, ledger) &&
    second.timestamp === timestamp &&
    [first, second].every(header => equal(header.sealer, sealer.kid))
  if (!isOfOne) throw fieldError('headers', 'of one ledger, one time, and the sealer of the key')
  const signed = pairIn(fields, 'signatures', signatureBytes)
  return {
    kind: 'seals',
    ledger,
    timestamp,
    sealer,
    blocks: [
      { header: first, signature: signed[0] },
      { header: second, signature: signed[1] },
    ],
  }
}

function headerIn(bytes: Uint8Array): ReadHeader {
  const version = bytes[0]
  if (version !== 2 || bytes.subarray(148, 164).every(byte => byte === 0))
    throw fieldError('headers', 'headers of version 2')
  return decodeHeader(bytes)
}

function pairIn(fields: CborFields, name: string, sizeBytes: number): Pair<Uint8Array> {
  const [first, second, ...more] = fields.byteStrings(name, 2, sizeBytes)
  if (first === undefined || second === undefined || more.length > 0) throw fieldError(name, 'two')
  return [first, second]
}
