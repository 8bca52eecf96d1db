/** Our key tree with N members, of whom a sample follows every commit that is looked at. */
import { equal } from '@chartseal/core/bytes'
import { SecretBytes } from '@chartseal/core/keys'
import { defaultPooledRandom } from '@chartseal/core/system'
import { KeyTree, MemberPath } from '@chartseal/elgamal-session/tree'
import { type Contender, type Cost, costOf } from '../measure.js'

export const ownName = 'elgamal-session'
/**
 * The answer of a contender: of a sample, how many of those who stay have the new key, and how many of those who left.
 * @throws Error unless it is all of them, and nobody
 */
export function sampleBytes(having: number, gone: number): Uint8Array {
  if (having !== sampleSize || gone !== 0)
    throw new Error(`${having} who stay have the new key, and ${gone} who left`)
  return Uint8Array.of(having, gone)
}
export const sampleSize = 5

const random = defaultPooledRandom()

/** A tree whose members have one session key in common: each leaf key is another one. */
class Members {
  readonly tree: KeyTree
  readonly #id = random.bytes(16)
  readonly #key = new SecretBytes(random.bytes(32))
  readonly #count: number

  constructor(count: number) {
    this.#count = count
    this.tree = new KeyTree({ conferenceId: this.#id, random })
    for (let i = 0; i < count; i++) this.tree.join(this.#key)
    this.commit()
  }

  commit(): { readonly commit: Uint8Array; readonly rootKey: SecretBytes } {
    return this.tree.commit(this.tree.epoch + 1)
  }

  /** All that the controller does for one who joins, but for sealing the path under their session. */
  join(): void {
    const leaf = this.tree.join(this.#key)
    this.commit().rootKey.wipe()
    this.tree.pathOf(leaf).fill(0)
  }

  block(leaf: number): void {
    this.tree.leave(leaf)
    this.commit().rootKey.wipe()
  }

  pathOf(leaf: number): MemberPath {
    return MemberPath.fromPath(this.tree.pathOf(leaf), this.#key, this.#id)
  }

  /** Different leaves all over the tree: it has a prime number of steps. */
  leaf(step: number): number {
    return (step * 7_919) % this.#count
  }
}

/** Of many, no more than this change before they are put back, so that the tree keeps its size. */
const share = 20
const most = 500

/** Joins, each with a commit of its own, in places all over the tree: others left them, which is not timed. */
export function ownJoins(count: number): Contender {
  let step = 0
  return contender(count, (members, amount) => {
    for (let i = 0; i < amount; i++) members.tree.leave(members.leaf(step++))
    members.commit()
    return costOf(() => {
      for (let i = 0; i < amount; i++) members.join()
    })
  })
}

/** Blocks all over the tree, each with a commit of its own. Others take the places, which is not timed. */
export function ownBlocks(count: number): Contender {
  let step = 0
  return contender(count, async (members, amount) => {
    const cost = await costOf(() => {
      for (let i = 0; i < amount; i++) members.block(members.leaf(step++))
    })
    for (let i = 0; i < amount; i++) members.join()
    return cost
  })
}

function contender(count: number, change: (members: Members, amount: number) => Promise<Cost>): Contender {
  let made: Members | null = null
  const members = (): Members => (made ??= new Members(count))
  return {
    name: ownName,
    answer: () => sampleOf(members()),
    async work(amount) {
      let [cpuSeconds, wallSeconds] = [0, 0]
      const atOnce = Math.max(1, Math.min(most, Math.floor(count / share)))
      for (let left = amount; left > 0; left -= atOnce) {
        const cost = await change(members(), Math.min(left, atOnce))
        cpuSeconds += cost.cpuSeconds
        wallSeconds += cost.wallSeconds
      }
      return { cpuSeconds, wallSeconds }
    },
    close() {
      made?.tree.wipe()
      made = null
    },
  }
}

/** Somebody leaves, and somebody joins: those who stay follow both commits. */
function sampleOf(members: Members): Uint8Array {
  const [gone, ...paths] = Array.from({ length: sampleSize + 1 }, (_, i) => members.pathOf(members.leaf(i)))
  members.tree.leave(members.leaf(0))
  const left = members.commit()
  const having = paths.filter(path => follows(path, members.tree.epoch, left)).length
  members.join()
  return sampleBytes(having, gone !== undefined && follows(gone, members.tree.epoch, left) ? 1 : 0)
}

function follows(
  path: MemberPath,
  epoch: number,
  { commit, rootKey }: { readonly commit: Uint8Array; readonly rootKey: SecretBytes },
): boolean {
  try {
    return equal(path.apply(commit, epoch).reveal(), rootKey.reveal())
  } catch {
    return false
  }
}
