import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { epochKey, KeyTree, MemberPath } from '@chartseal/elgamal-session/tree'
import { codeOf, runsOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { Conference, hex } from './tree-people.js'
import { groupKey, readCommit, readPath } from './tree-reference.js'

const newKey = (): SecretBytes => new SecretBytes(systemRandom.bytes(32))
const conferenceOf = (count: number): Conference => {
  const conference = new Conference(systemRandom)
  for (let i = 0; i < count; i++) conference.join()
  conference.commit()
  return conference
}
const wrapsOf = (commit: Uint8Array): number =>
  readCommit(commit, 0)
    .fresh.flat()
    .reduce((sum, { wraps }) => sum + wraps.size, 0)

describe('a tree of one, none and many', () => {
  it('serves a single member, who is alone at the root', () => {
    const conference = conferenceOf(1)
    expect(readPath(conference.tree.pathOf(0)).nodes).toHaveLength(1)
    conference.commit()
    expect(conference.roots.get(2)).not.toBe(conference.roots.get(1))
  })

  it('commits for nobody, under a root key that nobody has, and goes on when somebody comes', () => {
    const conference = conferenceOf(9)
    for (const person of [...conference.present]) conference.leave(person)
    expect(conference.tree.size).toBe(0)
    conference.commit()
    conference.commit()
    expect(new Set(conference.roots.values()).size).toBe(3)
    expect(conference.everybody.some(({ held }) => held.has(conference.roots.get(2) ?? ''))).toBe(false)
    conference.join()
    conference.commit()
  })

  it('gives the lowest free leaf, and is never higher than its members need', () => {
    const conference = conferenceOf(64)
    expect(readPath(conference.tree.pathOf(63)).nodes).toHaveLength(3)
    for (const leaf of [40, 3, 17]) {
      const person = conference.present.find(one => one.leaf === leaf)
      if (person !== undefined) conference.leave(person)
    }
    expect([conference.join().leaf, conference.join().leaf, conference.join().leaf]).toEqual([3, 17, 40])
    expect(conference.join().leaf).toBe(64)
    conference.commit()
    expect(readPath(conference.tree.pathOf(63)).nodes).toHaveLength(4)
  })

  it('grows by several levels in one commit, and takes the members of before along', () => {
    const conference = conferenceOf(3)
    for (let i = 0; i < 300; i++) conference.join()
    const commit = conference.commit()
    expect(readCommit(commit, 2).levels).toBe(5)
    expect(wrapsOf(commit)).toBe(4)
  })
})

describe('a commit', () => {
  it('renews the root key alone when nobody came or went', () => {
    const conference = conferenceOf(30)
    expect(conference.tree.isDirty).toBe(false)
    expect(wrapsOf(conference.commit())).toBe(2)
    expect(conference.roots.get(2)).not.toBe(conference.roots.get(1))
  })

  it('says in a few bytes that a thousand joined, and who', () => {
    const conference = conferenceOf(5)
    for (let i = 0; i < 1_000; i++) conference.join()
    expect(conference.tree.isDirty).toBe(true)
    const commit = conference.commit()
    expect(commit.length).toBeLessThan(256)
    expect(readCommit(commit, 2).joined).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 5))
  })

  it('wraps four keys on each level for one who left, and one less at the leaf', () => {
    const conference = conferenceOf(256)
    const [first] = conference.present
    if (first !== undefined) conference.leave(first)
    const commit = conference.commit()
    expect(wrapsOf(commit)).toBe(15)
    expect(commit.length).toBe(6 + 1 + 4 * 3 + 15 * 32 + 16)
  })

  it('treats a leaf that was given up and taken again as one who left: its path is fresh', () => {
    const conference = conferenceOf(16)
    const gone = conference.present[5]
    if (gone !== undefined) conference.leave(gone)
    expect(conference.join().leaf).toBe(5)
    const read = readCommit(conference.commit(), 2)
    expect(read.fresh.map(nodes => nodes.map(node => [...node.wraps.keys()]))).toEqual([
      [[0, 2, 3]],
      [[0, 1, 2, 3]],
    ])
    expect(read.joined).toEqual([5])
  })

  it('does not name a newcomer who left before it', () => {
    const conference = conferenceOf(7)
    conference.leave(conference.join())
    const read = readCommit(conference.commit(), 2)
    expect(read.joined).toEqual([])
    expect(conference.tree.size).toBe(7)
  })

  it('is never longer than what was announced, and mass departures can be cut to the size of a frame', () => {
    const conference = conferenceOf(300)
    const { tree } = conference
    const sizes: number[] = []
    for (const person of [...conference.present].filter(({ name }) => name % 3 === 0)) {
      if (tree.pendingBytes > 14_000) sizes.push(conference.commit().length)
      conference.leave(person)
    }
    sizes.push(conference.commit().length)
    expect(sizes.length).toBeGreaterThan(1)
    expect(Math.max(...sizes)).toBeLessThan(15_000)
  })

  it('needs an epoch above the last one, of at most 32 bits', async () => {
    const tree = new KeyTree({ conferenceId: new Uint8Array(16), random: systemRandom })
    for (const epoch of [0, -1, 0.5, 2 ** 32, Number.NaN])
      expect(await codeOf(() => tree.commit(epoch))).toMatch('RangeError: epoch must be')
    tree.commit(2 ** 32 - 1)
    expect(await codeOf(() => tree.commit(2 ** 32 - 1))).toMatch('RangeError')
    expect(tree.epoch).toBe(2 ** 32 - 1)
  })
})

