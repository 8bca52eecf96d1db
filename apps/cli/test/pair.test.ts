import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { clinicError } from '@chartseal/clinic'
import { ChartsealError } from '@chartseal/core/errors'
import { codesRaised } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import type { Ran } from './cli.js'
import { codeIn } from './codes.js'
import { createBoth, dayMs, keep, light, opened, pairedPlace, pairUp, place, sealed } from './ring-world.js'

const minuteMs = 60_000

describe('chartseal pair', () => {
  it('makes one ring out of two folders: what one seals the other opens', async () => {
    const pair = place()
    await pairUp(pair)
    const message = await sealed(pair, 'BP 120/80')
    expect(await opened(pair, message)).toMatchObject({ exitCode: 0, stdout: 'BP 120/80' })
    expect((await opened(pair, await sealed(pair, 'Thank you', 'rosa'), 'okafor')).stdout).toBe('Thank you')
  })

  it('shows a QR in the terminal, writes it as PNG or SVG, and reads the PNG', async () => {
    const pair = place()
    await createBoth(pair)
    const shown = await pair.run(['pair', 'show', 'okafor'])
    expect(shown.stdout).toMatch(/[█▀▄]{8}/)
    for (const file of ['code.svg', 'code.png']) {
      const ran = await pair.run(['pair', 'show', 'okafor', '--out', file])
      expect(ran.stdout).toMatch(new RegExp(`^${file} holds the code. .* delete it once it was read`))
      expect(ran.stdout).not.toMatch(/[█▀▄]|chartseal-pair:/)
      expect(statSync(join(pair.cwd, file)).mode & 0o777).toBe(0o600)
    }
    expect(readFileSync(join(pair.cwd, 'code.svg'), 'utf8')).toMatch(/^<svg/)
    const accepted = await pair.run(['pair', 'accept', 'rosa', 'code.png'])
    expect(accepted).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^chartseal-answer:/) })
    const taken = await pair.run(['pair', 'show', 'okafor', '--answer', '-'], { stdin: accepted.stdout })
    expect(taken.stdout).toMatch(/^chartseal-reveal:.*\n.*"Rosa".*\d{4} \d{4}\n$/)
    expect((await pair.run(['pair', 'show', 'okafor', '--out', 'code.gif'])).exitCode).toBe(2)
    keep(pair, 'blank.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2]))
    expect(codeIn(await pair.run(['pair', 'accept', 'rosa', 'blank.png']))).toBe('pairing/no-qr')
  })

  it('keeps the digits out of the file that is sent', async () => {
    const pair = place()
    await createBoth(pair)
    await pair.run(['pair', 'show', 'okafor', '--out', 'code.png'])
    await pair.run(['pair', 'accept', 'rosa', 'code.png', '--out', 'answer.txt'])
    const shown = await pair.run([
      ...['pair', 'show', 'okafor', '--answer', 'answer.txt'],
      ...['--out', 'reveal.txt'],
    ])
    expect(shown.stdout).toMatch(/^Send reveal\.txt to "Rosa"\. .* \d{4} \d{4}\n$/)
    expect(readFileSync(join(pair.cwd, 'reveal.txt'), 'utf8')).toMatch(/^chartseal-reveal:[\w-]{128}\n$/)
    const read = await pair.run(['pair', 'accept', 'rosa', '--reveal', 'reveal.txt'])
    expect(read.stdout.match(/\d{4} \d{4}/)?.[0]).toBe(shown.stdout.match(/\d{4} \d{4}/)?.[0])
  })

  it('is void after a second answer, after other digits, and after ten minutes', async () => {
    const pair = place()
    await createBoth(pair)
    await pair.run(['ring', 'create', '--role', 'patient', '--name', 'Mallory', ...light, 'mallory'])
    const { uri } = await pair.json(['pair', 'show', 'okafor'])
    const answers = []
    for (const folder of ['rosa', 'mallory']) {
      answers.push((await pair.run(['pair', 'accept', folder], { stdin: `${uri}` })).stdout)
    }
    const take = (stdin = '') => pair.run(['pair', 'show', 'okafor', '--answer', '-'], { stdin })
    const first = await take(answers[0])
    expect(await take(answers[0])).toEqual(first)
    expect(codeIn(await take(answers[1]))).toBe('keyring/pairing-void')
    expect(codeIn(await take(answers[0]))).toBe('pairing/nothing-begun')

    const again = await pair.json(['pair', 'show', 'okafor'])
    const answer = await pair.run(['pair', 'accept', 'rosa'], { stdin: `${again['uri']}` })
    await take(answer.stdout)
    const differ = await pair.run(['pair', 'show', 'okafor', '--confirm', '0000 0000'])
    expect([codeIn(differ), differ.stderr]).toEqual([
      'pairing/digits-differ',
      expect.stringContaining('chartseal pair undo FOLDER'),
    ])
    const gone = await pair.run(['pair', 'show', 'okafor', '--confirm', '0000 0000'])
    expect([codeIn(gone), gone.stderr]).toEqual([
      'pairing/nothing-begun',
      expect.stringContaining('Start one with: chartseal pair show FOLDER'),
    ])

    const late = await pair.json(['pair', 'show', 'okafor'])
    pair.clock.turn(11 * minuteMs)
    expect(codeIn(await pair.run(['pair', 'accept', 'rosa'], { stdin: `${late['uri']}` }))).toBe(
      'keyring/pairing-expired',
    )
  })

  it('says which step is due', async () => {
    const pair = place()
    await createBoth(pair)
    const due = async (...args: readonly string[]): Promise<string> => {
      const ran = await pair.run(['pair', ...args])
      expect(codeIn(ran)).toBe('pairing/nothing-begun')
      return ran.stderr
    }
    expect(await due('show', 'okafor', '--confirm', '1')).toContain('Start one with: chartseal pair show')
    expect(await due('accept', 'rosa', '--confirm', '1')).toContain('Start one with: chartseal pair accept')
    expect(await due('undo', 'rosa')).toContain('no pairing to undo')
    const { uri } = await pair.json(['pair', 'show', 'okafor'])
    expect(await due('show', 'okafor', '--confirm', '1')).toContain('--answer FILE')
    expect(await due('accept', 'okafor', '--confirm', '1')).toContain('goes on with: chartseal pair show')
    await pair.run(['pair', 'accept', 'rosa'], { stdin: `${uri}` })
    expect(await due('accept', 'rosa', '--confirm', '1')).toContain('--reveal FILE')
    const both = await pairedPlace()
    const again = await both.run(['pair', 'accept', 'rosa', '--confirm', '12345678'])
    expect([codeIn(again), again.stderr]).toEqual([
      'pairing/nothing-begun',
      expect.stringContaining('paired with Dr. Okafor already'),
    ])
    const third = await both.run(['pair', 'show', 'okafor'])
    expect([codeIn(third), third.stderr]).toEqual([
      'ring/paired',
      expect.stringContaining('with Rosa already'),
    ])
  })

  it('changes nothing for digits that are not eight', async () => {
    const pair = place()
    await createBoth(pair)
    const { uri } = await pair.json(['pair', 'show', 'okafor'])
    const { answer } = await pair.json(['pair', 'accept', 'rosa'], { stdin: `${uri}` })
    const shown = await pair.json(['pair', 'show', 'okafor', '--answer', '-'], { stdin: `${answer}` })
    for (const slip of ['12', '', 'yes', '123456789']) {
      expect((await pair.run(['pair', 'show', 'okafor', '--confirm', slip])).exitCode).toBe(2)
    }
    const confirmed = await pair.run([
      'pair',
      'show',
      'okafor',
      '--confirm',
      `${shown['digits']}`.replace(' ', '-'),
    ])
    expect(confirmed).toMatchObject({ exitCode: 0, stdout: 'okafor is paired with "Rosa"\n' })
  })

  it('says before the digits are confirmed that the other side claims to be a clinician, too', async () => {
    const pair = place()
    await createBoth(pair)
    const adler = ['--role', 'doctor', '--name', 'Nina Adler', ...light, 'adler']
    expect(await pair.run(['ring', 'create', ...adler])).toMatchObject({ exitCode: 0 })
    const told = async (other: string): Promise<readonly [string, string]> => {
      const { uri } = await pair.json(['pair', 'show', 'okafor'])
      const { answer } = await pair.json(['pair', 'accept', other], { stdin: `${uri}` })
      const shown = await pair.run(['pair', 'show', 'okafor', '--answer', '-'], { stdin: `${answer}` })
      const [reveal = ''] = shown.stdout.split('\n')
      const read = await pair.run(['pair', 'accept', other, '--reveal', '-'], { stdin: reveal })
      return [shown.stdout, read.stdout]
    }
    for (const text of await told('adler')) expect(text).toContain('They say that they are a clinician, too')
    for (const text of await told('rosa')) expect(text).not.toContain('clinician')
  })

  it('is undone while nothing was sealed or opened, and can begin again', async () => {
    const pair = place()
    await createBoth(pair)
    await pair.json(['pair', 'show', 'okafor'])
    expect(await pair.json(['pair', 'undo', 'okafor'])).toMatchObject({ undone: 'in-progress' })
    const { uri } = await pair.json(['pair', 'show', 'okafor'])
    const { answer } = await pair.json(['pair', 'accept', 'rosa'], { stdin: `${uri}` })
    const shown = await pair.json(['pair', 'show', 'okafor', '--answer', '-'], { stdin: `${answer}` })
    await pair.run(['pair', 'show', 'okafor', '--confirm', `${shown['digits']}`])
    // Rosa mistyped: her side is void, this one is stranded.
    expect(await pair.json(['pair', 'undo', 'okafor'])).toMatchObject({ undone: 'finished' })
    expect(await pair.json(['ring', 'status', 'okafor'])).toMatchObject({ ring: null, peer: null })
    const used = await pairedPlace()
    await sealed(used, 'x')
    expect(codeIn(await used.run(['pair', 'undo', 'okafor']))).toBe('ring/in-use')
    expect(await used.json(['pair', 'undo', 'rosa'])).toMatchObject({ undone: 'finished' })
  })

  it('reads code, answer and reveal as a chat leaves them', async () => {
    const pair = place()
    await createBoth(pair)
    const wrapped = (text: unknown): string =>
      `[28/11/26, 21:00] Rosa: Here it is\r\n> ${`${text}`.replace(/(.{60})/g, '$1\r\n> ')}\u200e\r\nThanks!`
    const { uri } = await pair.json(['pair', 'show', 'okafor'])
    const { answer } = await pair.json(['pair', 'accept', 'rosa'], { stdin: wrapped(uri) })
    const shown = await pair.json(['pair', 'show', 'okafor', '--answer', '-'], { stdin: wrapped(answer) })
    const stdin = wrapped(shown['reveal'])
    const read = await pair.json(['pair', 'accept', 'rosa', '--reveal', '-'], { stdin })
    expect(read['digits']).toBe(shown['digits'])
    for (const [text, code] of [
      ['hello', 'pasted/not-found'],
      ['', 'pasted/empty'],
      [`${uri}`, 'pasted/other-kind'],
      [`${answer}`.slice(0, -9), 'pasted/mistyped'],
    ] as const) {
      expect(codeIn(await pair.run(['pair', 'show', 'okafor', '--answer', '-'], { stdin: text }))).toBe(code)
    }
  })

  it('refuses a code of another month, whatever a person confirms, and one of another hour until they do', async () => {
    const pair = place()
    await createBoth(pair)
    const at = async (byMs: number): Promise<string> => {
      const clock = { nowMs: () => pair.clock.nowMs() + byMs }
      return `${(await pair.json(['pair', 'show', 'okafor'], { clock }))['uri']}`
    }
    const accept = async (stdin: string, ...more: readonly string[]): Promise<Ran> =>
      pair.run(['pair', 'accept', 'rosa', ...more], { stdin })
    const in2046 = await at(20 * 365 * dayMs)
    const refused = await accept(in2046)
    expect([codeIn(refused), refused.stderr]).toEqual([
      'keyring/clock-jump',
      expect.stringContaining('The clock is behind the other device by 20 years.'),
    ])
    expect(codeIn(await accept(in2046, '--confirm-clock'))).toBe('keyring/ahead-of-clock')
    const inTwoHours = await at(120 * minuteMs)
    expect(codeIn(await accept(inTwoHours))).toBe('keyring/clock-jump')
    expect(await accept(inTwoHours, '--confirm-clock')).toMatchObject({ exitCode: 0 })
  })
})

