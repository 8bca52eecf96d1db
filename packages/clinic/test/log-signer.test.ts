import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nameSuccessors, openLogKey } from '@chartseal/clinic/fs/log'
import {
  createOfficer,
  type GivenText,
  groupWords,
  handOnFolder,
  heldAfter,
  logOfficerError,
  parseHandOn,
  parseOfficers,
  parseTerms,
} from '@chartseal/clinic/fs/log-signer'
import { encodeBase64 } from '@chartseal/core/encoding'
import { systemRandom as random } from '@chartseal/core/system'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { parseVerifierKey, verifyCheckpoint } from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import {
  agreed,
  type Desks,
  folderOf,
  given,
  heldLog,
  makeLog,
  names,
  open,
  optionsOf,
  origin,
  type Place,
  publishedBy,
  shareAlone,
  world,
} from './log-officers-world.js'

// Those of a key that is being made are raised in log-making.test.ts.
const expectCode = codesRaised(logOfficerError, [
  'log-officer/bad-making',
  'log-officer/bad-threshold',
  'log-officer/no-making',
  'log-officer/other-making',
  'log-officer/wrong-part',
])

describe('the folder of a signer', () => {
  it('is opened from its own files, by one process', async () => {
    const place = await heldLog()
    using key = await openLogKey(place.path, origin)
    for (const [i, name] of names.entries()) {
      const { group, number, signer } = await open(place, name)
      expect([group.verifier.verifierKey, number, signer.size]).toEqual([key.verifierKey, i + 1, null])
    }
    expect(await codeOf(() => open(place, 'a'))).toBe('files/locked')
  })

  it('signs nothing without what it remembers, or before there is a share', async () => {
    const place = await agreed()
    await expectCode('log-officer/no-share', () => open(place, 'a'))
    const held = await heldLog()
    for (const name of ['seen', 'signed']) rmSync(join(held.base, 'a', name), { recursive: true })
    expect(await codeOf(() => open(held, 'a'))).toBe('log-signer/forgot')
  })

  it('opens with its passphrase alone, and takes nothing that was changed', async () => {
    const place = await heldLog()
    await expectCode('log-officer/sealed', () => open(place, 'a', { passphrase: null }))
    expect(await codeOf(() => open(place, 'a', { passphrase: 'another one' }))).toBe(
      'enrolment/wrong-passphrase',
    )
    await expectCode('log-officer/has-key', () => createOfficer('a', optionsOf(place, 'a')))
    await expectCode('log-officer/no-key', () => open(place, 'nobody'))
    for (const file of ['officer.key', 'share', 'group'])
      expect(statSync(join(place.base, 'a', file)).mode & 0o777).toBe(0o600)
    const file = join(place.base, 'b/share')
    const text = readFileSync(file, 'utf8')
    const flipped = text.replace(/.\n$/, last => (last === 'A\n' ? 'B\n' : 'A\n'))
    const ofOther = readFileSync(join(place.base, 'c/share'), 'utf8')
    for (const bad of [flipped, text.replace('v1', 'v2'), `${text}more`, '', ofOther]) {
      writeFileSync(file, bad)
      await expectCode('log-officer/bad-share', () => open(place, 'b'))
    }
    await expect(createOfficer('no name', optionsOf(place, 'x'))).rejects.toThrow(RangeError)
  })
})

