/** docs/spec/key-tree.md once more, from its tables alone and with other primitives. */
import { createHmac } from 'node:crypto'

export interface ReadNode {
  readonly index: number
  /** By child. */
  readonly wraps: ReadonlyMap<number, Uint8Array>
}

export interface ReadCommit {
  readonly epoch: number
  readonly previousEpoch: number
  readonly levels: number
  readonly joined: readonly number[]
  /** By level, 1 first. */
  readonly fresh: readonly (readonly ReadNode[])[]
  /** All but the confirmation. */
  readonly body: Uint8Array
  readonly confirmation: Uint8Array
}

export const nodeAt = (level: number, index: number): string => `${level}/${index}`
export const parentOf = (leaf: number, level: number): number => Math.floor(leaf / 4 ** level)

const number = (value: number, sizeBytes: number): Uint8Array =>
  Uint8Array.from({ length: sizeBytes }, (_, i) => Math.floor(value / 256 ** (sizeBytes - 1 - i)) % 256)
const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** HKDF-Expand of one block. */
function derived(key: Uint8Array, label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac('sha256', key).update(label)
  for (const part of parts) mac.update(part)
  return new Uint8Array(mac.update(Uint8Array.of(1)).digest())
}

const nodeBytes = (level: number, index: number, version: number): Uint8Array =>
  join(number(level, 1), number(index, 4), number(version, 4))

export const leafKey = (given: Uint8Array, id: Uint8Array, leaf: number, version: number): Uint8Array =>
  derived(given, 'chartseal/lkh-leaf/v2', id, number(leaf, 4), number(version, 4))

export const advanced = (key: Uint8Array, level: number, index: number, version: number): Uint8Array =>
  derived(key, 'chartseal/lkh-join/v2', nodeBytes(level, index, version))

export const confirmation = (root: Uint8Array, id: Uint8Array, commit: ReadCommit): Uint8Array =>
  derived(root, 'chartseal/lkh-confirm/v2', id, number(commit.epoch, 4), commit.body).slice(0, 16)

export const groupKey = (root: Uint8Array, id: Uint8Array, incarnation: number, epoch: number): Uint8Array =>
  derived(root, 'chartseal/group/v2', id, number(incarnation, 4), number(epoch, 4))

export interface WrapPlace {
  readonly id: Uint8Array
  readonly epoch: number
  readonly level: number
  readonly index: number
  readonly version: number
  readonly child: number
}

/** Of a wrong key something else. */
export function unwrapped(under: Uint8Array, wrap: Uint8Array, place: WrapPlace): Uint8Array {
  const { id, epoch, level, index, version, child } = place
  const node = nodeBytes(level, index, version)
  const pad = derived(under, 'chartseal/lkh-wrap/v2', id, number(epoch, 4), node, number(child, 1))
  return wrap.map((byte, i) => byte ^ (pad[i] ?? 0))
}

/** Reads big-endian numbers, LEB128 and bytes from the front. */
function cursor(bytes: Uint8Array) {
  let at = 0
  const take = (sizeBytes: number): Uint8Array => {
    at += sizeBytes
    return bytes.slice(at - sizeBytes, at)
  }
  const whole = (sizeBytes: number): number => take(sizeBytes).reduce((value, byte) => value * 256 + byte, 0)
  const varint = (): number => {
    const byte = whole(1)
    return byte < 128 ? byte : byte - 128 + 128 * varint()
  }
  return { take, whole, varint, left: () => bytes.length - at }
}

export function readCommit(bytes: Uint8Array, epoch: number): ReadCommit {
  const body = bytes.slice(0, -16)
  const { take, whole, varint, left } = cursor(body)
  if (whole(1) !== 2) throw new Error('not version 2')
  const [previousEpoch, levels] = [whole(4), whole(1)]
  const joined: number[] = []
  let past = 0
  for (let runs = varint(); runs > 0; runs--) {
    const first = past + varint()
    past = first + varint()
    for (let leaf = first; leaf < past; leaf++) joined.push(leaf)
  }
  const fresh = Array.from({ length: levels }, () => {
    let next = 0
    return Array.from({ length: varint() }, () => {
      const index = next + varint()
      next = index + 1
      const children = whole(1)
      const places = [0, 1, 2, 3].filter(child => ((children >> child) & 1) === 1)
      return { index, wraps: new Map(places.map(child => [child, take(32)])) }
    })
  })
  if (left() !== 0) throw new Error('too long')
  return { epoch, previousEpoch, levels, joined, fresh, body, confirmation: bytes.slice(-16) }
}

export interface ReadPath {
  readonly epoch: number
  readonly leaf: number
  readonly leafVersion: number
  /** Of level 1 first. */
  readonly nodes: readonly { readonly version: number; readonly key: Uint8Array }[]
}

export function readPath(bytes: Uint8Array): ReadPath {
  const { take, whole, left } = cursor(bytes)
  if (whole(1) !== 2) throw new Error('not version 2')
  const levels = whole(1)
  const [epoch, leaf, leafVersion] = [whole(4), whole(4), whole(4)]
  const versions = Array.from({ length: levels }, () => whole(4))
  const nodes = versions.map(version => ({ version, key: take(32) }))
  if (left() !== 0) throw new Error('too long')
  return { epoch, leaf, leafVersion, nodes }
}

/** A node whose key a commit changed, and how. */
export interface Changed {
  readonly level: number
  readonly index: number
  readonly version: number
  /** `null`: advanced, or the first key of a node that only newcomers are below. */
  readonly wraps: ReadonlyMap<number, Uint8Array> | null
}

/** Which version each node has, as anybody can tell who saw all commits. */
export class Versions {
  readonly #versions = new Map<string, number>()

  of(level: number, index: number): number {
    return this.#versions.get(nodeAt(level, index)) ?? 0
  }

  follow(commit: ReadCommit): readonly Changed[] {
    const changed: Changed[] = []
    for (let level = 1; level <= commit.levels; level++) {
      const wraps = new Map((commit.fresh[level - 1] ?? []).map(node => [node.index, node.wraps]))
      const indexes = new Set([...wraps.keys(), ...commit.joined.map(leaf => parentOf(leaf, level))])
      for (const index of indexes) {
        const version = this.of(level, index) + 1
        this.#versions.set(nodeAt(level, index), version)
        changed.push({ level, index, version, wraps: wraps.get(index) ?? null })
      }
    }
    return changed
  }
}
