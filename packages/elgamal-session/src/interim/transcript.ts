/**
 * What is signed, hashed and authenticated: deterministic CBOR arrays [label, fields…], so that no field
 * runs into the next and no value of one purpose serves another.
 */
import { fromBigIntBE } from '@chartseal/core/bytes'
import { type CborValue, encodeCbor, encodeHex } from '@chartseal/core/encoding'
import { AeadKey, type SecretBytes } from '@chartseal/core/keys'
import type { PublicKey } from '../elgamal.js'
import { compareCodePoints } from '../v1/session.js'
import { element, opcodes, type SignedTransfer } from './frames.js'
import { type Fingerprint, type ParticipantId, parseFingerprint } from './parse-ids.js'
import { interimGroup, type Primitives } from './primitives.js'

export const secretBytes = 32

const label = (purpose: string): string => `chartseal/elgamal-session/interim/${purpose}`

/** Who talks to whom on one connection: both ids, both keys of this connection, both long-term keys. */
export interface Parties {
  readonly idPatient: ParticipantId
  readonly idDoctor: ParticipantId
  readonly keyPatient: bigint
  readonly keyDoctor: bigint
  readonly fingerprintPatient: Fingerprint
  readonly fingerprintDoctor: Fingerprint
}

/** The public part of opcodes 10 and 20 that is signed. */
export type Transfer = Pick<SignedTransfer, 'ts' | 'rn' | 'c1' | 'c2'>

export function fingerprintOf({ group, y }: PublicKey, hash: Primitives['hash']): Fingerprint {
  return parseFingerprint(encodeHex(hash(encodeCbor([label('public-key'), group, element(y)]))))
}

function partyFields(parties: Parties): readonly CborValue[] {
  return [
    interimGroup,
    parties.idPatient,
    parties.idDoctor,
    element(parties.keyPatient),
    element(parties.keyDoctor),
    parties.fingerprintPatient,
    parties.fingerprintDoctor,
  ]
}

function transferFields({ ts, rn, c1, c2 }: Transfer): readonly CborValue[] {
  return [ts, rn, element(c1), element(c2)]
}

/** Signed by the patient in opcode 10. */
export function requestBytes(parties: Parties, request: Transfer): Uint8Array {
  return encodeCbor([label('request'), ...partyFields(parties), ...transferFields(request)])
}

/** Signed by the doctor in opcode 20; names the request that it answers. */
export function responseBytes(parties: Parties, requestHash: Uint8Array, response: Transfer): Uint8Array {
  return encodeCbor([label('response'), ...partyFields(parties), requestHash, ...transferFields(response)])
}

/** What a session key is made of; the caller owns and disposes the key. */
export interface SessionInput {
  readonly secret: bigint
  readonly request: Transfer
  readonly response: Transfer
}

export function sessionKeyOf(parties: Parties, input: SessionInput, hash: Primitives['hash']): AeadKey {
  const { request, response } = input
  const material = encodeCbor([
    label('session-key'),
    fromBigIntBE(input.secret, secretBytes),
    ...partyFields(parties),
    request.ts,
    response.ts,
    request.rn,
    response.rn,
  ])
  return secretHash(material, hash)
}

/** Shown by the patient in clear; a hash of 32 unguessable bytes gives nothing away. */
export function verifierOf(sessionKey: AeadKey, tsFinal: number, hash: Primitives['hash']): Uint8Array {
  const material = encodeCbor([label('verifier'), sessionKey.reveal(), tsFinal])
  const verifier = hash(material)
  material.fill(0)
  return verifier
}

export interface MemberKey {
  readonly id: ParticipantId
  readonly sessionKey: AeadKey
}

/** The group key of one epoch: of the members' session keys, by code point of the ids, and the secret. */
export function groupKeyOf(
  epoch: number,
  members: readonly MemberKey[],
  conferenceSecret: SecretBytes,
  hash: Primitives['hash'],
): AeadKey {
  const sorted = [...members].sort((a, b) => compareCodePoints(a.id, b.id))
  const parts = sorted.map(({ id, sessionKey }) => [id, sessionKey.reveal()])
  return secretHash(encodeCbor([label('group-key'), epoch, parts, conferenceSecret.reveal()]), hash)
}

/** Additional authenticated data of opcodes 30 and 40; `id` is the recipient's. */
export function sealedContext(kind: 'group-key' | 'broadcast', epoch: number, id: ParticipantId): Uint8Array {
  return encodeCbor([opcodes[kind], epoch, id])
}

function secretHash(material: Uint8Array, hash: Primitives['hash']): AeadKey {
  const bytes = hash(material)
  const key = new AeadKey(bytes)
  bytes.fill(0)
  material.fill(0)
  return key
}
