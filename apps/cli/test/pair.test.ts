import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { clinicError } from '@chartseal/clinic'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { codesRaised } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import type { Ran } from './cli.js'
import { codeIn } from './codes.js'
import { createBoth, keep, light, opened, pairedPlace, pairUp, place, sealed } from './ring-world.js'

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
      expect(ran.stdout).not.toMatch(/[█▀▄]/)
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
    expect(readFileSync(join(pair.cwd, 'reveal.txt'), 'utf8')).toMatch(/^chartseal-reveal:[\w-]{43}\n$/)
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
    expect(codeIn(await pair.run(['pair', 'show', 'okafor', '--confirm', '0000 0000']))).toBe(
      'pairing/digits-differ',
    )
    expect(codeIn(await pair.run(['pair', 'show', 'okafor', '--confirm', '0000 0000']))).toBe(
      'pairing/nothing-begun',
    )

    const late = await pair.json(['pair', 'show', 'okafor'])
    pair.clock.turn(11 * minuteMs)
    expect(codeIn(await pair.run(['pair', 'accept', 'rosa'], { stdin: `${late['uri']}` }))).toBe(
      'keyring/pairing-expired',
    )
  })

  it('says what is missing, and keeps a ring that is there', async () => {
    const pair = place()
    await createBoth(pair)
    expect(codeIn(await pair.run(['pair', 'show', 'okafor', '--confirm', '1']))).toBe('pairing/nothing-begun')
    expect(codeIn(await pair.run(['pair', 'accept', 'rosa', '--confirm', '1']))).toBe('pairing/nothing-begun')
    await pair.run(['pair', 'show', 'okafor'])
    expect(codeIn(await pair.run(['pair', 'show', 'okafor', '--confirm', '1']))).toBe('pairing/nothing-begun')
    for (const stdin of ['chartseal-answer:?', 'hello']) {
      expect(codeIn(await pair.run(['pair', 'show', 'okafor', '--answer', '-'], { stdin }))).toBe(
        'pairing/malformed',
      )
    }
    const forged = `chartseal-answer:${encodeBase64Url(new Uint8Array(200))}`
    expect(codeIn(await pair.run(['pair', 'show', 'okafor', '--answer', '-'], { stdin: forged }))).toBe(
      'keyring/pairing-invalid',
    )
    const both = await pairedPlace()
    expect(codeIn(await both.run(['pair', 'show', 'okafor']))).toBe('ring/paired')
  })
})

describe('the codes of a ring folder', () => {
  const expectCode = codesRaised(clinicError, [
    'ring/busy',
    'ring/damaged',
    'ring/exists',
    'ring/not-paired',
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
    await expectCode('pairing/malformed', () =>
      refusal(pair.run(['pair', 'show', 'okafor', '--answer', '-'])),
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
      refusal(fresh.run(['pair', 'show', 'okafor', '--confirm', '1'])),
    )
  })
})
