import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { holdTogether, nameSuccessors, openLogKey } from '@chartseal/clinic/fs/log'
import {
  createOfficer,
  type HeldSigner,
  handOnFolder,
  logOfficerError,
  parseHandOn,
  parseOfficers,
} from '@chartseal/clinic/fs/log-signer'
import { encodeBase64 } from '@chartseal/core/encoding'
import { systemRandom as random } from '@chartseal/core/system'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { parseVerifierKey, verifyCheckpoint } from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import {
  type Desks,
  deal,
  emptyFolder,
  folderOf,
  heldLog,
  open,
  origin,
  type Place,
  passphrase,
  publishedBy,
  shareAlone,
  shareOf,
  world,
} from './log-officers-world.js'

const expectCode = codesRaised(logOfficerError)

describe('a log that officers hold', () => {
  it('begins with a checkpoint of the key that each share is of, and leaves no key anywhere', async () => {
    const place = await heldLog()
    using key = await openLogKey(place.path, origin)
    const checkpoint = readFileSync(join(place.base, 'log/checkpoint'), 'utf8')
    expect(verifyCheckpoint(checkpoint, { log: parseVerifierKey(key.verifierKey) })).toMatchObject({
      size: 0,
      origin,
    })
    expect(key.together?.places.map(({ name, url }) => `${name} ${url}`)).toEqual(
      ['a', 'b', 'c'].map(name => `${name} http://127.0.0.1:1/${name}`),
    )
    for (const [i, name] of ['a', 'b', 'c'].entries()) {
      const { group, number, signer } = await open(place, name, { given: shareOf(place, name) })
      expect([group.verifier.verifierKey, number, signer.size]).toEqual([key.verifierKey, i + 1, null])
    }
    for (const file of [place.path, join(place.shares, 'a.share'), join(place.base, 'a/officer.key')])
      expect(statSync(file).mode & 0o777).toBe(0o600)
    // The share of one officer opens for nobody else.
    await expectCode('log-officer/has-share', () => open(place, 'a', { given: shareOf(place, 'b') }))
  })

  it('is dealt again where it was interrupted before anything was signed', async () => {
    const place = await heldLog()
    const before = readFileSync(place.path, 'utf8')
    rmSync(join(place.base, 'log'), { recursive: true })
    await deal(place)
    expect(readFileSync(place.path, 'utf8')).not.toBe(before)
    expect(readdirSync(place.shares).sort()).toEqual(['a.share', 'b.share', 'c.share'])
    await open(place, 'b', { given: shareOf(place, 'b') })
  })

  it('is not held by half of them, or fewer', async () => {
    const { base, list } = await heldLog()
    const [first = '', second = '', third = ''] = list.split('\n')
    const fourth = `d ${encodeBase64(random.bytes(32))} http://127.0.0.1:1/d`
    const four = [first, second, third, fourth]
    const cases: readonly (readonly [number, readonly string[]])[] = [
      [1, [first, second, third]],
      [4, [first, second, third]],
      [2, [first, second]],
      [2, four],
    ]
    for (const [threshold, lines] of cases) {
      const officers = parseOfficers(lines.join('\n'))
      const options = {
        ...world,
        origin,
        threshold,
        officers,
        path: join(base, 'k'),
        shares: join(base, 's'),
      }
      await expectCode('log-officer/bad-threshold', () => holdTogether(options, async () => undefined))
    }
    expect([existsSync(join(base, 'k')), existsSync(join(base, 's'))]).toEqual([false, false])
  })
})

