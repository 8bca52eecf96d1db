import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { createRing, epochOf, type PairingSelf, type Ring, type Role } from '@chartseal/kdf-keyring'

export const dayMs = 86_400_000
export const start: number = Date.UTC(2026, 0, 15)

export function person(role: Role, name: string): PairingSelf {
  return { role, name, signingKey: SigningKey.generate(systemRandom) }
}

/** Two rings of one pair. */
export function pair(nowMs: number = start, firstEpoch: number = epochOf(nowMs)): [Ring, Ring] {
  const keys = [person('doctor', 'D'), person('patient', 'P')].map(one => verifyingKeyOf(one.signingKey))
  const [own = new Uint8Array(), peer = new Uint8Array()] = keys
  const root = new SecretBytes(systemRandom.bytes(32))
  const common = { root, firstEpoch, nowMs }
  return [
    createRing({ ...common, ownVerifyingKey: own, peerVerifyingKey: peer }),
    createRing({ ...common, ownVerifyingKey: peer, peerVerifyingKey: own }),
  ]
}
