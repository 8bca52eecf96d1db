/** Proof that a sealer signed two of what only one may be: anyone checks it, with nothing but the bytes. */
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'
import { sealError } from '../errors-seal.js'
import { fieldError, hashBytes, oneOf, readStrictly } from '../fields.js'
import { keyIdOf, publicKeyBytesOf, signatureBytes, signingAlgorithms, verifySignature } from '../member.js'
import type { Sealer } from './poa-sealers.js'
import { votedBytesOf } from './signing.js'

/** Two blocks of one slot that one sealer voted for. */
export interface Offence {
  readonly ledger: Uint8Array
  readonly slot: bigint
  readonly sealer: Sealer
  readonly votes: readonly [SignedBlock, SignedBlock]
}

export interface SignedBlock {
  /** Id of the block, 32 bytes. */
  readonly block: Uint8Array
  readonly signature: Uint8Array
}

const fieldsOfOffence = ['v', 'ledger', 'slot', 'alg', 'key', 'blocks', 'signatures']

export function encodeOffence({ ledger, slot, sealer, votes }: Offence): Uint8Array {
  const sorted = [...votes].sort((a, b) => (isBelow(a.block, b.block) ? -1 : 1))
  return encodeCbor({
    v: 2,
    ledger,
    slot,
    alg: sealer.algorithm,
    key: sealer.publicKey,
    blocks: sorted.map(({ block }) => block),
    signatures: sorted.map(({ signature }) => signature),
  })
}

const isBelow = (a: Uint8Array, b: Uint8Array): boolean => {
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0)
}

/**
 * Reads such a proof and checks its signatures; whether the signer is a sealer, the roster says.
 * @throws ChartsealError `ledger/message`
 */
export function checkOffence(bytes: Uint8Array): Offence {
  const offence = readStrictly(
    () => offenceIn(CborFields.decode(bytes, fieldsOfOffence)),
    reason => sealError('ledger/message', { reason }),
  )
  const { ledger, slot, sealer, votes } = offence
  const isSigned = votes.every(({ block, signature }) =>
    verifySignature(sealer, votedBytesOf(ledger, slot, block), signature),
  )
  if (!isSigned) throw sealError('ledger/message', { reason: 'a signature does not verify' })
  return offence
}

function offenceIn(fields: CborFields): Offence {
  fields.count('v', 2, 2)
  const algorithm = oneOf(fields, 'alg', signingAlgorithms)
  const publicKey = fields.bytes('key', publicKeyBytesOf(algorithm))
  const [first, second, ...more] = fields.byteStrings('blocks', 2, hashBytes)
  const [firstSigned, secondSigned] = fields.byteStrings('signatures', 2, signatureBytes)
  if (first === undefined || second === undefined || more.length > 0 || !isBelow(first, second))
    throw fieldError('blocks', 'two ids, the lower one first')
  if (firstSigned === undefined || secondSigned === undefined) throw fieldError('signatures', 'two')
  return {
    ledger: fields.bytes('ledger', hashBytes),
    slot: fields.integer('slot'),
    sealer: { kid: keyIdOf(algorithm, publicKey), algorithm, publicKey },
    votes: [
      { block: first, signature: firstSigned },
      { block: second, signature: secondSigned },
    ],
  }
}
