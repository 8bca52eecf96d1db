/**
 * Everything at once, in any order: a request, votes, a veto, times that pass, witnesses that fall silent, a server that dies
 * between its log and its store, messages that come again, custodians who check nothing, a server that lies to one who does.
 */
import {
  type EmergencyEvent,
  type EmergencyPolicy,
  makeClosed,
  makeDenial,
  makeEmergencyRequest,
  makeOpened,
  makeRelease,
  makeReviewed,
  openReleased,
  replayEmergency,
  type SealedShare,
  type ShownEvent,
  type Statement,
} from '@chartseal/clinic/break-glass'
import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import type { SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { fixedClock, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ana,
  auditor,
  ben,
  capability,
  cleo,
  dan,
  doctor,
  minuteMs,
  officer,
  type Person,
  roster,
  type SetForTest,
  setWith,
  stranger,
} from './break-glass-people.js'
import { Died, pinned, TestClinic } from './break-glass-world.js'

const holders = [ana, ben, cleo, dan]
const policies: readonly Partial<EmergencyPolicy>[] = [
  { threshold: 2, denials: 3 },
  { threshold: 2, denials: 1, waitMs: 4 * minuteMs },
  { threshold: 3, denials: 2, witnesses: 3 },
]
const sets = new Map<number, Promise<SetForTest>>()
const setOf = (number: number): Promise<SetForTest> => {
  const made = sets.get(number) ?? setWith({ policy: policies[number] ?? {}, holders })
  sets.set(number, made)
  return made
}

type Act = 'ask' | 'release' | 'rashRelease' | 'deny' | 'veto' | 'open' | 'close' | 'review' | 'again' | 'lie'
type Step =
  | { readonly do: Act; readonly who: number; readonly which: number }
  | { readonly do: 'wait'; readonly minutes: number }
  | { readonly do: 'witnesses'; readonly count: number }
  | { readonly do: 'die'; readonly at: 'noted' | 'logged' }

const anyAct = (weight: number, act: Act): fc.WeightedArbitrary<Step> => ({
  weight,
  arbitrary: fc.record({
    do: fc.constant(act),
    who: fc.nat({ max: 3 }),
    which: fc.nat({ max: 30 }),
  }),
})
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    anyAct(2, 'ask'),
    anyAct(6, 'release'),
    anyAct(1, 'rashRelease'),
    anyAct(3, 'deny'),
    anyAct(1, 'veto'),
    anyAct(5, 'open'),
    anyAct(1, 'close'),
    anyAct(2, 'review'),
    anyAct(2, 'again'),
    anyAct(2, 'lie'),
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.constantFrom(1, 5, 11) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('witnesses' as const),
        count: fc.constantFrom(0, 1, 2, 3, 3, 3),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('die' as const), at: fc.constantFrom('noted', 'logged') }),
    },
  ),
  { minLength: 12, maxLength: 28 },
)

interface Sent {
  readonly event: Statement<EmergencyEvent>
  readonly sealed: SealedShare | null
}

interface Asked {
  readonly name: string
  readonly request: Statement<EmergencyEvent>
  readonly secret: SecretBytes
  readonly decideByMs: number
  readonly accessUntilMs: number
}

/** One life of a clinic, and what is known of it without asking the code under test. */
class Story {
  readonly clinic = new TestClinic()
  readonly sent: Sent[] = []
  readonly asked: Asked[] = []
  readonly made: SetForTest
  readonly rules: EmergencyPolicy
  opened = 0

  constructor(made: SetForTest) {
    this.made = made
    this.rules = made.set.content.policy
  }

  get world() {
    return { clock: fixedClock(this.clinic.nowMs), random: systemRandom, roster }
  }

  async send(event: Statement<EmergencyEvent>, sealed: SealedShare | null = null): Promise<void> {
    this.sent.push({ event, sealed })
    await this.clinic.take(event, sealed)
  }

  /** What the clinic says happened to a request: kinds, by whom, when. */
  told(name: string): readonly { readonly kind: string; readonly by: string; readonly atMs: number }[] {
    const rows = this.clinic.cases.get(name)?.rows ?? []
    return rows.map(({ event, atMs }) => ({ kind: event.content.kind, by: event.by, atMs }))
  }

