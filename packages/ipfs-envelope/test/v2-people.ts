import { generateKeyPairSync } from 'node:crypto'
import { SigningKey } from '@chartseal/core/ed25519'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  type GrantedPayload,
  type GrantPin,
  generateIdentityKey,
  type HpkeName,
  type Identity,
  identityOf,
  type KnownRecipient,
  memoryBlobStore,
  memoryGrantLists,
  memoryTombstones,
  type Owner,
  ownerOf,
  type PackagePorts,
  type RecordHeader,
  recipientOf,
  rsaOaepIdentity,
  rsaOaepRecipient,
  type Tombstone,
} from '@chartseal/ipfs-envelope'
import { fixedClock } from '@chartseal/testkit'

export interface Person {
  readonly recipient: KnownRecipient
  readonly identity: Identity
}

export function person(kem: HpkeName = 'x25519'): Person {
  const key = generateIdentityKey(kem)
  return { recipient: recipientOf(key), identity: identityOf(key) }
}

export async function rsaPerson(): Promise<Person & { readonly pem: string }> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  const recipient = await rsaOaepRecipient(publicKey.export({ format: 'pem', type: 'spki' }).toString())
  return { recipient, identity: await rsaOaepIdentity(pem), pem }
}

export const newOwner = (): Owner => ownerOf(SigningKey.generate(systemRandom))

export const cidA = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'
export const cidB = 'bafybeigwduxcf2aawppv3isnfeshnimkyplvw3hthxjhr2bdeje4tdaicu'

export function payload(fields: Partial<GrantedPayload> = {}): GrantedPayload {
  const contentKey = AeadKey.generate(systemRandom)
  return { packageId: systemRandom.bytes(16), version: 1, cid: cidA, contentKey, ...fields }
}

export const pinOf = ({ owner, packageId }: Omit<GrantPin, 'newest'>): GrantPin => ({
  owner,
  packageId,
  newest: null,
})

export function header(sizeBytes: number, fields: Partial<RecordHeader> = {}): RecordHeader {
  const named = { name: 'ct.dcm', mediaType: 'application/dicom', createdMs: 1_790_000_000_000, labels: [] }
  return { ...named, sizeBytes, ...fields }
}

export interface World {
  readonly ports: PackagePorts
  readonly graves: Map<string, Tombstone>
  readonly blocks: Map<string, Uint8Array>
}

export function world(): World {
  const graves = new Map<string, Tombstone>()
  const blocks = new Map<string, Uint8Array>()
  const ports = {
    blobs: memoryBlobStore(blocks),
    lists: memoryGrantLists(),
    tombstones: memoryTombstones(graves),
    clock: fixedClock(1_790_000_000_000),
    random: systemRandom,
  }
  return { ports, graves, blocks }
}

export async function joined(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return Uint8Array.from(Buffer.concat(all))
}

/** Bytes without repetition at chunk borders. */
export function pattern(sizeBytes: number, seed = 1): Uint8Array {
  let state = seed
  return Uint8Array.from({ length: sizeBytes }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return state >>> 24
  })
}
