/** A small ledger of version 2 with one prescriber, whose key is on secp256k1 as in the published design. */

import { SigningKey } from '@chartseal/core/ed25519'
import {
  type Claims,
  ed25519Signer,
  encodeClaims,
  encodeGenesis,
  type Genesis,
  keyIdOf,
  type LedgerRecord,
  ledgerIdOf,
  type Member,
  memberOf,
  type RecordSigner,
  type Roster,
  recordOf,
  signedBytesOf,
  sortedMembers,
} from '@chartseal/emr-ledger'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { Tools } from '../interop/operation.js'

export interface SmallLedger {
  readonly genesis: Genesis
  readonly ledger: Uint8Array
  readonly prescriber: RecordSigner
}

const algorithm = 'ES256K'

export function smallLedger({ random, clock }: Tools): SmallLedger {
  const { secretKey } = secp256k1.keygen(random.bytes(48))
  const prescriber = signerOf(secretKey)
  const registrar = ed25519Signer(SigningKey.generate(random))
  const members = [
    memberOf({ ...prescriber, roles: ['prescriber'], name: 'Dr. Okafor' }),
    memberOf({ ...registrar, roles: ['registrar'], name: 'Registrar' }),
  ]
  const genesis: Genesis = {
    name: 'Pharmacies of the valley',
    timestamp: BigInt(Math.floor(clock.nowMs() / 1000)),
    roster: rosterOf(members),
    seal: { kind: 'pow', firstDifficulty: 64n, blockSeconds: 60, window: 20 },
    legacy: null,
    salt: random.bytes(32),
  }
  return { genesis, ledger: ledgerIdOf(encodeGenesis(genesis)), prescriber }
}

export const rosterOf = (members: readonly Member[]): Roster => ({
  number: 1n,
  members: sortedMembers(members),
  quorum: 1,
})

function signerOf(secretKey: Uint8Array): RecordSigner {
  const publicKey = secp256k1.getPublicKey(secretKey, false)
  const sign = (bytes: Uint8Array): Uint8Array =>
    secp256k1.sign(bytes, secretKey, { prehash: true, lowS: true, format: 'compact' })
  return { algorithm, publicKey, kid: keyIdOf(algorithm, publicKey), sign }
}

/** The member that a public key on secp256k1 would be. */
export const doctorOf = (publicKey: Uint8Array): Member =>
  memberOf({ algorithm, publicKey, roles: ['prescriber'], name: 'another doctor' })

export function prescription({ genesis, ledger }: SmallLedger, signer: Uint8Array, seq: bigint): Claims {
  const { timestamp } = genesis
  const [subject, body] = [new Uint8Array(32).fill(0x11), new Uint8Array(32).fill(0x22)]
  const order = { subject, body, reference: '', validUntil: timestamp + 86_400n, quantity: 3 }
  return { kind: 'prescribe', ledger, signer, seq, authoredOn: timestamp, ...order }
}

/** The claims with this signature under the name of whom they name. */
export const withSignature = (claims: Claims, signature: Uint8Array): LedgerRecord =>
  recordOf(encodeClaims(claims), [{ kid: claims.signer, signature }])

export async function signedBy(signer: RecordSigner, claims: Claims): Promise<LedgerRecord> {
  const bytes = signedBytesOf(encodeClaims(claims))
  return withSignature(claims, await signer.sign(bytes, new Uint8Array(0)))
}
