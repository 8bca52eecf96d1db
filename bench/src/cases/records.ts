/** Sharing a record: grants for many, and streams as long as an examination is. */
import { hpkeKeyPair, type Kem, x25519Kem, xwingKem } from '@chartseal/core/hpke'
import { systemRandom } from '@chartseal/core/system'
import type { Case } from '../measure.js'
import { pattern } from '../pattern.js'
import { ownGrants, peerGrants, type Recipients } from '../peers/hpke.js'
import { fileCases } from './records-files.js'
import { openAsLast } from './records-opening.js'
import { streamCases } from './records-streams.js'

const recipientCount = 10_000

export async function records(): Promise<readonly Case[]> {
  return [grants(x25519Kem), grants(xwingKem), openAsLast(), ...streamCases(), ...(await fileCases())]
}

function grants(kem: Kem): Case {
  const recipients = recipientsOf(kem)
  return {
    id: `grants-${kem.name}`,
    title: `Grants for ${recipientCount} recipients, ${kem.name}`,
    unit: 'grants/s',
    perUnit: 1,
    contenders: [ownGrants(recipients), ...peerGrants(recipients)],
    warmUpMs: 1_000,
    sampleMs: 300,
  }
}

/** Their keys are made when somebody first seals for them. */
function recipientsOf(kem: Kem): Recipients {
  const { secret, publicKey } = hpkeKeyPair(kem, systemRandom)
  const keys: Uint8Array<ArrayBuffer>[] = [new Uint8Array(publicKey)]
  return {
    kem,
    secret,
    info: pattern(150),
    plaintext: pattern(32),
    key(index) {
      const at = index % recipientCount
      const key = keys[at] ?? new Uint8Array(hpkeKeyPair(kem, systemRandom).publicKey)
      keys[at] = key
      return key
    },
  }
}
