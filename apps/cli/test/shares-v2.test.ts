import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
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
    const found = await cliJson(['shares', 'combine', share(1), share(2), stranger, share(3)], { cwd })
    expect(found).toMatchObject({
      secret: Buffer.from(secret).toString('hex'),
      used: [1, 3],
      unreadable: [{ file: share(2), code: 'shamir/invalid-share' }],
      strangers: [{ file: stranger, x: 1 }],
      damaged: [],
    })
    const ran = await cli(['shares', 'combine', share(1), share(2), stranger, share(3)], { cwd })
    expect(ran.stderr).toContain(`${share(2)}: left out (shamir/invalid-share)`)
    expect(ran.stderr).toContain(`${stranger}: left out, it belongs to the set`)
    expect(await cliJson(['shares', 'combine', share(2)], { cwd })).toMatchObject({
      code: 'shamir/invalid-share',
    })
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
  it('proves that shares are there, and tells whose are missing', async () => {
    const cwd = await splitFolder()
    const made = ['shares', 'drill', 'challenge', '--set', 'out/share-set.cbor', '--out', 'c.cbor']
    expect(await cli(made, { cwd })).toMatchObject({ exitCode: 0 })
    for (const x of [1, 3]) {
      const answer = ['shares', 'drill', 'answer', '--challenge', 'c.cbor', share(x), '--out', `a-${x}.cbor`]
      expect(await cli(answer, { cwd })).toMatchObject({ exitCode: 0 })
    }
    const check = ['shares', 'drill', 'check', '--challenge', 'c.cbor', 'a-1.cbor', 'a-3.cbor']
    expect(await cliJson(check, { cwd })).toMatchObject({ proven: [1, 3], missing: [2] })
    expect((await cli(check, { cwd })).stdout).toContain('No answer of 2.')
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
    env: { CHARTSEAL_SECRET: hex, ...(passphrase === undefined ? {} : { CHARTSEAL_PASSPHRASE: passphrase }) },
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

  it('refuses too few by name, and groups that cannot be', async () => {
    const here = world()
    await cli(split, here)
    expect(await cliJson([...combine, words(1, 1)], here)).toMatchObject({ code: 'slip39/wrong-members' })
    for (const group of ['2', '0of1', '3of2', '1of2'])
      expect(await cli([...split.slice(0, -1), group, '--force'], here)).toMatchObject({ exitCode: 2 })
  })
})