describe('the folder of a signer', () => {
  it('is opened from its own files from the second time on, by one process', async () => {
    const place = await heldLog()
    await expectCode('log-officer/no-share', () => open(place, 'a'))
    const first = await open(place, 'a', { given: shareOf(place, 'a') })
    expect(await codeOf(() => open(place, 'a'))).toBe('files/locked')
    await first.close()
    rmSync(place.shares, { recursive: true })
    const again: HeldSigner = await open(place, 'a')
    expect(again.number).toBe(1)
    await again.close()
    // Without what it remembers, the share is of no use here.
    for (const name of ['seen', 'signed']) rmSync(join(place.base, 'a', name), { recursive: true })
    expect(await codeOf(() => open(place, 'a'))).toBe('log-signer/forgot')
  })

  it('takes no share after it was killed between its memory and the share, but the same one', async () => {
    const place = await heldLog()
    const given = shareOf(place, 'b')
    await (await open(place, 'b', { given })).close()
    rmSync(join(place.base, 'b/share'))
    await (await open(place, 'b', { given })).close()
    await deal({ ...place, base: emptyFolder() })
    rmSync(join(place.base, 'b/share'))
    expect(await codeOf(() => open(place, 'b', { given: shareOf(place, 'b') }))).toBe('log-signer/forgot')
  })

  it('opens with its passphrase alone, and takes nothing that was changed', async () => {
    const place = await heldLog()
    const given = shareOf(place, 'a')
    await expectCode('log-officer/sealed', () => open(place, 'a', { given, passphrase: null }))
    const wrong = 'another one'
    expect(await codeOf(() => open(place, 'a', { given, passphrase: wrong }))).toBe(
      'enrolment/wrong-passphrase',
    )
    await expectCode('log-officer/has-key', () =>
      createOfficer('a', { folder: folderOf(place, 'a'), passphrase, ...world }),
    )
    await expectCode('log-officer/no-key', () => open(place, 'nobody', { given }))
    const { text, file } = given
    const flipped = text.replace(/.\n$/, last => (last === 'A\n' ? 'B\n' : 'A\n'))
    for (const bad of [flipped, text.replace('v1', 'v2'), `${text}more`, '', shareOf(place, 'b').text])
      await expectCode('log-officer/bad-share', () => open(place, 'a', { given: { text: bad, file } }))
    await expect(
      createOfficer('no name', { folder: folderOf(place, 'x'), passphrase: null, ...world }),
    ).rejects.toThrow(RangeError)
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
    for (const name of ['a', 'b', 'c'])
      desks.set(`http://127.0.0.1:1/${name}`, await open(place, name, { given: shareOf(place, name) }))
    await sign(desks)
    for (const held of desks.values()) await held.close()
    const hand = (
      name: string,
      numbers: readonly number[] = from,
      known: readonly string[] = [],
    ): Promise<string> =>
      handOnFolder({
        folder: folderOf(place, name),
        passphrase: name === 'a' ? passphrase : null,
        ...world,
        from: numbers,
        threshold: 2,
        officers,
        known,
      })
    return {
      officers,
      hand,
      files: [await hand('a'), await hand('b')].map((text, i) => ({ text, file: `${i}` })),
    }
  }

  it('signs as before, by those who came after, and those of before sign no more', async () => {
    const place = await heldLog()
    using before = await openLogKey(place.path, origin)
    const { officers, files, hand } = await handedOn(place)
    for (const name of ['a', 'b']) await expectCode('log-officer/handed-on', () => open(place, name))
    const parsed = files.map(({ text, file }) => parseHandOn(text, file))
    await nameSuccessors(place.path, parsed, officers, random)
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
    await expectCode('log-officer/handed-on', () => hand('a', [1, 3]))
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
    const { files, officers, hand } = await handedOn(place)
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
      [first, { ...second, text: second.text.replace('"to":3', '"to":4') }],
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
    const other = await heldLog()
    const parsed = files.map(({ text, file }) => parseHandOn(text, file))
    await expectCode('log-officer/bad-hand-on', () => nameSuccessors(other.path, parsed, officers, random))
    await expectCode('log-officer/bad-hand-on', () =>
      nameSuccessors(place.path, parsed, officers.slice(1), random),
    )
    expect(await codeOf(() => hand('c', [1, 2]))).toBe('frost/bad-group')
    expect(await codeOf(() => hand('c', [3]))).toBe('frost/bad-group')
    // Refused, it signs on.
    await open(place, 'c')
  })
})

describe('the texts around it', () => {
  it('names the line of the list that cannot be read', async () => {
    const { list } = await heldLog()
    const [first = '', second = ''] = list.split('\n')
    const [name, key] = first.split(' ')
    const bad = [
      `${name} ${key}`,
      `${first} more`,
      `../a ${key} http://127.0.0.1:1`,
      `${name} AAAA http://127.0.0.1:1`,
      `${name} ${key} ftp://127.0.0.1`,
      `${name} ${key} http://127.0.0.1/?a=b`,
      `${name} ${key} nowhere`,
      second,
      second.replace(/^b /, 'd ').replace('/b/', '/d/'),
    ]
    for (const line of bad) {
      const error = await Promise.resolve()
        .then(() => parseOfficers(`# three\n\n${second}\n${line}\n`))
        .catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'log-officer/bad-list', context: { line: 4 } })
    }
    await expectCode('log-officer/bad-list', () => parseOfficers('rubbish'))
    expect(parseOfficers(`\uFEFF${list}\r\n`)).toHaveLength(3)
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