describe('a member', () => {
  it('who comes back in the middle of changes is given the keys of now, and follows', () => {
    const conference = conferenceOf(20)
    const [first, second] = conference.present
    if (first === undefined || second === undefined) throw new Error('there are twenty')
    conference.join()
    conference.leave(second)
    conference.resume(first)
    expect(first.path?.epoch).toBe(1)
    conference.commit()
    expect(first.path?.epoch).toBe(2)
  })

  it('cannot follow with the key of an earlier connection', async () => {
    const conference = conferenceOf(4)
    const [first, second] = conference.present
    const earlier = first?.path ?? null
    if (first === undefined || second === undefined || earlier === null) throw new Error('there are four')
    conference.resume(first)
    conference.leave(second)
    const commit = conference.commit()
    expect(await codeOf(() => earlier.apply(commit, 2))).toBe('open/failed')
  })

  it('has no path before the commit that takes them in, and none after they left', async () => {
    const { tree } = conferenceOf(2)
    const leaf = tree.join(newKey())
    expect(await codeOf(() => tree.pathOf(leaf))).toMatch('TypeError: a newcomer')
    tree.replaceLeafKey(leaf, newKey())
    tree.commit(2)
    tree.pathOf(leaf)
    tree.leave(leaf)
    for (const attempt of [tree.pathOf, tree.leave] as const)
      expect(await codeOf(() => attempt.call(tree, leaf))).toMatch('RangeError: nobody has leaf 2')
    expect(await codeOf(() => tree.replaceLeafKey(99, newKey()))).toMatch('RangeError')
  })

  it('is told when a commit leaves them out, in every way there is', async () => {
    for (const others of [0, 1, 5, 16, 60]) {
      for (const rejoin of [false, true]) {
        const conference = conferenceOf(others + 1)
        const [gone] = conference.present
        const path = gone?.path ?? null
        if (gone === undefined || path === null) throw new Error('somebody is there')
        conference.leave(gone)
        if (rejoin) conference.join()
        const commit = conference.commit()
        const before = hex(path.rootKey().reveal())
        expect(await codeOf(() => path.apply(commit, 2))).toBe('conference/left-out')
        expect([path.epoch, hex(path.rootKey().reveal())]).toEqual([1, before])
      }
    }
  })
})

describe('keys', () => {
  it('of a broadcast depend on conference, incarnation and epoch', () => {
    const { tree, id } = conferenceOf(3)
    const { rootKey } = tree.commit(2)
    const key = (incarnation: number, epoch: number): string =>
      hex(epochKey(rootKey, id, incarnation, epoch).reveal())
    expect(key(7, 2)).toBe(hex(groupKey(rootKey.reveal(), id, 7, 2)))
    expect(new Set([key(7, 2), key(8, 2), key(7, 3)]).size).toBe(3)
  })

  it('of two leaves differ where one agreed key serves for both', () => {
    const tree = new KeyTree({ conferenceId: new Uint8Array(16), random: systemRandom })
    const key = newKey()
    const leaves = [tree.join(key), tree.join(key)]
    tree.commit(1)
    tree.leave(tree.join(newKey()))
    const { commit } = tree.commit(2)
    const [first, second] = readCommit(commit, 2).fresh[0]?.[0]?.wraps.values() ?? []
    expect(hex(first ?? new Uint8Array())).not.toBe(hex(second ?? new Uint8Array()))
    expect(leaves).toEqual([0, 1])
  })

  it('are gone when the tree or the path is wiped', () => {
    const { tree, present } = conferenceOf(5)
    const [first] = present
    tree.wipe()
    first?.path?.wipe()
    expect(
      first?.path
        ?.rootKey()
        .reveal()
        .every(byte => byte === 0),
    ).toBe(true)
    expect(readPath(tree.pathOf(0)).nodes.every(({ key }) => key.every(byte => byte === 0))).toBe(true)
  })

  it('need a conference id of 16 bytes on both sides', async () => {
    const { tree } = conferenceOf(1)
    for (const conferenceId of [new Uint8Array(15), new Uint8Array(17)]) {
      expect(await codeOf(() => new KeyTree({ conferenceId, random: systemRandom }))).toMatch('RangeError')
      const path = tree.pathOf(0)
      expect(await codeOf(() => MemberPath.fromPath(path, newKey(), conferenceId))).toMatch('RangeError')
    }
  })
})

it('holds a clinic of any size: all join at once, one leaves, and the last one still follows', () => {
  const count = runsOf(20_000, 5_000)
  const id = systemRandom.bytes(16)
  const tree = new KeyTree({ conferenceId: id, random: systemRandom })
  const key = newKey()
  const last = Array.from({ length: count }, () => tree.join(key)).at(-1) ?? 0
  expect(tree.commit(1).commit.length).toBeLessThan(64)
  const path = MemberPath.fromPath(tree.pathOf(last), key, id)
  tree.leave(1)
  const left = tree.commit(2)
  expect(hex(path.apply(left.commit, 2).reveal())).toBe(hex(left.rootKey.reveal()))
  tree.join(key)
  const joined = tree.commit(3)
  expect(hex(path.apply(joined.commit, 3).reveal())).toBe(hex(joined.rootKey.reveal()))
})
