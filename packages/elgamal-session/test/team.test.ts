import { keeperOf, selfOf } from '@chartseal/elgamal-session/team'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { add, invite, keeperNamed, namesIn, remove, renew, teamOf, tell, World } from './team-world.js'

describe('a care team', () => {
  it('lets everybody write to all, and everybody see who is in it', async () => {
    const [okafor, adler, rosa] = teamOf(['Okafor', 'Adler', 'Rosa'])
    if (adler === undefined || rosa === undefined) throw new Error('three people')
    const all = [okafor, adler, rosa]
    tell(okafor, 'The dressing is changed at eight.', all)
    tell(rosa, 'It itches.', all)
    tell(adler, 'I will look at it.', all)
    expect(rosa.shown.texts).toEqual([
      'Okafor: The dressing is changed at eight.',
      'Adler: I will look at it.',
    ])
    expect(okafor.shown.texts).toEqual(['Rosa: It itches.', 'Adler: I will look at it.'])
    for (const one of all) expect(namesIn(one)).toEqual(['Okafor', 'Adler', 'Rosa'])
    expect(keeperOf(rosa.team)?.name).toBe('Okafor')
    expect(selfOf(rosa.team)).toMatchObject({ name: 'Rosa', role: 'patient', box: 'Rosa-box' })
  })

  it('gives a newcomer nothing of what came before', async () => {
    const [okafor, rosa] = teamOf(['Okafor', 'Rosa'])
    if (rosa === undefined) throw new Error('two people')
    const before = tell(okafor, 'before', [rosa])
    const { person: adler } = invite(okafor, 'Adler')
    const { commit, welcome } = add(okafor, adler)
    rosa.hear(commit)
    adler.welcome(welcome)
    expect(await codeOf(() => adler.hear(before))).toBe('team/before-joining')
    tell(rosa, 'after', [okafor, adler])
    expect(adler.shown.texts).toEqual(['Rosa: after'])
  })

  it('tells a newcomer that what is missing may be of before, and says so of nobody who knew of them', () => {
    const [okafor, rosa] = teamOf(['Okafor', 'Rosa'])
    if (rosa === undefined) throw new Error('two people')
    const { person: adler } = invite(okafor, 'Adler')
    const { commit, welcome } = add(okafor, adler)
    rosa.say('written before Rosa knew of Adler, as their first')
    rosa.hear(commit)
    adler.welcome(welcome)
    okafor.say('lost')
    for (const from of [rosa, okafor]) adler.hear(from.say('heard'))
    const { person: silva } = invite(okafor, 'Silva')
    const joined = add(okafor, silva)
    for (const one of [rosa, adler]) one.hear(joined.commit)
    silva.welcome(joined.welcome)
    silva.say('lost, too')
    adler.hear(silva.say('heard'))
    const missing = adler.shown.messages.map(({ missing: count, isMissingPerhapsEarlier }) => [
      count,
      isMissingPerhapsEarlier,
    ])
    expect(missing).toEqual([
      [1, true],
      [1, false],
      [1, false],
    ])
  })

  it('gives somebody who was removed nothing of what comes after, and tells them', async () => {
    const [okafor, adler, rosa] = teamOf(['Okafor', 'Adler', 'Rosa'])
    if (adler === undefined || rosa === undefined) throw new Error('three people')
    const copy = adler.stored.bytes
    const commit = remove(okafor, adler)
    expect(rosa.hear(commit)).toMatchObject([{ kind: 'changed', removed: [{ name: 'Adler' }], added: [] }])
    expect(adler.hear(commit)).toEqual([{ kind: 'removed', atEpoch: 4 }])
    const after = tell(okafor, 'after', [rosa])
    expect(await codeOf(() => adler.hear(after))).toBe('team/not-in')
    adler.stored.bytes = copy
    expect(adler.hear(after)).toMatchObject([{ kind: 'waiting' }])
    expect(namesIn(rosa)).toEqual(['Okafor', 'Rosa'])
  })

  it('marks what was sent before its sender knew of a removal', async () => {
    const [okafor, adler, rosa] = teamOf(['Okafor', 'Adler', 'Rosa'])
    if (adler === undefined || rosa === undefined) throw new Error('three people')
    const unknowing = rosa.say('Is somebody there?')
    remove(okafor, adler)
    okafor.hear(unknowing)
    expect(okafor.shown.messages[0]?.sentBefore).toEqual(['Adler'])
  })

  it('refuses what somebody writes after their removal', async () => {
    const [okafor, adler, rosa] = teamOf(['Okafor', 'Adler', 'Rosa'])
    if (adler === undefined || rosa === undefined) throw new Error('three people')
    const heard = adler.say('one')
    okafor.hear(heard)
    const unheard = adler.say('two')
    const commit = remove(okafor, adler)
    rosa.hear(commit)
    rosa.hear(heard)
    expect(rosa.shown.texts).toEqual(['Adler: one'])
    expect(await codeOf(() => rosa.hear(unheard))).toBe('team/after-removal')
    expect(await codeOf(() => okafor.hear(unheard))).toBe('team/after-removal')
  })

  it('says which messages are missing, and takes them late', async () => {
    const [okafor, rosa] = teamOf(['Okafor', 'Rosa'])
    if (rosa === undefined) throw new Error('two people')
    const [one, two, three, four] = ['1', '2', '3', '4'].map(text => okafor.say(text))
    if (!one || !two || !three || !four) throw new Error('four frames')
    rosa.hear(four)
    expect(rosa.shown.messages[0]?.missing).toBe(3)
    rosa.hear(two)
    rosa.hear(three)
    expect(rosa.hear(three)).toEqual([{ kind: 'known' }])
    rosa.hear(one)
    expect(rosa.shown.messages.map(({ isLate }) => isLate)).toEqual([false, true, true, true])
    expect(rosa.hear(one)).toEqual([{ kind: 'known' }])
  })

  it('keeps what comes before its commit, and shows it then', async () => {
    const [okafor, adler, rosa] = teamOf(['Okafor', 'Adler', 'Rosa'])
    if (adler === undefined || rosa === undefined) throw new Error('three people')
    const first = remove(okafor, adler)
    const between = okafor.say('between')
    const { person: silva } = invite(okafor, 'Silva')
    const { commit: second, welcome } = add(okafor, silva)
    silva.welcome(welcome)
    const last = silva.say('hello')
    for (const frame of [last, second, between]) expect(rosa.hear(frame)).toMatchObject([{ kind: 'waiting' }])
    rosa.hear(first)
    expect(rosa.shown.texts).toEqual(['Okafor: between', 'Silva: hello'])
    expect(namesIn(rosa)).toEqual(['Okafor', 'Silva', 'Rosa'])
  })

  it('welcomes a member again whose changes were lost', async () => {
    const [okafor, adler, rosa] = teamOf(['Okafor', 'Adler', 'Rosa'])
    if (adler === undefined || rosa === undefined) throw new Error('three people')
    remove(okafor, adler)
    const said = okafor.say('to you both')
    const { welcome } = add(okafor, rosa)
    rosa.hear(said)
    rosa.welcome(welcome)
    expect(rosa.shown.texts).toEqual(['Okafor: to you both'])
    tell(rosa, 'thank you', [okafor])
    expect(okafor.shown.texts).toEqual(['Rosa: thank you'])
  })

  it('gives a member another device, under another key', async () => {
    const [okafor, adler, rosa] = teamOf(['Okafor', 'Adler', 'Rosa'])
    if (adler === undefined || rosa === undefined) throw new Error('three people')
    const lost = rosa.stored.bytes
    const { person: phone } = invite(okafor, 'Rosa', true)
    const { commit, welcome } = add(okafor, phone)
    expect(adler.hear(commit)).toMatchObject([{ added: [{ name: 'Rosa' }], removed: [{ name: 'Rosa' }] }])
    phone.welcome(welcome)
    tell(phone, 'It is me.', [okafor, adler])
    rosa.stored.bytes = lost
    expect(await codeOf(() => adler.hear(rosa.say('It is not me.')))).toBe('team/after-removal')
    expect(adler.shown.texts).toEqual(['Rosa: It is me.'])
  })

  it('ends for somebody who leaves, and the others are told', async () => {
    const [okafor, adler, rosa] = teamOf(['Okafor', 'Adler', 'Rosa'])
    if (adler === undefined || rosa === undefined) throw new Error('three people')
    const farewell = adler.leave()
    expect(adler.team).toMatchObject({ phase: 'left', epochs: [], path: null })
    for (const one of [okafor, rosa])
      expect(one.hear(farewell)).toMatchObject([{ kind: 'left', person: { name: 'Adler' } }])
    expect(await codeOf(() => adler.say('one more thing'))).toBe('team/not-in')
  })
})

