import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, cliJson, emptyFolder } from './cli.js'

const secret = 'Grüße, 32 bytes'
const env = { CHARTSEAL_SECRET: secret }
const splitArgs = ['shares', 'split', '--threshold', '2', '--shares', '3', '--out-dir', 'out']
const share = (x: number, folder = 'out'): string => join(folder, `share-${x}.txt`)

async function splitFolder(...options: readonly string[]): Promise<string> {
  const cwd = emptyFolder()
  expect(await cli([...splitArgs, ...options], { cwd, env })).toMatchObject({ exitCode: 0 })
  return cwd
}

const textOf = (cwd: string, file: string): string => readFileSync(join(cwd, file), 'utf8')

/** Another character in the middle: its checksum does not hold any more. */
function scratch(cwd: string, file: string): void {
  const text = textOf(cwd, file)
  writeFileSync(join(cwd, file), text.slice(0, 100) + (text[100] === 'q' ? 'p' : 'q') + text.slice(101))
}

describe('chartseal shares', () => {
  it('writes one secret file for each custodian and a public description', async () => {
    const cwd = await splitFolder('--label', 'kit')
    expect(readdirSync(join(cwd, 'out')).sort()).toEqual([
      'share-1.txt',
      'share-2.txt',
      'share-3.txt',
      'share-set.cbor',
    ])
    expect(textOf(cwd, share(1))).toMatch(/^chartshare1[a-z0-9]+\n$/)
    expect(statSync(join(cwd, share(1))).mode & 0o777).toBe(0o600)
  })

  it('recovers the secret from any two, and from more', async () => {
    const cwd = await splitFolder()
    for (const xs of [
      [1, 2],
      [3, 1],
      [1, 2, 3],
    ]) {
      const ran = await cli(['shares', 'combine', ...xs.map(x => share(x))], { cwd })
      expect(ran).toEqual({ exitCode: 0, stdout: secret, stderr: '', asked: [] })
    }
  })

  it('as bytes, too, from stdin and for a secret without a text form', async () => {
    const cwd = await splitFolder('--format', 'bytes')
    const first = readFileSync(join(cwd, 'out/share-1.cbor'))
    const ran = await cli(['shares', 'combine', '-', 'out/share-2.cbor'], { cwd, stdin: first })
    expect(ran.stdout).toBe(secret)
    writeFileSync(join(cwd, 'large'), 'x'.repeat(5000))
    await cli([...splitArgs, '--force', '--secret-file', 'large'], { cwd })
    expect(
      (await cli(['shares', 'combine', 'out/share-1.cbor', 'out/share-3.cbor'], { cwd })).stdout.length,
    ).toBe(5000)
    const asText = [...splitArgs, '--force', '--secret-file', 'large', '--format', 'text']
    expect(await cliJson(asText, { cwd })).toMatchObject({ code: 'shamir/too-long-for-text' })
  })

  it('names damaged, unreadable and foreign shares, and goes on while enough remain', async () => {
    const [cwd, other] = [await splitFolder(), await splitFolder()]
    const stranger = join(other, share(1))
    scratch(cwd, share(2))
    const combine = ['shares', 'combine', '--set', 'out/share-set.cbor']
    const found = await cliJson([...combine, share(1), share(2), stranger, share(3)], { cwd })
    expect(found).toMatchObject({
      secret: Buffer.from(secret).toString('hex'),
      used: [1, 3],
      unreadable: [{ file: share(2), code: 'pasted/mistyped' }],
      strangers: [{ file: stranger, x: 1 }],
      damaged: [],
    })
    const ran = await cli([...combine, share(1), share(2), stranger, share(3)], { cwd })
    const mistyped = 'The share is incomplete, or at least one of its characters is mistyped.'
    expect(ran.stderr).toContain(`${share(2)}: ${mistyped} Left out. (pasted/mistyped)`)
    expect(ran.stderr).toContain(`${stranger}: left out, it belongs to the set`)
    expect(await cliJson(['shares', 'combine', share(2)], { cwd })).toMatchObject({ code: 'pasted/mistyped' })
    const few = await cli(['shares', 'combine', share(1), share(2)], { cwd })
    expect(few.stderr).toContain('(shamir/too-few-shares)')
    expect(await cliJson(['shares', 'combine', share(1), stranger], { cwd })).toMatchObject({
      code: 'shamir/mixed-sets',
    })
  })

  it('names a share whose value was changed behind its checksum', async () => {
    const cwd = await splitFolder('--format', 'bytes')
    const file = join(cwd, 'out/share-2.cbor')
    const bytes = readFileSync(file)
    const at = bytes.indexOf(Buffer.from('6179', 'hex')) + 8
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(file, bytes)
    const all = [1, 2, 3].map(x => `out/share-${x}.cbor`)
    const ran = await cli(['shares', 'combine', ...all], { cwd })
    expect(ran).toMatchObject({ exitCode: 0, stdout: secret })
    expect(ran.stderr).toBe('out/share-2.cbor: left out, share 2 was changed\n')
    expect(await cliJson(['shares', 'verify', 'out/share-2.cbor'], { cwd })).toMatchObject({
      code: 'shamir/damaged-share',
    })
  })

  it('lets no custodian choose the secret with a set of their own', async () => {
    const cwd = await splitFolder()
    const forged = [...splitArgs.slice(0, -1), 'forged']
    await cli(forged, { cwd, env: { CHARTSEAL_SECRET: 'chosen by Mallory' } })
    const files = [share(3), share(1, 'forged'), share(2, 'forged')]
    const ran = await cli(['shares', 'combine', ...files, '--out', 'got'], { cwd })
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' })
    expect(ran.stderr).toContain('(shamir/mixed-sets)')
    for (const file of files)
      expect(ran.stderr).toMatch(new RegExp(`${file}: share . of the set [0-9a-f]{32}`))
    expect(existsSync(join(cwd, 'got'))).toBe(false)
    const known = ['shares', 'combine', '--set', 'out/share-set.cbor', ...files]
    expect(await cliJson(known, { cwd })).toMatchObject({ code: 'shamir/too-few-shares' })
    expect((await cli([...known, share(2)], { cwd })).stdout).toBe(secret)
  })

  it('takes the same file twice, and foreign files twice beside a known set', async () => {
    const [cwd, other] = [await splitFolder(), await splitFolder()]
    const foreign = join(other, share(1))
    const twice = ['shares', 'combine', share(1), share(2), share(1)]
    expect((await cli(twice, { cwd })).stdout).toBe(secret)
    const known = [...twice, foreign, foreign, '--set', 'out/share-set.cbor']
    expect((await cli(known, { cwd })).stdout).toBe(secret)
  })

  it('combines only the set that is known, and verifies against it', async () => {
    const [cwd, other] = [await splitFolder(), await splitFolder()]
    const both = [share(1), share(2), join(other, share(1)), join(other, share(2))]
    expect(await cliJson(['shares', 'combine', ...both], { cwd })).toMatchObject({
      code: 'shamir/ambiguous-sets',
    })
    const set = ['--set', 'out/share-set.cbor']
    expect((await cli(['shares', 'combine', ...set, ...both], { cwd })).stdout).toBe(secret)
    const { root } = await cliJson(['shares', 'verify', ...set, share(1)], { cwd })
    const told = await cli(['shares', 'verify', '--root', `${root}`, share(3)], { cwd })
    expect(told).toMatchObject({ exitCode: 0 })
    expect(told.stdout).toContain('Share 3 of 3 is sound; 2 recover the secret.')
    expect((await cli(['shares', 'verify', share(3)], { cwd })).stdout).toContain('not compared')
    expect(await cliJson(['shares', 'verify', ...set, join(other, share(1))], { cwd })).toMatchObject({
      code: 'shamir/unknown-root',
    })
    for (const wrong of [
      ['--root', '00'],
      [...set, '--root', `${root}`],
    ])
      expect(await cli(['shares', 'verify', ...wrong, share(1)], { cwd })).toMatchObject({ exitCode: 2 })
  })

  const nbsp = '\u00a0'
  const spellings: Readonly<Record<string, (text: string) => string>> = {
    'blank lines around it': text => `\n\n  ${text}\n\n`,
    'no-break spaces around it': text => `${nbsp}${text.trim()}${nbsp}\n`,
    'a byte order mark': text => `\ufeff${text}`,
    'CRLF at its end': text => text.replace('\n', '\r\n'),
    'capitals, as QR codes have it': text => text.toUpperCase(),
    'line breaks inside': text => text.replace(/(.{60})/g, '$1\n'),
    'quotation marks of mail': text => text.replace(/(.{60})/g, '$1\n').replace(/^/gm, '> '),
    'quotes around it': text => `\u201c${text.trim()}\u201d`,
    'a name in front': text => `[12:04] Dr. Okafor: ${text}`,
    'a sentence around it': text => `Here is my share: ${text.trim()} Keep it well.`,
  }
  it.each(Object.entries(spellings))('reads a share with %s', async (_, spell) => {
    const cwd = await splitFolder()
    writeFileSync(join(cwd, 's'), spell(textOf(cwd, share(2))))
    expect(await cli(['shares', 'verify', 's'], { cwd })).toMatchObject({ exitCode: 0, stderr: '' })
    const ran = await cli(['shares', 'combine', share(1), 's'], { cwd })
    expect(ran).toMatchObject({ exitCode: 0, stdout: secret, stderr: '' })
  })

  it('reads two shares in one file, and refuses them where one is meant', async () => {
    const cwd = await splitFolder()
    writeFileSync(join(cwd, 'both'), textOf(cwd, share(1)) + textOf(cwd, share(3)))
    expect((await cli(['shares', 'combine', 'both'], { cwd })).stdout).toBe(secret)
    const verified = await cliJson(['shares', 'verify', 'both'], { cwd })
    expect(verified).toMatchObject({ shares: [{ x: 1 }, { x: 3 }] })
    const refused = await cli(['shares', 'qr', 'both'], { cwd })
    expect(refused).toMatchObject({ exitCode: 2 })
    expect(refused.stderr).toContain('both holds 2 shares')
  })

  it('says what is wrong with a text that holds no share', async () => {
    const cwd = await splitFolder()
    const text = textOf(cwd, share(1)).trim()
    const texts: readonly (readonly [string, string])[] = [
      ['', 'pasted/empty'],
      ['Dear Rosa', 'pasted/not-found'],
      [text.slice(0, -9), 'pasted/mistyped'],
      [`${text.slice(0, 60)}${text.slice(60).toUpperCase()}`, 'pasted/changed-case'],
    ]
    for (const [content, code] of texts) {
      writeFileSync(join(cwd, 'bad.txt'), content)
      const ran = await cli(['shares', 'verify', 'bad.txt'], { cwd })
      expect(ran.stderr).toMatch(/^chartseal: bad\.txt: /)
      expect(ran.stderr).toContain(`(${code})`)
      expect(ran.stderr).not.toContain(text.slice(20, 40))
    }
  })

  it('shows no secret and no share where it was not asked to, and replaces nothing without --force', async () => {
    const cwd = emptyFolder()
    const ran = await cli(splitArgs, { cwd, env })
    expect(ran.stdout).not.toContain('chartshare1')
    expect(ran.stdout).not.toContain(secret)
    const before = textOf(cwd, share(1))
    expect(await cli(splitArgs, { cwd, env })).toMatchObject({ exitCode: 2 })
    expect(textOf(cwd, share(1))).toBe(before)
  })

  it('tells shares of version 1 apart', async () => {
    const cwd = emptyFolder()
    await cli([...splitArgs, '--v1'], { cwd, env })
    const ran = await cli(['shares', 'combine', 'out/share-1.json', 'out/share-2.json'], { cwd })
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' })
    expect(ran.stderr).toContain('--v1')
  })

  it('writes no bytes to a terminal', async () => {
    const cwd = await splitFolder()
    const challenge = ['shares', 'drill', 'challenge', '--set', 'out/share-set.cbor']
    const refused = await cli(challenge, { cwd, isTerminal: true })
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
    expect(refused.stderr).toContain('--out')
    expect(await cli([...challenge, '--json'], { cwd, isTerminal: true })).toMatchObject({ exitCode: 0 })
  })

  it('draws a share as a QR code', async () => {
    const cwd = await splitFolder()
    expect(await cli(['shares', 'qr', share(1), '--out', 'a.svg'], { cwd })).toMatchObject({
      exitCode: 0,
      stdout: '',
    })
    expect(textOf(cwd, 'a.svg')).toMatch(/^<svg .*<\/svg>\n$/s)
    expect(statSync(join(cwd, 'a.svg')).mode & 0o777).toBe(0o600)
    expect((await cli(['shares', 'qr', share(1)], { cwd })).stdout).toMatch(/[▀▄█]/)
  })
})