describe('the codes of a ring folder', () => {
  const expectCode = codesRaised(clinicError, [
    'ring/busy',
    'ring/damaged',
    'ring/exists',
    'ring/in-use',
    'ring/not-paired',
    'ring/wrong-passphrase',
    'thread/over-budget',
    'thread/too-old',
  ])
  const refusal = async (ran: Promise<Ran>): Promise<never> => {
    throw new ChartsealError(codeIn(await ran), '', {})
  }

  it('are raised', async () => {
    const pair = await pairedPlace()
    const message = await sealed(pair, 'x')
    await opened(pair, message)
    await expectCode('thread/replayed', () => refusal(opened(pair, message)))
    await expectCode('thread/other-version', () => refusal(opened(pair, '[MEDCRYPT:v1:a]')))
    const v1 = { stdin: message, env: { CHARTSEAL_KEY: '00'.repeat(32) } }
    await expectCode('thread/other-version', () => refusal(pair.run(['message', 'open', '--v1'], v1)))
    await expectCode('ring/no-folder', () => refusal(pair.run(['ring', 'status', 'nowhere'])))
    await expectCode('ring/paired', () => refusal(pair.run(['pair', 'show', 'okafor'])))
    await expectCode('pairing/nothing-begun', () =>
      refusal(pair.run(['pair', 'show', 'okafor', '--confirm', '1'])),
    )
    await expectCode('pairing/no-qr', () => {
      keep(pair, 'x.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47]))
      return refusal(pair.run(['pair', 'accept', 'rosa', 'x.png']))
    })
    const fresh = place()
    await createBoth(fresh)
    const { uri } = await fresh.json(['pair', 'show', 'okafor'])
    const { answer } = await fresh.json(['pair', 'accept', 'rosa'], { stdin: `${uri}` })
    await fresh.run(['pair', 'show', 'okafor', '--answer', '-'], { stdin: `${answer}` })
    await expectCode('pairing/digits-differ', () =>
      refusal(fresh.run(['pair', 'show', 'okafor', '--confirm', '00000000'])),
    )
  })
})
