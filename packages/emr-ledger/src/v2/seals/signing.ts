/** What is signed for a seal and for a vote: docs/spec/ledger-v2.md, "Seals". */
import { concat, fromBigIntLE } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { sha256 } from '@chartseal/core/hkdf'
import { ledgerError } from '../../errors.js'
import { lowS } from '../low-s.js'
import { verifySignature } from '../member.js'
import type { RecordSigner } from '../prepare.js'

const mostClockDifferenceSeconds = 600n

/** Whether two clocks differ by so little that either may be sealed by. */
export function isNear(seconds: bigint, others: bigint): boolean {
  const by = seconds - others
  return by <= mostClockDifferenceSeconds && by >= -mostClockDifferenceSeconds
}

const sealDomain = encodeUtf8('chartseal/ledger/v2/seal\0')
const voteDomain = encodeUtf8('chartseal/ledger/v2/vote\0')

/** What whoever seals a block signs: of one slot or height at most once. */
export function sealedBytesOf(id: Uint8Array): Uint8Array {
  return concat(sealDomain, id)
}

/** What a vote signs. The slot stands in it, so that two votes of one slot prove themselves. */
export function votedBytesOf(ledger: Uint8Array, slot: bigint, id: Uint8Array): Uint8Array {
  return concat(voteDomain, ledger, fromBigIntLE(slot, 8), id)
}

/** A signature that others will take. @throws ChartsealError `ledger/signature` when the signer gave another */
export async function signBytes(signer: RecordSigner, bytes: Uint8Array): Promise<Uint8Array> {
  const given = await signer.sign(Uint8Array.from(bytes), sha256(bytes))
  const signature = signer.algorithm === 'ES256K' ? lowS(given) : Uint8Array.from(given)
  if (!verifySignature(signer, bytes, signature)) throw ledgerError('ledger/signature', {})
  return signature
}
