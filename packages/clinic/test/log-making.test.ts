import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openLogKey, serverOfTerms, takeGroup } from '@chartseal/clinic/fs/log'
import {
  beginMaking,
  complain,
  createOfficer,
  dealMaking,
  finishMaking,
  formatTerms,
  type GivenText,
  groupWords,
  judgeComplaint,
  type LogTerms,
  logOfficerError,
  parseGroup,
  parseTerms,
} from '@chartseal/clinic/fs/log-signer'
import { SigningKey } from '@chartseal/core/ed25519'
import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom as random } from '@chartseal/core/system'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { ed25519Signer, parseNote, parseVerifierKey, verifyCheckpoint } from '@chartseal/tlog'
import { beforeAll, describe, expect, it } from 'vitest'
import { officerKeyOf, signAs } from '../dist/fs/log-officer-key.js'
import {
  agreed,
  begunBy,
  copyOf,
  type Desks,
  dealtBy,
  folderOf,
  given,
  heldLog,
  keptFolder,
  names,
  ofAll,
  open,
  optionsOf,
  origin,
  type Place,
  publishedBy,
} from './log-officers-world.js'

// Those of a signer's folder and of handing on are raised in log-signer.test.ts.
const expectCode = codesRaised(logOfficerError, [
  'log-officer/bad-hand-on',
  'log-officer/bad-list',
  'log-officer/bad-share',
  'log-officer/handed-on',
  'log-officer/has-key',
  'log-officer/no-key',
  'log-officer/no-share',
  'log-officer/sealed',
])

const at = (files: readonly GivenText[], i: number): GivenText => files[i] ?? given('')
const begin = (place: Place, name: string, isAnew = false, terms = place.terms): Promise<string> =>
  beginMaking({ ...optionsOf(place, name), terms, isAnew })
const deal = (place: Pick<Place, 'base'>, name: string, begun: readonly GivenText[]): Promise<string> =>
  dealMaking({ ...optionsOf(place, name), begun })
const finish = (place: Pick<Place, 'base'>, name: string, dealt: readonly GivenText[]) =>
  finishMaking({ ...optionsOf(place, name), dealt })

/** A making in which all have dealt: made once, and copied by who changes it. */
interface Dealt {
  readonly place: Place
  readonly begun: readonly GivenText[]
  readonly dealt: readonly GivenText[]
}

let all: Dealt
const base = keptFolder()
beforeAll(async () => {
  const place = await agreed(base)
  const begun = await begunBy(place)
  all = { place, begun, dealt: await dealtBy(place, begun) }
})
const copied = (): Dealt => ({ ...all, place: { ...all.place, ...copyOf(all.place.base) } })

/** What the officers b and c, whose keys lie in their folders as they are, would say if they lied. */
function saidBy({ base }: Pick<Place, 'base'>, name: string, text: string): GivenText {
  using secret = new SecretBytes(readFileSync(join(base, name, 'officer.key')))
  return given(signAs(name, secret, text), `the file of ${name}`)
}

/** A note with its object changed, signed again by its officer. */
function changed(place: Place, name: string, { text }: GivenText, change: (json: Said) => object): GivenText {
  const [label = '', line = ''] = parseNote(text).text.split('\n')
  return saidBy(place, name, `${label}\n${JSON.stringify(change(JSON.parse(line)))}\n`)
}

interface Said {
  readonly parts: readonly string[]
  readonly begun: readonly string[]
  readonly [name: string]: unknown
}

