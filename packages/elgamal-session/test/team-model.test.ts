/** Random lives of a care team: everybody converges, nobody reads outside of their membership, no key and nonce twice. */
import { createDecipheriv, createHmac } from 'node:crypto'
import { ChartsealError } from '@chartseal/core/errors'
import {
  decodeTeam,
  inspectTeamFrame,
  peopleOf,
  receiveForTeam,
  welcomeAgain,
} from '@chartseal/elgamal-session/team'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { add, invite, keeperNamed, type Person, remove, World } from './team-world.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const names = ['Adler', 'Rosa', 'Silva', 'Brandt', 'Osei'] as const

interface Sent {
  readonly text: string
  readonly frame: Uint8Array
  readonly epoch: number
  readonly from: Person
  readonly to: ReadonlySet<Person>
}

interface Parcel {
  readonly to: Person
  readonly kind: 'frame' | 'welcome'
  readonly bytes: Uint8Array
}

type Op =
  | { readonly kind: 'add' | 'remove' | 'say' | 'unsaid' | 'unstored'; readonly who: number }
  | { readonly kind: 'deliver' | 'drop' | 'double' | 'crash'; readonly at: number }

/** A message's key and whether it opens, once more by node:crypto: docs/spec/care-team.md. */
function keyOf(epochKey: Uint8Array, frame: Uint8Array): Buffer {
  const leaf = frame.subarray(26, 30)
  const salt = frame.subarray(102, 118)
  const info = Buffer.concat([Buffer.from('chartseal/team/v2'), frame.subarray(6, 22), leaf, salt])
  return createHmac('sha256', epochKey)
    .update(Buffer.concat([info, Buffer.of(1)]))
    .digest()
}

function opens(epochKey: Uint8Array, frame: Uint8Array): boolean {
  const [front, sealed] = [frame.subarray(0, 118), frame.subarray(118, frame.length - 64)]
  const nonce = Buffer.concat([Buffer.alloc(4), frame.subarray(30, 38)])
  const decipher = createDecipheriv('aes-256-gcm', keyOf(epochKey, frame), nonce)
  decipher.setAAD(front).setAuthTag(sealed.subarray(sealed.length - 16))
  try {
    decipher.update(sealed.subarray(0, sealed.length - 16))
    decipher.final()
    return true
  } catch {
    return false
  }
}

class Life {
  readonly world = new World()
  readonly keeper = keeperNamed('Okafor', this.world)
  /** Everybody who was ever added, under each of their keys. */
  readonly people: Person[] = []
  readonly sent: Sent[] = []
  /** Also those that never left. */
  readonly frames: Uint8Array[] = []
  readonly commits: Uint8Array[] = []
  readonly dropped = new Set<string>()
  /** Keys of those who were in each epoch, in hexadecimal. */
  readonly rosters = new Map<number, ReadonlySet<string>>()
  readonly epochKeys = new Map<number, Uint8Array>()
  readonly skipped = new Set<Person>()
  #parcels: Parcel[] = []

  constructor() {
    this.#note()
  }

  get newest(): number {
    return this.keeper.team.epochs[0]?.epoch ?? 0
  }

  get present(): readonly Person[] {
    const keys = new Set(peopleOf(this.keeper.team).map(({ signing }) => hex(signing)))
    return this.people.filter(one => keys.has(hex(one.signing)))
  }

  run(op: Op): void {
    if ('at' in op) this.#deliver(op.at, op.kind)
    else if (op.kind === 'add') this.#add(names[op.who % names.length] ?? 'Rosa')
    else if (op.kind === 'remove') this.#remove(this.present[op.who % Math.max(1, this.present.length)])
    else this.#say(this.#speaker(op.who), op.kind)
  }

