import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { KeyTree, MemberPath, maxCommitBytes, treeError } from '@chartseal/elgamal-session/tree'
import { codeOf, codesRaised, faultPlaces, hostileBytes, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex } from './tree-people.js'

const expectCode = codesRaised(treeError)
const id = systemRandom.bytes(16)
const secret = new SecretBytes(systemRandom.bytes(32))

/** Twenty members of whom the first is ours; then one left and two joined. */
function oneCommit(): { path: MemberPath; commit: Uint8Array; pathBytes: Uint8Array } {
  const tree = new KeyTree({ conferenceId: id, random: systemRandom })
  for (let i = 0; i < 20; i++) tree.join(secret)
  tree.commit(7)
  const pathBytes = tree.pathOf(0)
  const path = MemberPath.fromPath(pathBytes, secret, id)
  tree.leave(6)
  tree.join(secret)
  tree.join(secret)
  return { path, commit: tree.commit(8).commit, pathBytes }
}

const codes = new Set([
  'conference/bad-commit',
  'conference/commit-order',
  'conference/left-out',
  'open/failed',
])

/** Refused with a code, and nothing has changed. */
function expectRefused(path: MemberPath, commit: Uint8Array, epoch = 8): string {
  const before = hex(path.rootKey().reveal())
  const code = refusalOf(path, commit, epoch)
  expect([...codes]).toContain(code)
  expect([path.epoch, hex(path.rootKey().reveal())]).toEqual([7, before])
  return code
}

function refusalOf(path: MemberPath, commit: Uint8Array, epoch: number): string {
  try {
    path.apply(commit, epoch)
    return 'accepted'
  } catch (error) {
    return String(Object(error).code)
  }
}

/** A commit from numbers: what is not a number is bytes. */
const bytesOf = (...parts: readonly (number | Uint8Array)[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map(part => (typeof part === 'number' ? Uint8Array.of(part) : part))))
const tag = new Uint8Array(16)
const wraps = (count: number): Uint8Array => new Uint8Array(32 * count)
/** Version 2, after epoch 7, three levels. */
const head = bytesOf(2, 0, 0, 0, 7, 3)

describe('a commit that was changed', () => {
  it('is refused at every byte, and leaves the member where they were', () => {
    const { path, commit } = oneCommit()
    for (const place of faultPlaces(commit.length, 120)) {
      for (const flip of [1, 0x80]) {
        const changed = Uint8Array.from(commit)
        changed[place] = (changed[place] ?? 0) ^ flip
        expectRefused(path, changed)
      }
    }
    path.apply(commit, 8)
  })

  it('is refused at every length but its own', () => {
    const { path, commit } = oneCommit()
    for (const length of faultPlaces(commit.length, 60)) expectRefused(path, commit.slice(0, length))
    expectRefused(path, bytesOf(commit, 0))
    expectRefused(path, bytesOf(commit.slice(0, -16), 0, commit.slice(-16)))
    path.apply(commit, 8)
  })

  it('is refused in another epoch, in another conference, a second time, and after one that is missing', async () => {
    const { path, commit, pathBytes } = oneCommit()
    expect(expectRefused(path, commit, 9)).toBe('open/failed')
    for (const epoch of [7, 6, 8.5]) expect(expectRefused(path, commit, epoch)).toBe('conference/bad-commit')
    const elsewhere = MemberPath.fromPath(pathBytes, secret, systemRandom.bytes(16))
    expect(expectRefused(elsewhere, commit)).toBe('open/failed')
    path.apply(commit, 8)
    await expectCode('conference/commit-order', () => path.apply(commit, 9))
  })

  it('is refused for whoever has another leaf key', () => {
    const tree = new KeyTree({ conferenceId: id, random: systemRandom })
    for (let i = 0; i < 5; i++) tree.join(secret)
    tree.commit(7)
    const pathBytes = tree.pathOf(0)
    tree.leave(1)
    const { commit } = tree.commit(8)
    const stranger = MemberPath.fromPath(pathBytes, new SecretBytes(systemRandom.bytes(32)), id)
    expect(expectRefused(stranger, commit)).toBe('open/failed')
    MemberPath.fromPath(pathBytes, secret, id).apply(commit, 8)
  })
})

