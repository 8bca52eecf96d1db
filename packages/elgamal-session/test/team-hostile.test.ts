import { systemRandom } from '@chartseal/core/system'
import {
  addToTeam,
  createTeam,
  decodeTeam,
  inspectTeamFrame,
  inviteToTeam,
  maxTeamContentBytes,
  maxTeamPeople,
  peopleOf,
  sealForTeam,
  type TeamKeeper,
  takeTeamInvitation,
  teamAnswerOf,
  teamError,
  updateInTeam,
  welcomeAgain,
} from '@chartseal/elgamal-session/team'
import { codeOf, codesRaised, faultPlaces, hostileBytes, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { add, bodyOf, invite, keeperNamed, Person, remove, renew, teamOf, World } from './team-world.js'

const expectCode = codesRaised(teamError)

function three(): readonly [Person, Person, Person] {
  const [okafor, adler, rosa] = teamOf(['Okafor', 'Adler', 'Rosa'])
  if (adler === undefined || rosa === undefined) throw new Error('three people')
  return [okafor, adler, rosa]
}

function flipped(bytes: Uint8Array, place: number, bit: number): Uint8Array {
  return Uint8Array.from(bytes, (byte, i) => (i === place ? byte ^ bit : byte))
}

interface Forgery {
  readonly epochsAhead?: number
  /** Before its own. */
  readonly sequence?: bigint
  readonly content?: Uint8Array
}

/** What somebody in the thread can sign with their own key. */
function forged(person: Person, { epochsAhead = 0, sequence = 0n, content }: Forgery): Uint8Array {
  const { team, world } = person
  const [newest] = team.epochs
  if (newest === undefined) throw new Error('they are in')
  const epochs = [{ ...newest, epoch: newest.epoch + epochsAhead }]
  const body = { ...bodyOf('forged'), ...(content === undefined ? {} : { content }) }
  return sealForTeam({ ...team, epochs, own: { ...team.own, sequence } }, body, world).frame
}

/** Each change of a bit is refused with a code, and the state stays as it is. */
async function expectRefusedEverywhere(
  person: Person,
  bytes: Uint8Array,
  take: (changed: Uint8Array) => unknown,
): Promise<void> {
  const before = person.stored.bytes
  for (const place of faultPlaces(bytes.length, 40)) {
    // Of an epoch to come it may be by somebody who came then: it is kept, and refused when that is here.
    if (place >= 22 && place < 26) continue
    const code = await codeOf(() => take(flipped(bytes, place, 1 << (place % 8))))
    expect(code, `byte ${place}`).toMatch(/^(team|open|conference|encoding|cbor)\//)
    expect(person.stored.bytes).toEqual(before)
  }
}

describe('bytes that were changed', () => {
  it('are refused at every place of a message', async () => {
    const [okafor, , rosa] = three()
    const frame = okafor.say('Do not take the tablets of lot 7.')
    await expectRefusedEverywhere(rosa, frame, changed => rosa.hear(changed))
    rosa.hear(frame)
    expect(rosa.shown.texts).toHaveLength(1)
  })

  it('are refused at every place of a change', async () => {
    const [okafor, adler, rosa] = three()
    const commit = remove(okafor, adler)
    await expectRefusedEverywhere(rosa, commit, changed => rosa.hear(changed))
    rosa.hear(commit)
  })

  it('are no frame, no welcome and no state when they are any bytes', async () => {
    const [, , rosa] = three()
    await fc.assert(
      fc.asyncProperty(hostileBytes(), async bytes => {
        expect(await codeOf(() => rosa.hear(bytes))).toMatch(/^team\//)
        expect(await codeOf(() => rosa.welcome(bytes))).toBe('team/malformed')
        expect(await codeOf(() => decodeTeam(Uint8Array.from(bytes)))).toBe('team/malformed')
        expect(await codeOf(() => inspectTeamFrame(bytes))).toMatch(/^(accepted|team\/malformed)$/)
      }),
      propertyRuns(),
    )
  })

  it('are refused when a frame ends too early, has no epoch or no number, or is another version', async () => {
    const [okafor, , rosa] = three()
    const frame = okafor.say('text')
    await expectCode('team/malformed', () => rosa.hear(frame.subarray(0, 100)))
    await expectCode('team/malformed', () => rosa.hear(frame.with(4, 3)))
    await expectCode('team/malformed', () => rosa.hear(frame.with(5, 9)))
    await expectCode('team/malformed', () => rosa.hear(frame.with(25, 0)))
    await expectCode('team/malformed', () => rosa.hear(frame.with(37, 0)))
    await expectCode('team/malformed', () => rosa.hear(new Uint8Array(1_048_577)))
    expect(inspectTeamFrame(Uint8Array.of(1, 2, 3))).toBeNull()
  })
})

describe('a frame of somebody else', () => {
  it('is refused from another thread, and without a signature of the thread', async () => {
    const [okafor, adler, rosa] = three()
    const stranger = keeperNamed('Stranger', new World())
    await expectCode('team/other-thread', () => rosa.hear(stranger.say('hello')))
    const said = okafor.say('hello')
    await expectCode('team/wrong-signature', () => rosa.hear(flipped(said, said.length - 1, 1)))
    // The leaf of somebody else: nobody speaks as another.
    await expectCode('team/wrong-signature', () => rosa.hear(said.with(29, 1)))
    const commit = remove(okafor, adler)
    await expectCode('team/wrong-signature', () => rosa.hear(flipped(commit, commit.length - 1, 1)))
    await expectCode('team/wrong-signature', () => okafor.hear(flipped(commit, commit.length - 1, 1)))
    await expectCode('team/wrong-signature', () => okafor.hear(said.with(25, 9)))
  })

  it('is refused when its sender goes back to an earlier epoch', async () => {
    const [okafor, adler, rosa] = three()
    const before = rosa.stored.bytes
    const commit = remove(okafor, adler)
    rosa.hear(commit)
    okafor.hear(rosa.say('in the new epoch'))
    rosa.stored.bytes = before
    rosa.say('one')
    await expectCode('team/bad-message', () => okafor.hear(rosa.say('two, in the old one')))
  })

  it('is refused when it is a second history, also in the place of one that is missing', async () => {
    const [okafor, , rosa] = three()
    const before = okafor.stored.bytes
    const first = okafor.say('first')
    rosa.hear(okafor.say('second'))
    okafor.stored.bytes = before
    await expectCode('team/forked', () => rosa.hear(okafor.say('another first')))
    rosa.hear(first)
  })

  it('does not fill up a member who waits for the welcome, and comes in bounds', async () => {
    const okafor = keeperNamed('Okafor', new World())
    const { person: rosa } = invite(okafor, 'Rosa')
    for (let i = 0; i < 32; i++) rosa.hear(okafor.say(`${i}`))
    await expectCode('team/too-many-waiting', () => rosa.hear(okafor.say('one too many')))
    const waiting = rosa.stored.bytes
    const [frame = new Uint8Array()] = rosa.team.waiting
    expect(rosa.hear(frame)).toEqual([{ kind: 'known' }])
    expect(rosa.stored.bytes).toEqual(waiting)
    rosa.welcome(add(okafor, rosa).welcome)
    expect(rosa.shown.events.filter(({ kind }) => kind === 'refused')).toHaveLength(32)
  })

  it('takes no room from people of the thread when a stranger sent it', async () => {
    const [, adler, rosa] = three()
    const early = (): Uint8Array => forged(adler, { epochsAhead: 1, content: new Uint8Array(250_000) })
    const strange = (): Uint8Array => {
      const frame = early()
      return flipped(frame, frame.length - 1, 1)
    }
    for (let i = 0; i < 8; i++) rosa.hear(strange())
    await expectCode('team/too-many-waiting', () => rosa.hear(strange()))
    expect(rosa.hear(early())).toMatchObject([{ kind: 'waiting' }])
  })

  it('is refused by the keeper, who could begin no more epochs, when it is signed in one far ahead', async () => {
    const [okafor, , rosa] = three()
    const before = okafor.stored.bytes
    await expectCode('team/bad-message', () => okafor.hear(forged(rosa, { epochsAhead: 0xff00_0000 })))
    expect(okafor.stored.bytes).toEqual(before)
    expect(okafor.hear(forged(rosa, { epochsAhead: 1 }))).toEqual([{ kind: 'behind', heardEpoch: 4 }])
    renew(okafor)
    okafor.say('goes on')
  })

  it('has new keys made for all three times a day at most', async () => {
    const [okafor, adler, rosa] = three()
    for (let time = 0; time < 3; time++) {
      okafor.world.nowMs += 3_600_000
      expect(okafor.hear(forged(rosa, { epochsAhead: 1 }))).toMatchObject([{ kind: 'behind' }])
      // Said again before the keys are renewed it leads to nothing more.
      expect(okafor.hear(forged(rosa, { epochsAhead: 2 }))).toMatchObject([{ kind: 'behind' }])
      for (const { pair, welcome } of renew(okafor))
        [adler, rosa].find(({ name }) => name === pair)?.welcome(welcome)
    }
    const before = okafor.stored.bytes
    await expectCode('team/bad-message', () => okafor.hear(forged(rosa, { epochsAhead: 1 })))
    expect(okafor.stored.bytes).toEqual(before)
    // The keeper goes on, others are believed, and a commit of the keeper's own is a proof at any time.
    adler.hear(remove(okafor, rosa))
    expect(okafor.hear(forged(adler, { epochsAhead: 1 }))).toMatchObject([{ kind: 'behind' }])
    okafor.stored.bytes = before
    okafor.world.nowMs += 86_400_000
    expect(okafor.hear(forged(rosa, { epochsAhead: 1 }))).toMatchObject([{ kind: 'behind' }])
  })

  it('is refused with a number so far ahead that nobody could count what is missing', async () => {
    const [okafor, , rosa] = three()
    await expectCode('team/bad-message', () => okafor.hear(forged(rosa, { sequence: 2n ** 63n })))
    expect(okafor.hear(forged(rosa, { sequence: 1_000_000n }))).toMatchObject([
      { message: { missing: 1_000_000 } },
    ])
  })
})

describe('membership', () => {
  it('shows nothing of before, nothing after a removal, and nothing of keys that are gone', async () => {
    const [okafor, adler, rosa] = three()
    const delayed = adler.say('delayed')
    const unheard = adler.say('unheard')
    const { person: silva } = invite(okafor, 'Silva')
    const joined = add(okafor, silva)
    silva.welcome(joined.welcome)
    await expectCode('team/before-joining', () => silva.hear(delayed))
    for (const one of [adler, rosa]) one.hear(joined.commit)
    okafor.hear(delayed)
    rosa.hear(remove(okafor, adler))
    await expectCode('team/after-removal', () => rosa.hear(unheard))
    okafor.world.nowMs += 15 * 86_400_000
    rosa.hear(okafor.say('later'))
    await expectCode('team/too-old', () => rosa.hear(delayed))
    rosa.leave()
    await expectCode('team/not-in', () => rosa.hear(okafor.say('after they left')))
    await expectCode('team/not-in', () =>
      sealForTeam(invite(okafor, 'Osei').person.team, bodyOf('?'), okafor.world),
    )
  })

  it('refuses a welcome that is older, of another history, for another device or for who left', async () => {
    const [okafor, adler, rosa] = three()
    const old = okafor.stored.bytes
    const { welcome: older } = add(okafor, rosa)
    const commit = remove(okafor, adler)
    expect(rosa.hear(commit)).toMatchObject([{ kind: 'waiting' }])
    rosa.welcome(older)
    expect(rosa.shown.events.at(-1)).toMatchObject({ kind: 'changed', epoch: 4 })
    await expectCode('team/bad-welcome', () => rosa.welcome(older))
    const { welcome } = add(okafor, rosa)
    await expectCode('team/bad-welcome', () =>
      new Person('Other', takenBy(okafor), okafor.world).welcome(welcome),
    )
    okafor.stored.bytes = old
    remove(okafor, adler)
    const { welcome: forked } = welcomeAgain(okafor.keeper, 'Rosa', okafor.world)
    await expectCode('team/bad-welcome', () => rosa.welcome(forked))
    const stranger = keeperNamed('Stranger', new World())
    const { person } = invite(stranger, 'Rosa')
    await expectCode('team/other-thread', () => rosa.welcome(add(stranger, person).welcome))
    rosa.leave()
    await expectCode('team/not-in', () => rosa.welcome(forked))
  })

  it('comes back through no invitation that was open when they were removed', async () => {
    const [okafor, adler] = three()
    const { person: again } = invite(okafor, 'Adler', true)
    remove(okafor, adler)
    await expectCode('team/not-invited', () => add(okafor, again))
  })

  it('refuses a change that leaves a removal unsaid, or puts somebody in another place', async () => {
    const [okafor, adler, rosa] = three()
    const lying = updateInTeam(
      without(okafor.keeper, 'Adler'),
      okafor.signing,
      { name: 'Dr. Okafor' },
      okafor.world,
    )
    await expectCode('team/bad-commit', () => rosa.hear(lying.frame))
    await expectCode('team/bad-commit', () => adler.hear(lying.frame))
  })
})

/** A keeper who hides that somebody is there. */
function without(keeper: TeamKeeper, name: string): TeamKeeper {
  const [newest, ...older] = keeper.epochs
  if (newest === undefined) throw new Error('the keeper is in')
  const people = newest.people.filter(one => one.name !== name)
  return { ...keeper, epochs: [{ ...newest, people }, ...older] }
}

const takenBy = (keeper: Person): ReturnType<typeof takeTeamInvitation> =>
  takeTeamInvitation(
    inviteToTeam(keeper.keeper, { pair: 'other', name: 'Other', role: 'patient' }).invitation,
    keeper.world,
  )

describe('a caller of the keeper', () => {
  it('is refused for people who are in, who were not invited, or whom nobody can remove', async () => {
    const [okafor, adler, rosa] = three()
    const { keeper, world } = okafor
    await expectCode('team/is-in', () => invite(okafor, 'Rosa'))
    await expectCode('team/not-invited', () => addToTeam(keeper, 'nobody', teamAnswerOf(rosa.team), world))
    await expectCode('team/not-invited', () => welcomeAgain(keeper, 'nobody', world))
    await expectCode('team/unknown-person', () => remove(okafor, okafor))
    await expectCode('team/unknown-person', () => updateInTeam(keeper, new Uint8Array(32), {}, world))
    const { person: silva } = invite(okafor, 'Silva')
    const answer = teamAnswerOf(silva.team)
    const taken = { ...answer, signing: adler.signing }
    await expectCode('team/key-taken', () => addToTeam(okafor.keeper, 'Silva', taken, world))
    const noKey = { ...answer, signing: new Uint8Array(32) }
    await expectCode('team/malformed', () => addToTeam(okafor.keeper, 'Silva', noKey, world))
    const other = { ...answer, id: systemRandom.bytes(16) }
    await expectCode('team/other-answer', () => addToTeam(okafor.keeper, 'Silva', other, world))
  })

  it('is refused for what nobody could read, what is too large and what are too many', async () => {
    const world = new World()
    await expectCode('team/bad-text', () => createTeam({ title: '\u001b[2J', name: 'N' }, world))
    await expectCode('team/bad-text', () => createTeam({ title: 'T', name: ' ' }, world))
    for (const box of ['a b', '../devices/x', 'box?x', 'box#x', 'box%2f'])
      await expectCode('team/bad-text', () => createTeam({ title: 'T', name: 'N', box }, world))
    const okafor = keeperNamed('Okafor', world)
    const content = new Uint8Array(maxTeamContentBytes + 1)
    const seal = (body: Parameters<typeof sealForTeam>[1]) => () => sealForTeam(okafor.team, body, world)
    await expectCode('team/too-large', seal({ mediaType: 'a/b', content }))
    await expectCode('team/bad-text', seal({ mediaType: '', content: new Uint8Array() }))
    await expectCode('team/bad-text', seal({ ...bodyOf('x'), fileName: 'x'.repeat(257) }))
    for (let i = 1; i < maxTeamPeople; i++) invite(okafor, `P${i}`)
    await expectCode('team/too-many', () => invite(okafor, 'one too many'))
    const noKey = { id: new Uint8Array(16), title: 'T', keeperKey: new Uint8Array(32) }
    await expectCode('team/malformed', () => takeTeamInvitation(noKey, world))
  })

  it('is refused with an old copy, until it is renewed', async () => {
    const [okafor, adler, rosa] = three()
    const copy = okafor.stored.bytes
    rosa.hear(remove(okafor, adler))
    const ahead = rosa.say('ahead')
    const commit = okafor.keeper.commit
    okafor.stored.bytes = copy
    expect(okafor.hear(commit)).toEqual([{ kind: 'behind', heardEpoch: 4 }])
    okafor.stored.bytes = copy
    okafor.hear(ahead)
    await expectCode('team/behind', () => okafor.say('no'))
    await expectCode('team/behind', () => invite(okafor, 'Silva'))
  })

  it('tells people of one name apart', () => {
    const okafor = keeperNamed('Okafor', new World())
    const named = (pair: string): string => {
      const { seat, name } = inviteToTeam(okafor.keeper, { pair, name: 'Rosa', role: 'patient' })
      okafor.stored.put(seat)
      return name
    }
    expect([named('a'), named('b'), named('a')]).toEqual(['Rosa', 'Rosa (2)', 'Rosa'])
  })

  it('gives somebody another name and mailbox', () => {
    const [okafor, , rosa] = three()
    const { seat, frame } = updateInTeam(
      okafor.keeper,
      rosa.signing,
      { name: 'Rosa M.', box: 'new-box' },
      okafor.world,
    )
    okafor.stored.put(seat)
    rosa.hear(frame)
    expect(peopleOf(rosa.team).find(({ box }) => box === 'new-box')?.name).toBe('Rosa M.')
  })
})