describe('chartseal shares drill', () => {
  it('reports who answered and whose answers are missing', async () => {
    const cwd = await splitFolder()
    const made = ['shares', 'drill', 'challenge', '--set', 'out/share-set.cbor', '--out', 'c.cbor']
    expect(await cli(made, { cwd })).toMatchObject({ exitCode: 0 })
    for (const x of [1, 3]) {
      const answer = ['shares', 'drill', 'answer', '--challenge', 'c.cbor', share(x), '--out', `a-${x}.cbor`]
      expect(await cli(answer, { cwd })).toMatchObject({ exitCode: 0 })
    }
    const check = ['shares', 'drill', 'check', '--challenge', 'c.cbor', 'a-1.cbor', 'a-3.cbor']
    expect(await cliJson(check, { cwd })).toMatchObject({ answered: [1, 3], proven: [], missing: [2] })
    expect((await cli(check, { cwd })).stdout).toContain('No answer of 2.')
  })

  it('proves with a rehearsal that answers were given with the shares', async () => {
    const cwd = await splitFolder()
    const set = ['--set', 'out/share-set.cbor']
    await cli(['shares', 'drill', 'challenge', ...set, '--out', 'c.cbor'], { cwd })
    for (const x of [1, 2, 3]) {
      const answer = ['shares', 'drill', 'answer', '--challenge', 'c.cbor', share(x), '--out', `a-${x}.cbor`]
      expect(await cli(answer, { cwd })).toMatchObject({ exitCode: 0 })
    }
    const check = ['shares', 'drill', 'check', '--challenge', 'c.cbor', 'a-1.cbor', 'a-2.cbor', 'a-3.cbor']
    expect((await cli(check, { cwd })).stdout).toContain('shows with --rehearse')
    const rehearsed = await cliJson([...check, '--rehearse', share(1), share(2)], { cwd })
    expect(rehearsed).toMatchObject({ answered: [1, 2, 3], proven: [1, 2, 3], missing: [] })
    const few = await cliJson([...check, '--rehearse', share(1)], { cwd })
    expect(few).toMatchObject({ code: 'shamir/too-few-shares' })
  })

  it('refuses an old answer, a share of another set and a challenge for no set', async () => {
    const [cwd, other] = [await splitFolder(), await splitFolder()]
    for (const name of ['c', 'd'])
      await cli(['shares', 'drill', 'challenge', '--set', 'out/share-set.cbor', '--out', `${name}.cbor`], {
        cwd,
      })
    await cli(['shares', 'drill', 'answer', '--challenge', 'd.cbor', share(1), '--out', 'a.cbor'], { cwd })
    const check = ['shares', 'drill', 'check', '--challenge', 'c.cbor']
    expect(await cliJson([...check, 'a.cbor'], { cwd })).toMatchObject({ code: 'shamir/bad-drill' })
    expect(await cliJson([...check, 'c.cbor'], { cwd })).toMatchObject({ code: 'shamir/invalid-message' })
    const foreign = ['shares', 'drill', 'answer', '--challenge', 'c.cbor', join(other, share(1))]
    expect(await cliJson(foreign, { cwd })).toMatchObject({ code: 'shamir/unknown-root' })
    expect(await cli(['shares', 'drill', 'challenge'], { cwd })).toMatchObject({ exitCode: 2 })
  })
})

