/** Verification as every test of it sees it: with bytes, and with a key that is kept. */
import { VerifyingKey, verify as verifyBy } from '@chartseal/core/ed25519'
import { expect } from 'vitest'

/** With a key that is kept, twice, the answer must be that for its bytes; a key that cannot be kept verifies nothing. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const answer = verifyBy(publicKey, message, signature)
  const kept = VerifyingKey.of(publicKey)
  for (const _ of [1, 2]) expect(kept !== null && verifyBy(kept, message, signature)).toBe(answer)
  return answer
}