describe('a key that nobody ever had', () => {
  it('is made by its officers, who read the same words, and signs the log', async () => {
    const { place, dealt } = copied()
    const done = []
    for (const name of names) done.push(await finish(place, name, dealt))
    expect(new Set(done.map(({ words }) => words)).size).toBe(1)
    expect(done[0]?.words.split(' ')).toHaveLength(20)
    const groups = done.map(({ note }, i) => given(note, `${i}.group`))
    const held = parseGroup(groups)
    expect(groupWords(held)).toBe(done[0]?.words)
    await takeGroup(place.path, origin, held, random)
    using key = await openLogKey(place.path, origin)
    const log = parseVerifierKey(key.verifierKey)
    const desks: Desks = new Map()
    for (const name of ['a', 'c']) desks.set(`http://127.0.0.1:1/${name}`, await open(place, name))
    expect(verifyCheckpoint(await publishedBy(place, desks, 1), { log }).size).toBe(1)
    // Nothing of the making is left, and no other one begins here.
    for (const name of names) expect(existsSync(join(place.base, name, 'making'))).toBe(false)
    for (const held of desks.values()) await held.close()
    await expectCode('log-officer/has-share', () => begin(place, 'a', true))
    await expectCode('log-officer/no-making', () => deal(place, 'a', all.begun))
  })

  it('goes on at each step as often as it is asked, with the same words, and in no other order', async () => {
    const place = await agreed()
    await expectCode('log-officer/no-making', () => deal(place, 'b', []))
    const begun = await begunBy(place)
    expect(await begin(place, 'b')).toBe(at(begun, 1).text)
    const mailed = given(place.terms.text.replaceAll('\n', '\r\n'))
    expect(await begin(place, 'b', false, mailed)).toBe(at(begun, 1).text)
    await expectCode('log-officer/no-making', () => finish(place, 'b', []))
    const dealt = await dealtBy(place, begun)
    expect(await deal(place, 'b', [...begun].reverse())).toBe(at(dealt, 1).text)
    const { note } = await finish(place, 'b', dealt)
    expect((await finish(place, 'b', [])).note).toBe(note)
  })

  it('is not begun with other terms, dealt twice for other beginnings, or made by two processes at once', async () => {
    const { place, begun } = copied()
    const terms = parseTerms(place.terms)
    const others = given(formatTerms({ ...terms, threshold: 3 }))
    await expectCode('log-officer/other-making', () => begin(place, 'b', false, others))
    const second = await begin({ ...place, base: copyOf(place.base).base }, 'c', true)
    expect(second).not.toBe(at(begun, 2).text)
    const mixed = [at(begun, 0), at(begun, 1), given(second)]
    await expectCode('log-officer/other-making', () => deal(place, 'b', mixed))
    // Its own beginning is the one in its folder.
    await expectCode('log-officer/bad-making', () => deal(place, 'c', mixed))
    const both = await Promise.allSettled([begin(place, 'b', true), begin(place, 'b', true)])
    const refused = both.flatMap(one => (one.status === 'rejected' ? [one.reason] : []))
    // Of two that race both may be refused; both never get it.
    expect(refused.map(({ code }) => code)).toEqual(refused.map(() => 'files/locked'))
    expect(refused.length).toBeGreaterThan(0)
    await begin(place, 'b', true)
    // Begun anew, it deals for what it said last alone.
    await expectCode('log-officer/bad-making', () => deal(place, 'b', begun))
  })

  it('is finished by whoever died at any step, and by whoever deals again from an older copy', async () => {
    const { place, dealt } = copied()
    const folder = folderOf(place, 'b')
    const before = copyOf(folder).base
    const { note } = await finish(place, 'b', dealt)
    // In this order they become durable; whoever dies has a part of them, and what was being made.
    for (const there of [[], ['seen'], ['seen', 'signed'], ['seen', 'signed', 'share']]) {
      const died = copyOf(before).base
      for (const one of there) cpSync(join(folder, one), join(died, one), { recursive: true })
      const again = await finishMaking({ ...optionsOf(place, 'b'), folder: died, dealt })
      expect(again.note).toBe(note)
    }
    const died = copyOf(before).base
    for (const one of ['seen', 'signed', 'share', 'group'])
      cpSync(join(folder, one), join(died, one), { recursive: true })
    expect((await finishMaking({ ...optionsOf(place, 'b'), folder: died, dealt })).note).toBe(note)
    expect(existsSync(join(died, 'making'))).toBe(false)

    const fresh = await agreed()
    const begun = await begunBy(fresh)
    const older = copyOf(folderOf(fresh, 'c')).base
    const first = await dealtBy(fresh, begun)
    const resealed = given(await dealMaking({ ...optionsOf(fresh, 'c'), folder: older, begun }))
    expect(resealed.text).not.toBe(at(first, 2).text)
    const [one, two] = [
      await finish(fresh, 'a', first),
      await finish(fresh, 'b', [at(first, 0), at(first, 1), resealed]),
    ]
    expect(two.words).toBe(one.words)
  })

  it('is made anew by whoever has a share that signed nothing, or died behind its memory', async () => {
    const { place, dealt } = copied()
    const folder = folderOf(place, 'b')
    const died = copyOf(place.base)
    await finish(place, 'b', dealt)
    cpSync(join(folder, 'seen'), join(folderOf(died, 'b'), 'seen'), { recursive: true })
    await expectCode('log-officer/has-share', () => begin(place, 'b'))
    for (const one of [place, { ...place, ...died }]) {
      const begun = await ofAll(name => begin(one, name, true))
      const again = await finish(one, 'b', await dealtBy(one, begun))
      expect(again.words.split(' ')).toHaveLength(20)
      expect((await open(one, 'b')).signer.signed).toBe('')
    }
  })

  it('takes no share beside another one', async () => {
    const { place, dealt } = copied()
    const twin = { ...place, ...copyOf(place.base) }
    const begun = await ofAll(name => begin(twin, name, true))
    await finish(twin, 'b', await dealtBy(twin, begun))
    for (const one of ['seen', 'signed', 'share'])
      cpSync(join(folderOf(twin, 'b'), one), join(folderOf(place, 'b'), one), { recursive: true })
    await expectCode('log-officer/has-share', () => finish(place, 'b', dealt))
  })
})