  /** What is on its way arrives, in any order; who lost a change is welcomed again. */
  settle(order: (count: number) => number): void {
    while (this.#parcels.length > 0) this.#deliver(order(this.#parcels.length), 'deliver')
    for (const person of this.present) {
      if (person.team.phase === 'in' && person.team.epochs[0]?.epoch === this.newest) continue
      this.skipped.add(person)
      const { seat, welcome } = welcomeAgain(this.keeper.keeper, person.name, this.world)
      this.keeper.stored.put(seat)
      person.welcome(welcome)
    }
  }

  #speaker(who: number): Person {
    const all = [this.keeper, ...this.people.filter(one => one.team.phase === 'in')]
    return all[who % all.length] ?? this.keeper
  }

  #add(name: string): void {
    if (this.newest > 13 || this.present.some(one => one.name === name)) return
    const before = this.present
    const { person } = invite(this.keeper, name)
    const { commit, welcome } = add(this.keeper, person)
    this.people.push(person)
    this.#committed(commit, before)
    this.#parcels.push({ to: person, kind: 'welcome', bytes: welcome })
  }

  #remove(person: Person | undefined): void {
    if (person === undefined || this.newest > 13) return
    const before = this.present
    this.#committed(remove(this.keeper, person), before)
  }

  #committed(commit: Uint8Array, to: readonly Person[]): void {
    this.commits.push(commit)
    this.#note()
    for (const one of to) this.#parcels.push({ to: one, kind: 'frame', bytes: commit })
  }

  #note(): void {
    const { team } = this.keeper
    const [newest] = team.epochs
    if (newest === undefined) throw new Error('the keeper is in')
    this.rosters.set(newest.epoch, new Set(newest.people.map(({ signing }) => hex(signing))))
    this.epochKeys.set(newest.epoch, Uint8Array.from(newest.key.reveal()))
  }

  /** `unsaid`: it dies before the message leaves; `unstored`: before that is certain, so that the number comes again. */
  #say(from: Person, how: 'say' | 'unsaid' | 'unstored'): void {
    const text = `text ${this.sent.length}`
    const before = from.stored.bytes
    const roster = new Set(peopleOf(from.team).map(({ signing }) => hex(signing)))
    const frame = from.say(text)
    this.frames.push(frame)
    if (how === 'unstored') from.stored.bytes = before
    if (how !== 'say') return
    const others = [this.keeper, ...this.people].filter(one => one !== from && roster.has(hex(one.signing)))
    this.sent.push({ text, frame, epoch: inspectTeamFrame(frame)?.epoch ?? 0, from, to: new Set(others) })
    for (const to of others) this.#parcels.push({ to, kind: 'frame', bytes: frame })
  }

  #deliver(at: number, how: 'deliver' | 'drop' | 'double' | 'crash'): void {
    const index = at % Math.max(1, this.#parcels.length)
    const parcel = this.#parcels[index]
    if (parcel === undefined) return
    if (how === 'drop' || how === 'deliver') this.#parcels.splice(index, 1)
    if (how === 'drop') this.dropped.add(hex(parcel.bytes) + hex(parcel.to.signing))
    else if (how === 'crash') this.#crashAt(parcel)
    else take(parcel)
  }

  /** It is taken, and the process dies before the state is stored: it comes again. */
  #crashAt({ to, kind, bytes }: Parcel): void {
    const [before, shown] = [to.stored.bytes, to.shown.messages.length]
    take({ to, kind, bytes })
    to.stored.bytes = before
    to.shown.messages.splice(shown)
    to.shown.texts.splice(shown)
  }
}

const refusals = [
  'team/not-in',
  'team/after-removal',
  'team/before-joining',
  'team/bad-welcome',
  'team/too-old',
]

function take({ to, kind, bytes }: Parcel): void {
  try {
    if (kind === 'welcome') to.welcome(bytes)
    else to.hear(bytes)
  } catch (error) {
    if (!(error instanceof ChartsealError) || !refusals.includes(error.code)) throw error
  }
}

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('add' as const), who: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('remove' as const), who: fc.nat(9) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('say' as const, 'say' as const, 'unsaid' as const, 'unstored' as const),
      who: fc.nat(9),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      kind: fc.constantFrom('deliver' as const, 'deliver' as const, 'double' as const, 'crash' as const),
      at: fc.nat(99),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('drop' as const), at: fc.nat(99) }) },
)

