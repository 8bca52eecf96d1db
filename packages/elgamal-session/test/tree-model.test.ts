import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { propertyRuns, runsOf } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Conference, hex, Knowledge, type Person } from './tree-people.js'
import { nodeAt, unwrapped } from './tree-reference.js'

/** What happens between two commits: `pick` chooses among those present. */
interface Step {
  readonly kind: 'join' | 'leave' | 'resume'
  readonly pick: number
}

function take(conference: Conference, { kind, pick }: Step): void {
  const { present } = conference
  const person = present[pick % Math.max(1, present.length)]
  if (kind === 'join' || person === undefined) conference.join()
  else if (kind === 'leave') conference.leave(person)
  else conference.resume(person)
}

/** All that these people can work out together, from every commit there was. */
function pooled(conference: Conference, people: readonly Person[]): Knowledge {
  const known = new Knowledge()
  for (const { held } of people) known.addAll(held)
  let news = true
  while (news) {
    news = false
    for (const commit of conference.commits) news = conference.learn(known, commit) || news
  }
  return known
}

/** `SLOW=1` makes more of them. */
const rounds = process.env['SLOW'] === '1' ? 2_000 : runsOf(60, 30)

/** Together, those who were not there at an epoch do not have its root key. */
function expectSecret(conference: Conference, epoch: number): void {
  const outsiders = conference.everybody.filter(({ epochs }) => !epochs.has(epoch))
  const known = pooled(conference, outsiders)
  expect(known.has(conference.roots.get(epoch) ?? ''), `epoch ${epoch}`).toBe(false)
}

/** Whoever knows everything finds the one key of each wrap; no key gives a pad twice in an epoch. */
function expectOnePadEach(conference: Conference): void {
  const known = pooled(conference, conference.everybody)
  const used = new Set<string>()
  for (const { epoch, changed } of conference.commits) {
    for (const { level, index, version, wraps } of changed) {
      for (const [child, wrap] of wraps ?? []) {
        const place = { id: conference.id, epoch, level, index, version, child }
        const keys = known.ofAnyAge(nodeAt(level - 1, 4 * index + child))
        const node = nodeAt(level, index)
        const fitting = keys.filter(key => conference.isKey(node, version, unwrapped(key, wrap, place)))
        expect(fitting).toHaveLength(1)
        used.add(`${hex(fitting[0] ?? new Uint8Array())} ${epoch}`)
      }
    }
  }
  const wraps = conference.commits.flatMap(({ changed }) => changed.map(one => one.wraps?.size ?? 0))
  expect(used.size).toBe(wraps.reduce((sum, count) => sum + count, 0))
}

/** splitmix32, so that a seed repeats a run. */
function seeded(seed: number): Random & { below(limit: number): number } {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0
    let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
    return (word ^ (word >>> 15)) >>> 0
  }
  return {
    bytes: sizeBytes => Uint8Array.from({ length: sizeBytes }, () => next() & 0xff),
    below: limit => Math.floor((next() / 2 ** 32) * limit),
  }
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('join', 'join', 'leave', 'resume'),
  pick: fc.nat(1_000),
})
const batches = fc.array(fc.array(step, { maxLength: 7 }), { minLength: 1, maxLength: 14 })

describe('the key tree and its people', () => {
  it('leads all members to one root key, and nobody else, whatever happens between commits', () => {
    fc.assert(
      fc.property(batches, fc.integer(), (all, seed) => {
        const conference = new Conference(seeded(seed))
        for (const batch of all) {
          for (const one of batch) take(conference, one)
          conference.commit()
        }
        for (const epoch of conference.roots.keys()) expectSecret(conference, epoch)
        expectOnePadEach(conference)
      }),
      propertyRuns(40, 10),
    )
  })

  it('keeps its promises through a long run in which people come in crowds and go one by one', () => {
    const seed = Number(
      process.env['FC_SEED'] ?? systemRandom.bytes(3).reduce((sum, byte) => sum * 256 + byte, 0),
    )
    const chance = seeded(seed)
    const conference = new Conference(chance)
    try {
      for (let round = rounds; round > 0; round--) {
        const crowd = chance.below(12) === 0 ? 20 : chance.below(4)
        for (let i = 0; i < crowd; i++) conference.join()
        for (let i = chance.below(4); i > 0; i--)
          take(conference, { kind: chance.below(3) === 0 ? 'resume' : 'leave', pick: chance.below(1_000) })
        if (chance.below(40) === 0) for (const person of [...conference.present]) conference.leave(person)
        conference.commit()
      }
      const epochs = [...conference.roots.keys()]
      for (let i = runsOf(8, 5); i > 0; i--)
        expectSecret(conference, epochs[chance.below(epochs.length)] ?? 1)
      expectOnePadEach(conference)
    } catch (error) {
      throw new Error(`FC_SEED=${seed} repeats this`, { cause: error })
    }
  })
})
