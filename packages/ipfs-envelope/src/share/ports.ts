/** Where the things of a package are kept: types, and one implementation in memory. */
import { encodeHex } from '@chartseal/core/encoding'
import type { BlobStore, Clock, Random } from '@chartseal/core/ports'
import { isSameList, parseGrantList } from '../grants/codec.js'
import type { GrantList } from '../grants/list.js'
import { requireSuccessor } from '../grants/pin.js'

/** The signed lists of packages. */
export interface GrantLists {
  /** Bytes of the newest list; `null` for a package that is not known. */
  latest(packageId: Uint8Array): Promise<Uint8Array | null>
  /**
   * Resolves once the list is durable. The newest list again is as good as once; any other that does not follow it is
   * refused as `requireSuccessor` says.
   */
  publish(list: GrantList): Promise<void>
  /** Removes the lists below this number, durably: they hold wrapped keys. Again is as good as once. */
  forgetBefore(packageId: Uint8Array, seq: bigint): Promise<void>
}

/** Says that a payload is gone for good, and since when. */
export interface Tombstone {
  readonly packageId: Uint8Array
  readonly version: number
  readonly payloadCid: string
  readonly step: 're-encrypt' | 'shred'
  readonly atMs: number
}

export interface Tombstones {
  /** Resolves once durable, before the payload is deleted. A second one for the same payload changes nothing. */
  bury(tombstone: Tombstone): Promise<void>
}

export interface PackagePorts {
  readonly blobs: BlobStore
  readonly lists: GrantLists
  readonly tombstones: Tombstones
  readonly clock: Clock
  readonly random: Random
}

/** Lists in memory. */
export function memoryGrantLists(): GrantLists {
  const packages = new Map<string, Map<bigint, Uint8Array>>()
  const listsOf = (id: Uint8Array): Map<bigint, Uint8Array> => packages.get(encodeHex(id)) ?? new Map()
  const newest = (id: Uint8Array): Uint8Array | null => [...listsOf(id).values()].at(-1) ?? null
  return {
    async latest(id) {
      const bytes = newest(id)
      return bytes === null ? null : Uint8Array.from(bytes)
    },

    async publish(list) {
      const bytes = newest(list.packageId)
      const previous = bytes === null ? null : parseGrantList(bytes)
      if (previous !== null && isSameList(previous, list)) return
      requireSuccessor(previous, list)
      const lists = listsOf(list.packageId).set(list.seq, Uint8Array.from(list.bytes))
      packages.set(encodeHex(list.packageId), lists)
    },

    async forgetBefore(id, seq) {
      const lists = listsOf(id)
      for (const one of lists.keys()) if (one < seq) lists.delete(one)
    },
  }
}

/** Tombstones in memory, by the CID of the payload. */
export function memoryTombstones(graves: Map<string, Tombstone> = new Map()): Tombstones {
  return {
    async bury(tombstone) {
      if (!graves.has(tombstone.payloadCid)) graves.set(tombstone.payloadCid, tombstone)
    },
  }
}