describe('an officer who lies', () => {
  it('is named by everybody where a part was wrong; the making is over', async () => {
    const { place, begun, dealt } = copied()
    const wrong = changed(place, 'b', at(dealt, 1), json => ({
      ...json,
      parts: [json.parts[2], json.parts[1], json.parts[0]],
    }))
    const files = [at(dealt, 0), wrong, at(dealt, 2)]
    for (const name of ['a', 'c'])
      await expect(finish(place, name, files)).rejects.toMatchObject({
        code: 'log-officer/wrong-part',
        context: { dealer: 'b' },
      })
    await expectCode('log-officer/wrong-part', () => finish(place, 'a', files))
    const complaint = given(await complain({ ...optionsOf(place, 'a'), dealt: wrong }), 'a.complaint')
    expect(await complain({ ...optionsOf(place, 'a'), dealt: wrong })).toBe(complaint.text)
    const { terms } = place
    expect(judgeComplaint({ terms, begun, dealt: wrong, complaint }).liar).toBe('b')
    // Everybody can read what was sealed for who complained, so no key is made of it any more.
    await expectCode('log-officer/other-making', () => finish(place, 'a', dealt))
    await expectCode('log-officer/other-making', () => deal(place, 'a', begun))
    await expectCode('log-officer/other-making', () => begin(place, 'a'))
    expect(await begin(place, 'a', true)).not.toBe(at(begun, 0).text)
    // Nor is there a complaint once there is a share.
    const third = copied().place
    await finish(third, 'c', dealt)
    await expectCode('log-officer/has-share', () => complain({ ...optionsOf(third, 'c'), dealt: wrong }))
  })

  it('is named where the part that was complained of is right', async () => {
    const { place, begun, dealt } = copied()
    const { terms } = place
    await expectCode('log-officer/bad-making', () =>
      complain({ ...optionsOf(place, 'b'), dealt: at(dealt, 2) }),
    )
    // c gives b a wrong part, and b complains of a in its place, as only a program of its own can.
    const wrong = changed(place, 'c', at(dealt, 2), json => ({
      ...json,
      parts: [...json.parts.slice(1), ...json.parts.slice(0, 1)],
    }))
    const right = given(await complain({ ...optionsOf(place, 'b'), dealt: wrong }), 'b.complaint')
    const judged = (complaint: GivenText, about = 0): string =>
      judgeComplaint({ terms, begun, dealt: at(dealt, about), complaint }).liar
    expect(judgeComplaint({ terms, begun, dealt: wrong, complaint: right }).liar).toBe('c')
    expect(judged(changed(place, 'b', right, json => ({ ...json, dealer: 1 })))).toBe('b')
    const otherKey = { dealer: 1, key: '11'.repeat(32) }
    expect(judged(changed(place, 'b', right, json => ({ ...json, ...otherKey })))).toBe('b')
    // Of files that do not belong together nothing is said.
    const bad: readonly (() => unknown)[] = [
      () => judged(right),
      () => judged(changed(place, 'b', right, json => ({ ...json, dealer: 4 }))),
      () => judged(changed(place, 'b', right, json => ({ ...json, key: '11' }))),
      () =>
        judged(
          changed(place, 'b', right, json => ({ ...json, begun: [...json.begun].reverse() })),
          2,
        ),
      () =>
        judged(
          changed(place, 'c', right, json => json),
          2,
        ),
    ]
    for (const one of bad) await expectCode('log-officer/bad-making', one)
  })

  it('is found who shows two beginnings, by the others as soon as they have dealt', async () => {
    const place = await agreed()
    const begun = await begunBy(place)
    const twin = { ...place, base: copyOf(place.base).base }
    const other = [at(begun, 0), at(begun, 1), given(await begin(twin, 'c', true))]
    const first = given(await deal(place, 'a', begun), 'a.dealt')
    const second = given(await deal(place, 'b', other), 'b.dealt')
    const own = given(await deal(place, 'c', begun), 'c.dealt')
    const said = await finish(place, 'a', [first, second, own]).catch((error: unknown) => error)
    expect(said).toMatchObject({
      code: 'log-officer/bad-making',
      context: { file: 'b.dealt', reason: expect.stringContaining('another beginning of c') },
    })
  })

  it('gives nothing that is taken with a part missing, twice, or of somebody else', async () => {
    const { place, begun, dealt } = copied()
    const [first, second, third] = [at(begun, 0), at(begun, 1), at(begun, 2)]
    const fresh = await agreed()
    const bad: readonly (readonly GivenText[])[] = [
      [first, second],
      [first, second, second],
      [...begun, third],
      [first, second, given(at(dealt, 2).text)],
      [first, second, given('rubbish')],
      [first, second, given(third.text.replace('"signer":3', '"signer":2'))],
      [first, second, changed(place, 'b', third, json => json)],
      [first, second, changed(place, 'c', third, json => ({ ...json, v: 2 }))],
      [first, second, changed(place, 'c', third, json => ({ ...json, more: 1 }))],
      [first, second, changed(place, 'c', third, json => ({ ...json, key: '00' }))],
      [first, second, changed(place, 'c', third, json => ({ ...json, terms: '00'.repeat(32) }))],
      [first, second, changed(place, 'c', third, json => ({ ...json, proof: '00'.repeat(64) }))],
      [first, second, given(await begin(fresh, 'c'))],
    ]
    for (const files of bad) await expectCode('log-officer/bad-making', () => deal(place, 'a', files))
    // A key for which nothing can be sealed.
    const small = changed(place, 'c', third, json => ({ ...json, key: '00'.repeat(32) }))
    const anew = { ...place, base: copyOf(place.base).base }
    const own = given(await begin(anew, 'a', true))
    await expectCode('log-officer/bad-making', () => deal(anew, 'a', [own, second, small]))
    const short = changed(place, 'c', at(dealt, 2), json => ({ ...json, parts: json.parts.slice(1) }))
    const lost = changed(place, 'c', at(dealt, 2), json => ({ ...json, parts: ['AA==', 'AA==', 'AA=='] }))
    await expectCode('log-officer/bad-making', () => finish(place, 'a', [at(dealt, 0), at(dealt, 1), short]))
    await expectCode('log-officer/wrong-part', () => finish(place, 'a', [at(dealt, 0), at(dealt, 1), lost]))
  })
})