  /** The rules in other words, from nothing but what happened. */
  mayOpen({ name, decideByMs, accessUntilMs }: Asked): boolean {
    const { threshold, denials, waitMs, witnesses } = this.rules
    const told = this.told(name)
    const askedMs = told[0]?.atMs ?? Number.POSITIVE_INFINITY
    const openedAt = told.findIndex(({ kind }) => kind === 'opened')
    const before = openedAt < 0 ? told : told.slice(0, openedAt)
    const releasedBy = new Set(before.filter(({ kind }) => kind === 'release').map(({ by }) => by))
    const deniedBy = new Set(before.filter(({ kind }) => kind === 'denial').map(({ by }) => by))
    const isVetoed = deniedBy.has(officer.kid)
    const custodialDenials = deniedBy.size - (isVetoed ? 1 : 0)
    const isDenied = isVetoed || custodialDenials >= denials || holders.length - custodialDenials < threshold
    const isQuorum = releasedBy.size >= threshold
    const inTime = told.every(({ kind, atMs }) => kind !== 'release' || atMs < decideByMs)
    const { nowMs, numWitnesses } = this.clinic
    const waited = (told[openedAt]?.atMs ?? nowMs) >= askedMs + waitMs
    const isOver = nowMs >= accessUntilMs || told.some(({ kind }) => kind === 'closed' || kind === 'reviewed')
    return isQuorum && !isDenied && inTime && waited && !isOver && numWitnesses >= witnesses
  }
}

const person = (index: number): Person => holders[index] ?? ana

/** A custodian whose device checks nothing: the share is sealed by itself, for whatever the clinic shows. */
async function rashRelease(story: Story, { name }: Asked, who: Person): Promise<void> {
  const { set, events } = story.clinic.show(name)
  const shown = replayEmergency(set, events.slice(0, 1), { ...pinned, policy: { ...none, quorum: null } })
  const [first] = shown.events
  if (first === undefined) return
  const trusting = {
    ...shown,
    set: { ...shown.set, content: { ...shown.set.content, policy: { ...story.rules, witnesses: 0 } } },
    events: [{ ...first, isWitnessed: true }],
  }
  const parcel = await makeRelease(who, trusting, story.made.shareOf(who), story.world)
  await story.send(parcel.statement, parcel.shares[0] ?? null)
}

const none = { logs: [], witnesses: [] }

/** The clinic changes what it shows to one custodian, who checks it. */
function lied(events: readonly ShownEvent[], which: number): readonly ShownEvent[] {
  const at = which % events.length
  const other = events[(at + 1) % events.length]
  const lies: readonly (readonly ShownEvent[])[] = [
    events.filter((_, i) => i !== at),
    events.map((one, i) => (i === at ? { ...one, receipt: null } : one)),
    events.map((one, i) => (i === at ? { ...one, receipt: other?.receipt ?? '' } : one)),
    events.map((one, i) => (i === at ? { ...one, entry: other?.entry ?? one.entry } : one)),
    events.toReversed(),
  ]
  return lies[which % lies.length] ?? []
}

async function step(story: Story, one: Step): Promise<void> {
  const { clinic, world, asked, rules } = story
  if (one.do === 'wait') clinic.nowMs += one.minutes * minuteMs
  else if (one.do === 'witnesses') {
    clinic.numWitnesses = one.count
    clinic.publish()
  } else if (one.do === 'die') clinic.diesAt = one.at
  else if (one.do === 'ask') await ask(story)
  else {
    const request = asked[one.which % Math.max(1, asked.length)]
    if (request === undefined || !clinic.cases.has(request.name)) return
    const { name } = request
    const who = person(one.who)
    if (one.do === 'release') {
      const parcel = await makeRelease(who, clinic.seen(name), story.made.shareOf(who), world)
      // An honest share leaves for what the log has and witnesses have seen, and for nothing else.
      expect(clinic.numWitnesses).toBeGreaterThanOrEqual(rules.witnesses)
      expect(clinic.log.receipt(clinic.cases.get(name)?.rows[0]?.index ?? -1)).not.toBeNull()
      await story.send(parcel.statement, parcel.shares[0] ?? null)
    } else if (one.do === 'rashRelease') await rashRelease(story, request, who)
    else if (one.do === 'deny') await story.send(await makeDenial(who, clinic.state(name).request, '', world))
    else if (one.do === 'veto')
      await story.send(await makeDenial(officer, clinic.state(name).request, '', world))
    else if (one.do === 'open') await open(story, request, one.which)
    else if (one.do === 'close') {
      const closing = one.which % 2 === 0 ? doctor : who
      await story.send(await makeClosed(closing, clinic.state(name), '', world))
    } else if (one.do === 'review') {
      const verdict = { verdict: 'justified', text: '' } as const
      const judging = [auditor, officer, doctor, who][one.which % 4] ?? auditor
      await story.send(await makeReviewed(judging, clinic.state(name), verdict, world))
    } else if (one.do === 'again') {
      const before = story.sent[one.which % story.sent.length]
      if (before !== undefined) await clinic.take(before.event, before.sealed)
    } else {
      const { set, events } = clinic.show(name)
      const shown = replayEmergency(set, lied(events, one.which), pinned)
      await makeRelease(who, shown, story.made.shareOf(who), world)
      // What passed was true as far as it went: the request is in the log, and witnesses have seen it.
      expect(clinic.log.receipt(clinic.cases.get(name)?.rows[0]?.index ?? -1)).not.toBeNull()
      expect(clinic.numWitnesses).toBeGreaterThanOrEqual(rules.witnesses)
    }
  }
}