describe('chartseal shares mnemonic', () => {
  const hex = '00112233445566778899aabbccddeeff'
  const split = ['shares', 'mnemonic', 'split', '--hex', '--out-dir', 'words', '--group', '2of3']
  const world = (passphrase?: string) => ({
    cwd: emptyFolder(),
    env: {
      CHARTSEAL_SECRET: hex,
      ...(passphrase === undefined ? {} : { CHARTSEAL_MNEMONIC_PASSPHRASE: passphrase }),
    },
  })
  const words = (group: number, member: number): string => join('words', `mnemonic-${group}-${member}.txt`)
  const combine = ['shares', 'mnemonic', 'combine', '--hex']

  it('splits and recovers, with groups and a passphrase', async () => {
    const here = world('pass')
    const args = [...split, '--group', '1of1', '--group-threshold', '2']
    const { files } = await cliJson(args, here)
    expect(files).toEqual([words(1, 1), words(1, 2), words(1, 3), words(2, 1)])
    expect(textOf(here.cwd, words(1, 1))).toMatch(/^([a-z]+ ){19}[a-z]+\n$/)
    const enough = [words(1, 3), words(2, 1), words(1, 1)]
    expect((await cli([...combine, ...enough], here)).stdout).toBe(`${hex}\n`)
    writeFileSync(join(here.cwd, 'pass'), 'pass\n')
    const fromFile = [...combine, '--passphrase-file', 'pass', ...enough]
    expect(await cliJson(fromFile, { cwd: here.cwd })).toEqual({ secret: hex })
    expect(await cliJson([...combine, ...enough], { cwd: here.cwd })).not.toEqual({ secret: hex })
  })

  it('takes no passphrase of rings, and says where one of its own is needed', async () => {
    const here = world()
    const env = { ...here.env, CHARTSEAL_PASSPHRASE: 'of a ring' }
    const { stdout } = await cli(split, { ...here, env })
    expect(stdout).not.toContain('passphrase')
    expect(await cliJson([...combine, words(1, 1), words(1, 2)], here)).toEqual({ secret: hex })
    expect((await cli(split, world('pass'))).stdout).toContain('with the passphrase alone')
  })

  const spellings: Readonly<Record<string, (text: string) => string>> = {
    capitals: text => text.toUpperCase(),
    'a capital first': text => text.replace(/^./, first => first.toUpperCase()),
    'two spaces': text => text.replaceAll(' ', '  '),
    'no-break spaces': text => text.replaceAll(' ', '\u00a0 '),
    tabs: text => text.replaceAll(' ', '\t'),
    'one word a line': text => text.replaceAll(' ', '\n'),
    numbers: text =>
      text
        .split(' ')
        .map((word, i) => `${i + 1}. ${word}`)
        .join('\n'),
    'a byte order mark': text => `\ufeff${text}`,
    commas: text => text.replaceAll(' ', ', '),
    'first four letters': text =>
      text
        .split(' ')
        .map(word => word.slice(0, 4))
        .join(' '),
  }
  it.each(Object.entries(spellings))('reads mnemonics written with %s', async (_, spell) => {
    const here = world()
    await cli(split, here)
    writeFileSync(join(here.cwd, 'written'), spell(textOf(here.cwd, words(1, 2)).trim()))
    const ran = await cli([...combine, words(1, 1), 'written'], here)
    expect(ran).toMatchObject({ exitCode: 0, stdout: `${hex}\n` })
  })

  it('names the file and the place of a word that is not in the list, and suggests none', async () => {
    const here = world()
    await cli(split, here)
    const text = textOf(here.cwd, words(1, 2)).trim().split(' ')
    writeFileSync(join(here.cwd, 'written'), text.map((word, i) => (i === 6 ? 'acadamic' : word)).join(' '))
    const ran = await cli([...combine, words(1, 1), 'written'], here)
    expect(ran.stderr).toBe(
      'chartseal: written: Word 7 of the mnemonic is not in the list. (pasted/unknown-word)\n',
    )
    const other = world()
    await cli(split, other)
    const foreign = join(other.cwd, words(1, 2))
    const mixed = await cli([...combine, words(1, 1), foreign], here)
    expect(mixed.stderr).toContain(`chartseal: ${foreign}: `)
    expect(mixed.stderr).toContain('(slip39/mixed-sets)')
  })

  it('refuses too few by name, and groups that cannot be', async () => {
    const here = world()
    await cli(split, here)
    expect(await cliJson([...combine, words(1, 1)], here)).toMatchObject({ code: 'slip39/wrong-members' })
    for (const group of ['2', '0of1', '3of2', '1of2'])
      expect(await cli([...split.slice(0, -1), group, '--force'], here)).toMatchObject({ exitCode: 2 })
  })
})