describe('what officers agree on', () => {
  const termsWith = (more: Partial<LogTerms>): GivenText =>
    given(formatTerms({ ...parseTerms(all.place.terms), ...more }))

  it('is read as it was written, and not with half of them or fewer', async () => {
    const { place } = all
    const terms = parseTerms(place.terms)
    expect(formatTerms(terms)).toBe(place.terms.text)
    expect(parseTerms(given(`\uFEFF${place.terms.text.replaceAll('\n', '\r\n')}`))).toEqual(terms)
    const { officers } = terms
    for (const more of [{ threshold: 1 }, { threshold: 4 }, { officers: officers.slice(1) }])
      await expectCode('log-officer/bad-threshold', () => parseTerms(termsWith(more)))
    const { text } = place.terms
    const bad = [
      'rubbish',
      text.replace('v1', 'v2'),
      text.replace('"v":1', '"v":2'),
      text.replace('{', '{ '),
      text.replace('"origin":"c', '"origin":"d'),
      `${text}more`,
    ]
    for (const one of bad) await expectCode('log-officer/bad-making', () => parseTerms(given(one)))
    // Whoever is not among them makes nothing.
    const alone = { base: copyOf(folderOf(place, 'b')).base }
    await createOfficer('x', { ...optionsOf(alone, 'x'), passphrase: null })
    await expectCode('log-officer/bad-making', () => begin({ ...place, ...alone }, 'x'))
  })

  it('is read out in other words where anything of it is other', async () => {
    const { place, dealt } = copied()
    const groups = await ofAll(async name => (await finish(place, name, dealt)).note)
    const held = parseGroup(groups)
    const { officers } = held
    const swapped = officers.map((one, i) => ({ ...one, key: officers[2 - i]?.key ?? one.key }))
    const moved = officers.map(one => ({ ...one, url: `${one.url}x` }))
    const words = [officers, swapped, moved].map(of => groupWords({ ...held, officers: of }))
    expect(new Set(words).size).toBe(3)
  })

  it('is taken by the server once all have signed the same, for its own key and log', async () => {
    const { place, dealt } = copied()
    const groups = await ofAll(async name => (await finish(place, name, dealt)).note)
    const held = parseGroup([...groups].reverse())
    const other = await heldLog()
    const stranger = given(readFileSync(join(other.base, 'c/group'), 'utf8'))
    for (const files of [[], groups.slice(1), [at(groups, 0), at(groups, 1), stranger]])
      await expectCode('log-officer/bad-making', () => parseGroup(files))
    const [label = '', line = ''] = parseNote(at(groups, 1).text).text.split('\n')
    const json = JSON.parse(line)
    for (const change of [{ more: 1 }, { officers: json.officers.slice(1) }]) {
      const text = `${label}\n${JSON.stringify({ ...json, ...change })}\n`
      await expectCode('log-officer/bad-making', () => parseGroup([saidBy(place, 'b', text)]))
    }
    const take = (path: string, name = origin): Promise<void> => takeGroup(path, name, held, random)
    expect(await codeOf(() => openLogKey(place.path, origin))).toBe('log-officer/bad-key-file')
    const nobody = join(place.base, 'other.key')
    await expectCode('log-officer/bad-key-file', () => take(nobody))
    await serverOfTerms(nobody, origin, random)
    await expectCode('log-officer/bad-making', () => take(nobody))
    await expectCode('log-officer/bad-making', () => take(place.path, 'other.example/log'))
    const { server } = parseTerms(place.terms)
    expect(await serverOfTerms(place.path, origin, random)).toBe(server)
    await take(place.path)
    // Corrected by the operator since, it stays; and the log has its key now.
    const text = readFileSync(place.path, 'utf8').replace('/a', '/moved')
    writeFileSync(place.path, text)
    await take(place.path)
    expect(readFileSync(place.path, 'utf8')).toBe(text)
    await expectCode('log-officer/bad-key-file', () => serverOfTerms(place.path, origin, random))
    await expectCode('log-officer/bad-key-file', () => take(other.path))
    rmSync(nobody)
    using alone = SigningKey.generate(random)
    const own = ed25519Signer(origin, alone).verifierKey
    expect(parseTerms(termsWith({ server: own })).server).toBe(own)
  })

  it('names two keys of each officer, who has one secret', () => {
    const secret = new SecretBytes(new Uint8Array(32).fill(7))
    expect(officerKeyOf(secret)).toHaveLength(64)
    secret.wipe()
    expect(() => officerKeyOf(secret)).toThrow()
  })
})
