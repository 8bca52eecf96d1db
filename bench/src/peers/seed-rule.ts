/**
 * The rule of the seed MedChatSecure: whoever comes or goes, there is a new group key, made of the session keys of all,
 * and encrypted for each of them. Its own formulas, with a fast source of chance and the ids in order already.
 */
import { equal } from '@chartseal/core/bytes'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { defaultPooledRandom } from '@chartseal/core/system'
import { deriveGroupKey, openGroupKey, sealGroupKey } from '@chartseal/elgamal-session/v1'
import { type Contender, costOf } from '../measure.js'
import { sampleBytes, sampleSize } from './key-tree.js'

export const seedRuleName = "the seed's rule"
const random = defaultPooledRandom()
const doctorPrivateKey = 2n ** 2_047n + 1n

interface Session {
  readonly idPatient: string
  readonly key: Uint8Array
  readonly sessionKey: string
}

function sessionOf(index: number): Session {
  const key = random.bytes(32)
  return { idPatient: `P${index.toString().padStart(7, '0')}`, key, sessionKey: encodeHex(key) }
}

/** A new group key, and opcode 30 for each. */
function rekey(sessions: readonly Session[]): { groupKey: Uint8Array; payloads: readonly Uint8Array[] } {
  const groupKey = decodeHex(deriveGroupKey(sessions, doctorPrivateKey))
  return { groupKey, payloads: sessions.map(({ key }) => sealGroupKey(key, groupKey, random)) }
}

/** Its sessions are there while it works, and no longer: whoever comes next would collect garbage among them. */
export function seedRule(count: number): Contender {
  const sessions = (): readonly Session[] => Array.from({ length: count }, (_, i) => sessionOf(i))
  return {
    name: seedRuleName,
    answer: () => sampleOf(sessions()),
    work(amount) {
      const all = sessions()
      return costOf(() => {
        for (let i = 0; i < amount; i++) rekey(all)
      })
    },
  }
}

/** The first one leaves. */
function sampleOf([gone, ...rest]: readonly Session[]): Uint8Array {
  const { groupKey, payloads } = rekey(rest)
  const has = ({ key }: Session, payload: Uint8Array | undefined): boolean => {
    try {
      return payload !== undefined && equal(openGroupKey(key, payload), groupKey)
    } catch {
      return false
    }
  }
  const step = Math.floor(rest.length / sampleSize)
  const sample = rest.filter((_, i) => i % step === 0).slice(0, sampleSize)
  const having = sample.filter((one, i) => has(one, payloads[i * step])).length
  return sampleBytes(having, gone !== undefined && payloads.some(payload => has(gone, payload)) ? 1 : 0)
}