describe('a commit that nobody makes', () => {
  const cases: readonly (readonly [string, string, Uint8Array])[] = [
    ['nothing at all', 'bad-commit', new Uint8Array()],
    ['another version', 'bad-commit', bytesOf(1, head.slice(1), 0, 0, 0, 0, tag)],
    ['no level', 'bad-commit', bytesOf(head.slice(0, 5), 0, 0, tag)],
    ['thirteen levels', 'bad-commit', bytesOf(head.slice(0, 5), 13, 0, new Uint8Array(13), tag)],
    ['fewer levels than there are', 'bad-commit', bytesOf(head.slice(0, 5), 2, 1, 3, 1, 0, 0, tag)],
    ['a new level without a key', 'bad-commit', bytesOf(head.slice(0, 5), 4, 1, 3, 1, 0, 0, 0, 0, tag)],
    ['no change', 'left-out', bytesOf(head, 0, 0, 0, 0, tag)],
    ['a change that ends below the root', 'bad-commit', bytesOf(head, 0, 1, 0, 15, wraps(4), 0, 0, tag)],
    ['the leaf of the member for another', 'left-out', bytesOf(head, 1, 0, 1, 0, 0, 0, tag)],
    ['a node without the member', 'left-out', bytesOf(head, 0, 1, 0, 14, wraps(3), 0, 0, tag)],
    ['wraps that open nothing', 'open/failed', bytesOf(head, 0, 0, 0, 1, 0, 15, wraps(4), tag)],
    ['a wrong confirmation', 'open/failed', bytesOf(head, 1, 3, 1, 0, 0, 0, tag)],
    ['an empty run', 'bad-commit', bytesOf(head, 1, 3, 0, 0, 0, 0, tag)],
    ['runs that touch', 'bad-commit', bytesOf(head, 2, 3, 1, 0, 1, 0, 0, 0, tag)],
    ['a run beyond the last leaf', 'bad-commit', bytesOf(head, 1, 60, 5, 0, 0, 0, tag)],
    ['a node beyond the last', 'bad-commit', bytesOf(head, 0, 0, 0, 1, 1, 15, wraps(4), tag)],
    ['a fifth child', 'bad-commit', bytesOf(head, 0, 0, 0, 1, 0, 31, wraps(5), tag)],
    ['a number in more bytes than it needs', 'bad-commit', bytesOf(head, 0x80, 0, 0, 0, 0, tag)],
    ['a number without end', 'bad-commit', bytesOf(head, new Uint8Array(9).fill(0xff), tag)],
    ['a billion runs', 'bad-commit', bytesOf(head, 0xff, 0xff, 0xff, 0xff, 3, tag)],
    ['a billion nodes', 'bad-commit', bytesOf(head, 0, 0xff, 0xff, 0xff, 0xff, 3, tag)],
    ['more than a frame', 'bad-commit', new Uint8Array(maxCommitBytes + 1)],
    ['the last epoch before it', 'bad-commit', bytesOf(2, 255, 255, 255, 255, 3, 0, 0, 0, 0, tag)],
  ]
  for (const [what, code, commit] of cases) {
    it(`is refused: ${what}`, async () => {
      const { path } = oneCommit()
      expect(expectRefused(path, commit)).toBe(code === 'open/failed' ? code : `conference/${code}`)
      if (code !== 'open/failed') await expectCode(`conference/${code}`, () => path.apply(commit, 8))
    })
  }

  it('is refused whatever its bytes are', () => {
    const { path } = oneCommit()
    fc.assert(
      fc.property(hostileBytes(), fc.boolean(), (bytes, asCommit) => {
        expectRefused(path, asCommit ? bytesOf(head, bytes) : bytes)
      }),
      propertyRuns(),
    )
  })
})

describe('a path that was changed', () => {
  it('is refused at every length but its own', async () => {
    const { pathBytes } = oneCommit()
    for (const length of faultPlaces(pathBytes.length, 20))
      await expectCode('conference/bad-path', () =>
        MemberPath.fromPath(pathBytes.slice(0, length), secret, id),
      )
    await expectCode('conference/bad-path', () => MemberPath.fromPath(bytesOf(pathBytes, 0), secret, id))
  })

  it('is refused for another version, no level, too many, a leaf outside, and numbers that begin with 0', async () => {
    const { pathBytes } = oneCommit()
    const changed = (at: number, ...values: readonly number[]): Uint8Array => {
      const bytes = Uint8Array.from(pathBytes)
      bytes.set(values, at)
      return bytes
    }
    for (const bytes of [
      changed(0, 1),
      changed(1, 0),
      changed(1, 13),
      changed(2, 0, 0, 0, 0),
      changed(6, 0, 0, 0, 64),
      changed(10, 0, 0, 0, 0),
      changed(14, 0, 0, 0, 0),
    ])
      await expectCode('conference/bad-path', () => MemberPath.fromPath(bytes, secret, id))
  })
})

describe('a stored tree that was changed', () => {
  it('is refused, or is the tree of other keys, and never anything else', async () => {
    const tree = new KeyTree({ conferenceId: id, random: systemRandom })
    for (let i = 0; i < 20; i++) tree.join(secret)
    tree.commit(1)
    tree.leave(6)
    tree.commit(2)
    const bytes = tree.encode()
    const options = { conferenceId: id, random: systemRandom }
    const read = (changed: Uint8Array) => () => KeyTree.decode(changed, options)
    await expectCode('conference/bad-snapshot', read(bytes.with(0, 3)))
    await expectCode('conference/bad-snapshot', read(bytes.with(5, 0)))
    await expectCode('conference/bad-snapshot', read(bytes.with(5, 13)))
    await expectCode('conference/bad-snapshot', read(bytes.subarray(0, bytes.length - 1)))
    await expectCode('conference/bad-snapshot', read(bytesOf(bytes, 0)))
    // Twenty leaves, in order: the version of the first, its mark, and the gap before the second.
    await expectCode('conference/bad-snapshot', read(bytes.with(8, 0)))
    await expectCode('conference/bad-snapshot', read(bytes.with(9, 0)))
    await expectCode('conference/bad-snapshot', read(bytes.with(9, 2)))
    await expectCode('conference/bad-snapshot', read(bytes.with(42, 100)))
    for (const place of faultPlaces(bytes.length, 60)) {
      const changed = bytes.with(place, (bytes[place] ?? 0) ^ 1)
      expect(['accepted', 'conference/bad-snapshot']).toContain(
        await codeOf(() => KeyTree.decode(changed, options).commit(0xff_ff_ff_ff)),
      )
    }
  })

  it('is refused when a node has a key and nobody below it', async () => {
    const snapshot = bytesOf(2, 0, 0, 0, 1, 1, 0, 1, 0, 1, 1, new Uint8Array(32))
    const options = { conferenceId: id, random: systemRandom }
    await expectCode('conference/bad-snapshot', () => KeyTree.decode(snapshot, options))
  })
})