describe('an old copy', () => {
  it('of the keeper notices, writes nothing, and begins anew where nobody was', async () => {
    const [okafor, adler, rosa] = teamOf(['Okafor', 'Adler', 'Rosa'])
    if (adler === undefined || rosa === undefined) throw new Error('three people')
    const backup = okafor.stored.bytes
    tell(okafor, 'said after the backup', [rosa])
    const { person: silva } = invite(okafor, 'Silva')
    const { commit, welcome } = add(okafor, silva)
    silva.welcome(welcome)
    for (const one of [adler, rosa]) one.hear(commit)
    okafor.stored.bytes = backup
    const ahead = rosa.say('hello')
    expect(okafor.hear(ahead)).toEqual([{ kind: 'behind', heardEpoch: 4 }])
    expect(await codeOf(() => okafor.say('anything'))).toBe('team/behind')
    expect(await codeOf(() => remove(okafor, adler))).toBe('team/behind')
    for (const { pair, welcome: again } of renew(okafor))
      [adler, rosa].find(({ name }) => name === pair)?.welcome(again)
    tell(okafor, 'I am back.', [adler, rosa])
    expect(rosa.shown.texts.at(-1)).toBe('Okafor: I am back.')
    expect(namesIn(rosa)).toEqual(['Okafor', 'Adler', 'Rosa'])
    tell(rosa, 'good', [okafor, adler])
    expect(adler.shown.texts.at(-1)).toBe('Rosa: good')
    expect(silva.hear(rosa.say('without Silva'))).toMatchObject([{ kind: 'waiting' }])
  })

  it('of a member goes on behind the newest message of its own that it meets', async () => {
    const [okafor, rosa] = teamOf(['Okafor', 'Rosa'])
    if (rosa === undefined) throw new Error('two people')
    const backup = rosa.stored.bytes
    const said = tell(rosa, 'said after the backup', [okafor])
    rosa.stored.bytes = backup
    expect(rosa.hear(said)).toMatchObject([{ kind: 'message', message: { sequence: 1n } }])
    tell(rosa, 'next', [okafor])
    expect(okafor.shown.messages.map(({ sequence }) => sequence)).toEqual([1n, 2n])
  })

  it('that writes with a number it used shows as a second history', async () => {
    const [okafor, rosa] = teamOf(['Okafor', 'Rosa'])
    if (rosa === undefined) throw new Error('two people')
    const backup = rosa.stored.bytes
    tell(rosa, 'first', [okafor])
    rosa.stored.bytes = backup
    expect(await codeOf(() => okafor.hear(rosa.say('another first')))).toBe('team/forked')
  })

  it('of the keeper wraps under no pad, and comes to no key, that was used', () => {
    const [okafor, adler, rosa] = teamOf(['Okafor', 'Adler', 'Rosa'])
    if (adler === undefined || rosa === undefined) throw new Error('three people')
    const [backup, copy] = [okafor.stored.bytes, rosa.stored.bytes]
    const lives = [1, 2].map(() => {
      okafor.stored.bytes = backup
      rosa.stored.bytes = copy
      const commit = remove(okafor, adler)
      rosa.hear(commit)
      const { path, epochs } = rosa.member
      // Of a tree of one level a path ends with its root key and the key of the leaf; a commit has two wraps.
      const root = path?.reveal().slice(-64, -32) ?? new Uint8Array()
      return { wraps: commit.subarray(87, 151), root, key: epochs[0]?.key.reveal() }
    })
    const [one, two] = lives
    if (one === undefined || two === undefined) throw new Error('two lives')
    const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ (b[i] ?? 0))
    for (const at of [0, 32])
      expect(xor(one.wraps.slice(at, at + 32), two.wraps.slice(at, at + 32))).not.toEqual(
        xor(one.root, two.root),
      )
    const joins = [1, 2].map(() => {
      okafor.stored.bytes = backup
      const { person } = invite(okafor, 'Silva')
      add(okafor, person)
      return okafor.team.epochs[0]?.key.reveal()
    })
    expect(joins[0]).not.toEqual(joins[1])
  })

  it('of the keeper that commits shows as a second history to every member', async () => {
    const [okafor, adler, rosa] = teamOf(['Okafor', 'Adler', 'Rosa'])
    if (adler === undefined || rosa === undefined) throw new Error('three people')
    const backup = okafor.stored.bytes
    rosa.hear(remove(okafor, adler))
    okafor.stored.bytes = backup
    const { person: silva } = invite(okafor, 'Silva')
    const { commit } = add(okafor, silva)
    expect(await codeOf(() => rosa.hear(commit))).toBe('team/forked')
    expect(await codeOf(() => rosa.hear(okafor.say('in that history')))).toBe('team/forked')
  })
})

describe('keys of old epochs', () => {
  it('are destroyed after fourteen days, and at the latest after sixteen epochs', async () => {
    const world = new World()
    const [okafor, adler, rosa] = teamOf(['Okafor', 'Adler', 'Rosa'], world)
    if (adler === undefined || rosa === undefined) throw new Error('three people')
    const delayed = adler.say('delayed')
    rosa.hear(remove(okafor, adler))
    expect(rosa.team.epochs).toHaveLength(2)
    world.nowMs += 14 * 86_400_000 + 1
    rosa.hear(okafor.say('two weeks later'))
    expect(rosa.team.epochs).toHaveLength(1)
    expect(await codeOf(() => rosa.hear(delayed))).toBe('team/too-old')
    for (let i = 0; i < 20; i++) {
      const { person } = invite(okafor, `Locum${i}`)
      rosa.hear(add(okafor, person).commit)
    }
    expect(rosa.team.epochs).toHaveLength(17)
    expect(okafor.team.epochs).toHaveLength(17)
  })
})

describe('a keeper alone', () => {
  it('may write, and nobody is there to send it to', async () => {
    const okafor = keeperNamed('Okafor', new World())
    expect(okafor.say('a note')).toBeInstanceOf(Uint8Array)
  })
})