describe('a care team, whatever happens', () => {
  it('converges, shows each message to those who were in, once, and opens for nobody else', () => {
    fc.assert(
      fc.property(
        fc.array(op, { minLength: 40, maxLength: 120 }),
        fc.infiniteStream(fc.nat(999)),
        (ops, orders) => {
          const life = new Life()
          for (const one of ops) life.run(one)
          life.settle(count => Number(orders.next().value) % count)
          converged(life)
          shownToMembersOnce(life)
          shownToAll(life)
          sealedFromOthers(life)
          sealedOnce(life)
        },
      ),
      propertyRuns(16, 4),
    )
  })
})

function converged({ keeper, newest, present }: Life): void {
  const mine = keeper.team.epochs[0]
  for (const one of present) {
    const { phase, epochs, waiting } = one.team
    expect([phase, epochs[0]?.epoch, waiting]).toEqual(['in', newest, []])
    expect(epochs[0]?.commitHash).toEqual(mine?.commitHash)
    expect(epochs[0]?.people).toEqual(mine?.people)
    expect(epochs[0]?.key.reveal()).toEqual(mine?.key.reveal())
  }
}

const textsOf = ({ shown }: Person): readonly string[] =>
  shown.messages.map(({ body }) => Buffer.from(body.content).toString('utf8'))

function shownToMembersOnce(life: Life): void {
  for (const person of [life.keeper, ...life.people]) {
    const texts = textsOf(person)
    expect(new Set(texts).size).toBe(texts.length)
    for (const text of texts) {
      const sent = life.sent.find(one => one.text === text)
      expect(life.rosters.get(sent?.epoch ?? 0)?.has(hex(person.signing))).toBe(true)
    }
  }
}

/** Of a sender who was removed, only what the keeper had counts. */
function shownToAll(life: Life): void {
  const here = [life.keeper, ...life.present]
  for (const person of here.filter(one => !life.skipped.has(one))) {
    const texts = textsOf(person)
    const expected = life.sent.filter(
      ({ from, to, frame }) =>
        here.includes(from) && to.has(person) && !life.dropped.has(hex(frame) + hex(person.signing)),
    )
    for (const { text } of expected) expect(texts).toContain(text)
  }
}

/** All keys that somebody ever held, and those that all commits would give them. */
function keysHeldBy(person: Person, life: Life): readonly string[] {
  const states = person.stored.history.map(bytes => decodeTeam(Uint8Array.from(bytes)))
  const held = states.flatMap(({ epochs }) => epochs.map(({ key }) => hex(key.reveal())))
  let last = states.findLast(({ phase }) => phase === 'in')
  for (const commit of last?.kind === 'member' ? life.commits : []) {
    if (last?.kind !== 'member') break
    try {
      last = receiveForTeam(last, commit, life.world).seat
      held.push(...last.epochs.map(({ key }) => hex(key.reveal())))
    } catch (error) {
      if (!(error instanceof ChartsealError)) throw error
    }
  }
  return held
}

function sealedFromOthers(life: Life): void {
  const held = new Map(life.people.map(one => [one, keysHeldBy(one, life)] as const))
  for (const [epoch, roster] of life.rosters) {
    const key = life.epochKeys.get(epoch)
    if (key === undefined) throw new Error('each epoch has a key')
    const others = life.people.filter(one => !roster.has(hex(one.signing)))
    const together = new Set(others.flatMap(one => held.get(one) ?? []))
    expect(together.has(hex(key))).toBe(false)
    for (const { frame } of life.sent.filter(one => one.epoch === epoch)) {
      expect(opens(key, frame)).toBe(true)
      for (const one of together) expect(opens(Buffer.from(one, 'hex'), frame)).toBe(false)
    }
  }
}

function sealedOnce(life: Life): void {
  const used = life.frames.map(frame => {
    const key = life.epochKeys.get(inspectTeamFrame(frame)?.epoch ?? 0) ?? new Uint8Array()
    return `${hex(keyOf(key, frame))} ${hex(frame.subarray(30, 38))}`
  })
  expect(new Set(used).size).toBe(used.length)
}
