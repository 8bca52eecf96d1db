/** Who shares records with whom in the story, and where they are kept. */
import { join } from 'node:path'
import { SigningKey } from '@chartseal/core/ed25519'
import {
  type GrantList,
  type GrantPin,
  generateIdentityKey,
  type Identity,
  type IdentityKey,
  identityOf,
  memoryGrantLists,
  memoryTombstones,
  type Owner,
  ownerOf,
  type PackagePorts,
  type Recipient,
  readRecord,
  recipientOf,
} from '@chartseal/ipfs-envelope'
import { openFolderBlobStore } from '@chartseal/ipfs-envelope/fs'
import type { RangedBlobStore } from '@chartseal/ipfs-envelope/unixfs'
import { present } from '../present.js'
import type { World } from '../world.js'

export type Name = 'patient' | 'doctor' | 'pharmacist' | 'stranger'
const names: readonly Name[] = ['patient', 'doctor', 'pharmacist', 'stranger']

/** Who shares, with whom, and where. */
export interface Desk {
  readonly ports: PackagePorts & { readonly blobs: RangedBlobStore }
  readonly folder: string
  readonly owner: Owner
  readonly keys: ReadonlyMap<Name, IdentityKey>
  readonly nowMs: number
}

export interface Shared {
  readonly what: string
  readonly content: Uint8Array
  readonly list: GrantList
}

export async function openDesk({ io, folder: home }: World): Promise<Desk> {
  const { random, clock } = io
  const folder = join(home, 'blobs')
  const keys = new Map(
    // The patient's key is a hybrid: what is shared today stays secret for her if X25519 falls.
    names.map(name => [name, generateIdentityKey(name === 'patient' ? 'xwing' : 'x25519', random)]),
  )
  const blobs = await openFolderBlobStore(folder, { profile: 'chartseal-v2', random })
  const [lists, tombstones] = [memoryGrantLists(), memoryTombstones()]
  const owner = ownerOf(SigningKey.generate(random))
  return { ports: { blobs, lists, tombstones, clock, random }, folder, owner, keys, nowMs: clock.nowMs() }
}

export const identityIn = ({ keys }: Desk, name: Name): Identity => identityOf(present(keys.get(name)))
export const recipientIn = ({ keys }: Desk, name: Name): Recipient => recipientOf(present(keys.get(name)))

/** What somebody knows who was told whose record it is. */
export const pinOf = ({ owner }: Desk, { packageId }: GrantList): GrantPin => ({
  owner: owner.verifyingKey,
  packageId,
  newest: null,
})

/** The whole record as this person reads it by this list. */
export async function contentFor(desk: Desk, name: Name, list: GrantList): Promise<Uint8Array> {
  const options = { pin: pinOf(desk, list), nowMs: desk.nowMs }
  const { content } = await readRecord(desk.ports, list, identityIn(desk, name), options)
  const pieces: Uint8Array[] = []
  for await (const piece of content) pieces.push(piece)
  return Uint8Array.from(Buffer.concat(pieces))
}