describe('a key that is handed on to other officers', () => {
  const from = [1, 2]

  /** Two of three hand on to three others, of whom one is who was before; the files of both. */
  async function handedOn(
    place: Place,
    sign: (desks: Desks) => Promise<unknown> = desks => publishedBy(place, desks, 1),
  ) {
    const lines: string[] = []
    for (const [i, name] of ['d', 'e', 'f'].entries())
      lines.push(
        `${await createOfficer(name, { folder: folderOf(place, name), passphrase: null, ...world })} http://127.0.0.1:2/${i}`,
      )
    const officers = parseOfficers(lines.join('\n'))
    const desks: Desks = new Map()
    for (const name of ['a', 'b', 'c']) desks.set(`http://127.0.0.1:1/${name}`, await open(place, name))
    await sign(desks)
    for (const held of desks.values()) await held.close()
    const hand = (
      name: string,
      numbers: readonly number[] = from,
      known: readonly string[] = [],
    ): Promise<string> =>
      handOnFolder({
        ...optionsOf(place, name),
        from: numbers,
        threshold: 2,
        officers,
        known,
      })
    const handTo = (name: string, threshold: number): Promise<string> =>
      handOnFolder({ ...optionsOf(place, name), from, threshold, officers, known: [] })
    return {
      hand,
      handTo,
      files: [await hand('a'), await hand('b')].map((text, i) => ({ text, file: `${i}` })),
    }
  }

  it('signs as before, by those who came after, and those of before sign no more', async () => {
    const place = await heldLog()
    using before = await openLogKey(place.path, origin)
    const { files, hand } = await handedOn(place)
    for (const name of ['a', 'b']) await expectCode('log-officer/handed-on', () => open(place, name))
    const parsed = files.map(({ text, file }) => parseHandOn(text, file))
    await nameSuccessors(place.path, parsed, random)
    using after = await openLogKey(place.path, origin)
    expect([after.verifierKey, after.own.verifierKey]).toEqual([before.verifierKey, before.own.verifierKey])
    const desks: Desks = new Map()
    for (const [i, name] of ['d', 'e', 'f'].entries())
      desks.set(`http://127.0.0.1:2/${i}`, await open(place, name, { handedOn: files }))
    // They begin where those of before ended, and make what verifies under the key of before.
    expect([...desks.values()].map(({ signer }) => signer.size)).toEqual([1, 1, 1])
    const log = parseVerifierKey(before.verifierKey)
    expect(verifyCheckpoint(await publishedBy(place, desks, 2), { log }).size).toBe(2)
    // A new officer's folder is opened from its own files, and an old one hands on again when asked.
    for (const held of desks.values()) await held.close()
    expect((await open(place, 'e', { handedOn: files })).number).toBe(2)
    // Whoever was an officer before, and still is, does not go on with the share of before by mistake.
    await expectCode('log-officer/has-share', () => open(place, 'c', { handedOn: files }))
    expect(parseHandOn(await hand('a'), 'again').signer).toBe(1)
  })

  it('is handed on with somebody else where who began is left alone, but to no others', async () => {
    const place = await heldLog()
    let published = ''
    const { hand, handTo, files } = await handedOn(place, async desks => {
      published = await publishedBy(place, desks, 1)
    })
    // The second has lost its folder since: the first and the third hand on, to the same ones.
    const texts = [await hand('a', [1, 3], [published]), await hand('c', [1, 3], [published])]
    const others = texts.map(text => given(text))
    const desks: Desks = new Map()
    for (const [i, name] of ['d', 'e'].entries())
      desks.set(`http://127.0.0.1:2/${i}`, await open(place, name, { handedOn: others }))
    await nameSuccessors(
      place.path,
      others.map(({ text, file }) => parseHandOn(text, file)),
      random,
    )
    using key = await openLogKey(place.path, origin)
    const log = parseVerifierKey(key.verifierKey)
    expect(verifyCheckpoint(await publishedBy(place, desks, 2), { log }).size).toBe(2)
    // A new officer takes one share: it signs with nobody who took that of the first and second.
    for (const held of desks.values()) await held.close()
    await expectCode('log-officer/has-share', () => open(place, 'd', { handedOn: files }))
    await expectCode('log-officer/handed-on', () => handTo('a', 3))
  })

  it('shows who were given other files than the others: they read other words', async () => {
    const place = await heldLog()
    const { hand, files } = await handedOn(place)
    const wordsOf = (texts: readonly GivenText[]): string =>
      groupWords(heldAfter(texts.map(({ text, file }) => parseHandOn(text, file))))
    const [first, second] = files
    if (first === undefined || second === undefined) throw new Error('two hand it on')
    const again = given(await hand('b'))
    expect(wordsOf([first, again])).not.toBe(wordsOf([first, second]))
    expect(wordsOf([second, first])).toBe(wordsOf([first, second]))
  })

  it('begins no second history where a server had one officer sign another: all must have signed the same last', async () => {
    const place = await heldLog()
    let published = ''
    const { files, hand } = await handedOn(place, async desks => {
      const second = desks.get('http://127.0.0.1:1/b')
      desks.delete('http://127.0.0.1:1/b')
      published = await publishedBy(place, desks, 1)
      if (second === undefined) throw new Error('three were opened')
      desks.set('http://127.0.0.1:1/b', second)
      await shareAlone(place, second, 2)
    })
    const taken = (texts: readonly string[]) =>
      open(place, 'd', { handedOn: texts.map((text, i) => ({ text, file: `${i}` })) })
    await expectCode('log-officer/bad-hand-on', () => taken(files.map(({ text }) => text)))
    const others = [await hand('a', from, [published]), await hand('b', from, [published])]
    // What the log published is behind what the second one gave a share for: it stands by that.
    await expectCode('log-officer/bad-hand-on', () => taken(others))
  })

  it('begins with what the log published where somebody did not sign that', async () => {
    const place = await heldLog()
    let published = ''
    const { files, hand } = await handedOn(place, async desks => {
      const second = desks.get('http://127.0.0.1:1/b')
      await publishedBy(place, desks, 1)
      desks.delete('http://127.0.0.1:1/b')
      published = await publishedBy(place, desks, 2)
      if (second !== undefined) desks.set('http://127.0.0.1:1/b', second)
    })
    await expectCode('log-officer/bad-hand-on', () => open(place, 'd', { handedOn: files }))
    const texts = [await hand('a', from, [published]), await hand('b', from, [published])]
    const { signer } = await open(place, 'd', { handedOn: texts.map(text => ({ text, file: '' })) })
    expect(signer.size).toBe(2)
  })

  it('is not taken from files that are too few, changed, or of another log', async () => {
    const place = await heldLog()
    const { files, hand } = await handedOn(place)
    const [first, second] = files
    if (first === undefined || second === undefined) throw new Error('two hand it on')
    const take = (...given: readonly { text: string; file: string }[]) =>
      open(place, 'd', { handedOn: given })
    const swapped = (text: string): string => {
      const [label, json = ''] = text.split('\n')
      const parsed = JSON.parse(json)
      const [one, two, three] = parsed.parts
      return `${label}\n${JSON.stringify({ ...parsed, parts: [two, one, three] })}\n`
    }
    const bad = [
      [],
      [first],
      [first, first],
      [first, second, second],
      [first, { ...second, text: 'rubbish' }],
      [first, { ...second, text: second.text.replace('"v":1', '"v":2') }],
      [first, { ...second, text: second.text.replace('/0"', '/5"') }],
      [first, { ...second, text: second.text.replace('"from":[1,2]', '"from":[1,3]') }],
      [first, { ...second, text: second.text.replace(/"commitments":\["../, '"commitments":["00') }],
      [first, { ...second, text: swapped(second.text) }],
      files.map(({ text, file }) => ({ file, text: text.replace('log\\n1\\n', 'log\\n7\\n') })),
    ]
    for (const given of bad) {
      expect(given).not.toEqual(files)
      await expectCode('log-officer/bad-hand-on', () => take(...given))
    }
    // Nothing in it is for somebody else.
    await createOfficer('x', { folder: folderOf(place, 'x'), passphrase: null, ...world })
    await expectCode('log-officer/bad-hand-on', () => open(place, 'x', { handedOn: files }))
    const other = await makeLog()
    const parsed = files.map(({ text, file }) => parseHandOn(text, file))
    await expectCode('log-officer/bad-hand-on', () => nameSuccessors(other.path, parsed, random))
    expect(await codeOf(() => hand('c', [1, 2]))).toBe('frost/bad-group')
    expect(await codeOf(() => hand('c', [3]))).toBe('frost/bad-group')
    // Refused, it signs on.
    await open(place, 'c')
  })
})

describe('the texts around it', () => {
  it('names the line of the list that cannot be read', async () => {
    const { terms } = await agreed()
    const { officers } = parseTerms(terms)
    const [first = '', second = ''] = officers.map(
      ({ name, key, url }) => `${name} ${encodeBase64(key)} ${url}`,
    )
    const [name, key] = first.split(' ')
    const bad = [
      `${name} ${key}`,
      `${first} more`,
      `../a ${key} http://127.0.0.1:1`,
      `${name} AAAA http://127.0.0.1:1`,
      `${name} ${encodeBase64(new Uint8Array(64))} http://127.0.0.1:1`,
      `${name} ${encodeBase64(random.bytes(32))} http://127.0.0.1:1`,
      `${name} ${key} ftp://127.0.0.1`,
      `${name} ${key} http://127.0.0.1/?a=b`,
      `${name} ${key} nowhere`,
      second,
      second.replace(/^b /, 'd ').replace('/b', '/d'),
    ]
    for (const line of bad) {
      const error = await Promise.resolve()
        .then(() => parseOfficers(`# three\n\n${second}\n${line}\n`))
        .catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'log-officer/bad-list', context: { line: 4 } })
    }
    await expectCode('log-officer/bad-list', () => parseOfficers('rubbish'))
    expect(parseOfficers(`\uFEFF${first}\r\n${second}\r\n`)).toHaveLength(2)
  })

  it('reads no key of a log that is not as it was made', async () => {
    const { base, path } = await heldLog()
    const [digits = '', group = '', ...signers] = readFileSync(path, 'utf8').trimEnd().split('\n')
    const file = join(base, 'changed.key')
    const texts = [
      [digits.replace(/^./, one => (one === '0' ? '1' : '0')), group, ...signers],
      [digits, group, ...signers.slice(1)],
      [digits, group, ...signers.slice(1), 'signer x'],
      [digits, group, ...signers.slice(1), 'signer x nowhere'],
    ]
    for (const lines of texts) {
      writeFileSync(file, `${lines.join('\n')}\n`)
      await expectCode('log-officer/bad-key-file', () => openLogKey(file, origin))
    }
    writeFileSync(file, `${digits}\n{}\n`)
    expect(await codeOf(() => openLogKey(file, origin))).toBe('log-signer/bad-group')
  })
})
