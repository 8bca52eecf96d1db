import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { KeyTree, MemberPath } from '@chartseal/elgamal-session/tree'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex } from './tree-people.js'

const id = systemRandom.bytes(16)
const newKey = (): SecretBytes => new SecretBytes(systemRandom.bytes(32))

/** A tree that went through its bytes, and a member's path that did. */
const stored = (tree: KeyTree): KeyTree =>
  KeyTree.decode(tree.encode(), { conferenceId: id, random: systemRandom })
const storedPath = (path: MemberPath): MemberPath => MemberPath.decode(path.encode(), id)

describe('a tree that is stored between two commits', () => {
  it('goes on as it was, whoever joins and leaves', () => {
    const change = fc.record({ joins: fc.nat(6), leaves: fc.nat(4) })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), changes => {
        let tree = new KeyTree({ conferenceId: id, random: systemRandom })
        const first = newKey()
        tree.join(first)
        tree.commit(1)
        let path = MemberPath.fromPath(tree.pathOf(0), first, id)
        const others: number[] = []
        for (const [i, { joins, leaves }] of changes.entries()) {
          for (const leaf of others.splice(0, leaves)) tree.leave(leaf)
          for (let j = 0; j < joins; j++) others.push(tree.join(newKey()))
          const { commit, rootKey } = tree.commit(i + 2)
          expect(hex(path.apply(commit, i + 2).reveal())).toBe(hex(rootKey.reveal()))
          tree = stored(tree)
          path = storedPath(path)
          expect([tree.size, tree.epoch, tree.isDirty]).toEqual([others.length + 1, i + 2, false])
        }
        expect(stored(tree).encode()).toEqual(tree.encode())
        expect(path.leaf).toBe(0)
      }),
      propertyRuns(60),
    )
  })

  it('is none in the middle of a change', () => {
    const tree = new KeyTree({ conferenceId: id, random: systemRandom })
    tree.join(newKey())
    expect(() => tree.encode()).toThrow(TypeError)
  })

  it('takes no other id than one of 16 bytes', () => {
    const tree = new KeyTree({ conferenceId: id, random: systemRandom })
    tree.join(newKey())
    tree.commit(1)
    const options = { conferenceId: new Uint8Array(15), random: systemRandom }
    expect(() => KeyTree.decode(tree.encode(), options)).toThrow(RangeError)
    expect(() => MemberPath.decode(new Uint8Array(100), new Uint8Array(15))).toThrow(RangeError)
  })
})
