import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli } from './cli.js'
import { codeIn } from './codes.js'
import { End, type Event } from './conference-world.js'
import { bound, light, type Pair, placeOfToday } from './ring-world.js'

const doctorPassphrase = 'several words of a doctor'
const seatPassphrase = 'several words of a patient'

/** Two who are paired, a sealed conference with a patient who is enrolled, and their sealed seat. */
async function sealedRound(): Promise<Pair> {
  const pair = await placeOfToday()
  const { cwd, run } = pair
  writeFileSync(join(cwd, 'doctor.pass'), `${doctorPassphrase}\n`)
  writeFileSync(join(cwd, 'seat.pass'), `${seatPassphrase}\n`)
  const made = await run([
    'conference',
    'create',
    '--out',
    'round',
    '--passphrase-file',
    'doctor.pass',
    ...light,
  ])
  expect(made).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('sealed under its passphrase') })
  const book = ['--conference', 'round', '--conference-passphrase-file', 'doctor.pass', '--ring', 'okafor']
  const invited = await run(['conference', 'invite', ...book, ...bound])
  const seat = ['--seat', 'round.seat', '--seat-passphrase-file', 'seat.pass', ...light]
  const accepted = await run(['conference', 'accept', '--ring', 'rosa', ...bound, ...seat], {
    stdin: invited.stdout,
  })
  const enrolled = await run(['conference', 'enrol', ...book, ...bound], { stdin: accepted.stdout })
  expect(enrolled).toMatchObject({ exitCode: 0, stdout: 'Rosa may come in. Enrolled so far: 1\n' })
  return pair
}

const host = (cwd: string): End =>
  new End(cwd, 'host', '--conference', 'round', '--listen', '127.0.0.1:0', '--passphrase-file', 'doctor.pass')

async function addressOf(end: End): Promise<string> {
  const { port } = await end.until({ event: 'listening' })
  return `127.0.0.1:${port}`
}

const join_ = (cwd: string, address: string): End =>
  new End(cwd, 'join', '--seat', 'round.seat', '--address', address, '--passphrase-file', 'seat.pass')

const has = (bytes: Uint8Array, text: string): boolean => Buffer.from(bytes).includes(text)

describe('a conference whose files are sealed', () => {
  it('is held and joined with the passphrases of its files, and goes on where it was', async () => {
    const { cwd } = await sealedRound()
    const doctor = host(cwd)
    const rosa = join_(cwd, await addressOf(doctor))
    await rosa.until({ event: 'joined' })
    doctor.type('MRSA on ward 3')
    await rosa.until({ event: 'message', text: 'MRSA on ward 3' })
    rosa.type('It hurts here')
    await doctor.until({ event: 'direct', text: 'It hurts here' })
    for (const end of [rosa, doctor]) end.type('/pause')
    expect(await Promise.all([doctor.exitCode, rosa.exitCode])).toEqual([0, 0])
    const again = host(cwd)
    const back = join_(cwd, await addressOf(again))
    const { by }: Event = { ...(await back.until({ event: 'joined' })) }
    expect(by).toBe('ticket')
    again.type('Lie down')
    await back.until({ event: 'message', text: 'Lie down' })
    expect(back.texts()).toEqual(['Lie down'])
    again.type('/quit')
    expect(await Promise.all([again.exitCode, back.exitCode])).toEqual([0, 0])
    expect(readdirSync(cwd).filter(name => name.startsWith('round'))).toEqual([])
  })

  it('shows nobody without the passphrase a name, a title or a word', async () => {
    const { cwd } = await sealedRound()
    const doctor = host(cwd)
    const rosa = join_(cwd, await addressOf(doctor))
    await rosa.until({ event: 'joined' })
    rosa.type('It hurts here')
    await doctor.until({ event: 'direct', text: 'It hurts here' })
    for (const name of ['round', 'round.journal', 'round.frames', 'round.seat', 'round.seat.record']) {
      expect(existsSync(join(cwd, name)), name).toBe(true)
      const bytes = readFileSync(join(cwd, name))
      for (const word of ['Rosa', 'Conference', 'It hurts', 'ticket-key', 'signing'])
        expect([name, word, has(bytes, word)]).toEqual([name, word, false])
    }
  })

  it('is opened with no other passphrase, and not without one', async () => {
    const { cwd, run } = await sealedRound()
    const hosting = ['conference', 'host', '--conference', 'round', '--listen', '127.0.0.1:0']
    const joining = ['conference', 'join', '--seat', 'round.seat', '--address', '127.0.0.1:9']
    for (const args of [hosting, joining]) {
      expect(codeIn(await run(args))).toBe('enrolment/wrong-passphrase')
      const none = await cli(args, { cwd })
      expect([none.exitCode, none.stderr]).toEqual([2, expect.stringContaining('--passphrase-file FILE')])
    }
    const file = ['--conference', 'round', '--ring', 'okafor', ...bound]
    expect(codeIn(await run(['conference', 'invite', ...file]))).toBe('enrolment/wrong-passphrase')
    const own = { CHARTSEAL_PASSPHRASE: 'correct horse', CHARTSEAL_CONFERENCE_PASSPHRASE: doctorPassphrase }
    expect(codeIn(await run(['conference', 'invite', ...file], { env: own }))).toBe('enrolment/taken')
  })

  it('asks at a terminal, twice for a new file', async () => {
    const { cwd } = await placeOfToday()
    const made = await cli(['conference', 'create', '--out', 'round', ...light], {
      cwd,
      isTerminal: true,
      typed: doctorPassphrase,
    })
    expect([made.exitCode, made.asked]).toEqual([
      0,
      ['Passphrase of round', 'Passphrase of round, once more'],
    ])
  })

  it('is sealed under the passphrase of the ring where the patient names none, and stays in clear where they ask so', async () => {
    const { cwd, run } = await placeOfToday()
    await run(['conference', 'create', '--out', 'round', '--unsealed'])
    const { stdout } = await run([
      'conference',
      'invite',
      '--conference',
      'round',
      '--ring',
      'okafor',
      ...bound,
    ])
    const accept = (...more: readonly string[]) =>
      run(['conference', 'accept', '--ring', 'rosa', ...bound, ...more], { stdin: stdout })
    expect(await accept('--seat', 'round.seat')).toMatchObject({ exitCode: 0 })
    const sealed = readFileSync(join(cwd, 'round.seat'))
    expect([has(sealed, 'argon2id'), has(sealed, 'Conference')]).toEqual([true, false])
    expect(await accept('--seat', 'round.seat')).toMatchObject({ exitCode: 0 })
    expect(has(readFileSync(join(cwd, 'round')), 'Conference')).toBe(true)
  })
})