async function ask(story: Story): Promise<void> {
  if (story.asked.length >= 2) return
  const { nowMs } = story.clinic
  const times = { decideByMs: nowMs + 15 * minuteMs, accessUntilMs: nowMs + 25 * minuteMs }
  const asking = { reason: 'BTG', text: 'now', ...times } as const
  const { statement, secret } = await makeEmergencyRequest(doctor, story.made.set, asking, story.world)
  const name = Buffer.from(statement.hash).toString('hex')
  story.asked.push({ name, request: statement, secret, ...times })
  await story.send(statement)
}

/** Opens as the requester; now and then somebody else tries. Either it is right by the rules, or nothing is given. */
async function open(story: Story, request: Asked, which: number): Promise<void> {
  const { clinic } = story
  const { name, secret } = request
  const isRequester = which % 4 !== 0
  const who = isRequester ? doctor : stranger
  const may = isRequester && story.mayOpen(request)
  let isOpen = false
  try {
    await story.send(await makeOpened(who, clinic.state(name), story.world))
    const { capability: read } = openReleased(clinic.state(name), clinic.give(name, who.kid), secret)
    isOpen = equal(read.contentKey.reveal(), capability.contentKey.reveal())
  } catch (error) {
    if (error instanceof Died) throw error
    if (!(error instanceof ChartsealError)) throw error
  }
  expect(isOpen).toBe(may)
  if (!isOpen) return
  story.opened += 1
  // The entry of the opening stands in what witnesses have seen.
  const row = clinic.cases.get(name)?.rows.find(({ event }) => event.content.kind === 'opened')
  expect(clinic.log.receipt(row?.index ?? -1)).not.toBeNull()
}

/** How many events the clinic shows, of each request: it never gets less. */
const lengths = ({ clinic }: Story): number =>
  [...clinic.cases.values()].reduce((sum, { rows }) => sum + rows.length, clinic.cases.size)

async function live(story: Story, all: readonly Step[]): Promise<void> {
  await story.clinic.addSet(story.made)
  await ask(story)
  for (const one of all) {
    const before = lengths(story)
    try {
      await step(story, one)
    } catch (error) {
      if (error instanceof Died) story.clinic.restart()
      else if (!(error instanceof ChartsealError)) throw error
    }
    expect(lengths(story)).toBeGreaterThanOrEqual(before)
    // Every event has its entry, and every entry its event: the set has one, too.
    const rows = [...story.clinic.cases.values()].flatMap(({ rows }) => rows)
    expect(story.clinic.log.leaves).toHaveLength(rows.length + 1)
    for (const row of rows) expect(story.clinic.log.find(row)).toBe(row.index)
  }
  for (const { name } of story.asked.filter(({ name }) => story.clinic.cases.has(name))) {
    story.clinic.numWitnesses = 3
    story.clinic.publish()
    expect(story.clinic.seen(name).events).toHaveLength(story.told(name).length)
  }
}

/** Two release, the doctor opens. */
const opening: readonly Step[] = [
  { do: 'release', who: 0, which: 0 },
  { do: 'release', who: 1, which: 0 },
  { do: 'open', who: 0, which: 1 },
]

describe('break-glass in any order', () => {
  it('opens for a quorum with receipts, and for nobody else, and leaves nothing out', async () => {
    let opened = 0
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: policies.length - 1 }), steps, async (number, all) => {
        const story = new Story(await setOf(number))
        await live(story, all)
        opened += story.opened
      }),
      // In few runs of chance alone nothing may open.
      { ...propertyRuns(100, 15), examples: [[0, opening]] },
    )
    // A model in which nothing ever opens would prove nothing.
    expect(opened).toBeGreaterThan(0)
  })
})
