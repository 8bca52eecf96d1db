/** The nodes of one level in flat memory. */
import { IndexList } from './index-list.js'
import { keyBytes } from './shape.js'

/** What is known about a node; they are added. */
export const mark = {
  /** Somebody joined below it since the last commit. */
  advance: 1,
  /** Somebody left below it since the last commit: those who have its key must not have the next. */
  fresh: 2,
  /** It has a key. */
  live: 4,
  /** Nobody below it was a member at the last commit. */
  newborn: 8,
} as const

const firstCapacity = 16

export class NodeLevel {
  /** 32 bytes each; zeros where there is no key. */
  keys: Uint8Array<ArrayBuffer> = new Uint8Array(firstCapacity * keyBytes)
  /** How often the key was changed; never goes back, so that no derivation comes twice. */
  versions: Uint32Array<ArrayBuffer> = new Uint32Array(firstCapacity)
  /** How many members stand below it, or at it. */
  members: Uint32Array<ArrayBuffer> = new Uint32Array(firstCapacity)
  marks: Uint8Array<ArrayBuffer> = new Uint8Array(firstCapacity)
  /** Indexes of the nodes that the next commit changes, each once. */
  readonly changed: IndexList = new IndexList()

  /** Makes room for the node; the old memory is wiped. */
  reserve(index: number): void {
    const capacity = this.marks.length
    if (index < capacity) return
    const larger = Math.max(index + 1, 2 * capacity)
    const old = this.keys
    this.keys = enlarged(old, new Uint8Array(larger * keyBytes))
    this.versions = enlarged(this.versions, new Uint32Array(larger))
    this.members = enlarged(this.members, new Uint32Array(larger))
    this.marks = enlarged(this.marks, new Uint8Array(larger))
    old.fill(0)
  }

  membersAt(index: number): number {
    return this.members[index] ?? 0
  }

  versionAt(index: number): number {
    return this.versions[index] ?? 0
  }

  marksAt(index: number): number {
    return this.marks[index] ?? 0
  }

  /** A view. */
  keyAt(index: number): Uint8Array {
    return this.keys.subarray(index * keyBytes, (index + 1) * keyBytes)
  }

  addMembers(index: number, count: 1 | -1): void {
    this.members[index] = this.membersAt(index) + count
  }

  /** Whether this is the first mark of that kind since the last commit. */
  markChanged(index: number, kind: number): boolean {
    const before = this.marksAt(index)
    if ((before & (mark.advance | mark.fresh)) === 0) this.changed.add(index)
    this.marks[index] = before | kind
    return (before & kind) === 0
  }

  /** One more than before, for the key that is put there. @throws RangeError after 2^32 - 1 of them */
  nextVersion(index: number): number {
    const version = this.versionAt(index) + 1
    if (version > 0xffff_ffff) throw new RangeError('the versions of a node are used up')
    this.versions[index] = version
    return version
  }

  /** Without key and marks; the version stays. */
  clear(index: number): void {
    this.keyAt(index).fill(0)
    this.marks[index] = 0
  }

  wipe(): void {
    this.keys.fill(0)
  }
}

function enlarged<Memory extends { set(from: Memory): void }>(from: Memory, to: Memory): Memory {
  to.set(from)
  return to
}
