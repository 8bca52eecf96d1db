import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ConferenceSeat, decodeSeat, enrolledOf } from '@chartseal/clinic/conference'
import { FileSeal, openBookSeal, readBookFile, withBookFile } from '@chartseal/clinic/fs/conference'
import { systemRandom } from '@chartseal/core/system'
import { quickArgon2id } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { codeIn } from './codes.js'
import { bound, dayMs, env, type Pair, pairedPlace } from './ring-world.js'

/** Two who are paired, and a conference of the doctor. */
async function withConference(): Promise<Pair> {
  const pair = await pairedPlace()
  await pair.json(['conference', 'create', '--out', 'round', '--title', 'Morning round'])
  return pair
}

const quick = { random: systemRandom, argon2id: quickArgon2id }
const passphrase = async (): Promise<string> => env.CHARTSEAL_PASSPHRASE
const sealOf = ({ cwd }: Pair) => openBookSeal(join(cwd, 'round'), passphrase, quick)
const bookOf = async (pair: Pair) => readBookFile(join(pair.cwd, 'round'), { seal: await sealOf(pair) })

async function seatOf({ cwd }: Pair): Promise<ConferenceSeat> {
  const file = readFileSync(join(cwd, 'round.seat'))
  using seal = await FileSeal.open(file, await passphrase(), quick)
  return decodeSeat(seal.unseal(file))
}

const doctor = ['--conference', 'round', '--ring', 'okafor', ...bound]
const patient = ['--ring', 'rosa', ...bound, '--seat', 'round.seat']

const invite = ({ run }: Pair, ...more: readonly string[]) =>
  run(['conference', 'invite', ...doctor, ...more])
const accept = ({ run }: Pair, stdin: string) => run(['conference', 'accept', ...patient], { stdin })
const enrol = ({ run }: Pair, stdin: string) => run(['conference', 'enrol', ...doctor], { stdin })

describe('chartseal conference create', () => {
  it('makes a file for its owner alone, and replaces none', async () => {
    const pair = await withConference()
    expect(statSync(join(pair.cwd, 'round')).mode & 0o777).toBe(0o600)
    const again = await pair.run(['conference', 'create', '--out', 'round'])
    expect(again).toMatchObject({ exitCode: 2, stdout: '' })
    const made = await pair.json(['conference', 'create', '--out', 'other', '--suite', 'ffdhe3072'])
    expect(made).toMatchObject({
      suite: 'ffdhe3072',
      title: 'Conference',
      until_ms: pair.clock.nowMs() + dayMs,
    })
  })

  it('refuses an end that is over, a title that nobody can read, and stdout', async () => {
    const pair = await pairedPlace()
    const create = (...args: readonly string[]) => pair.run(['conference', 'create', ...args])
    expect(await create('--out', 'a', '--until', '2020-01-01T00:00:00Z')).toMatchObject({ exitCode: 2 })
    expect(await create('--out', 'a', '--until', 'tomorrow')).toMatchObject({ exitCode: 2 })
    expect(await create('--out', '-')).toMatchObject({ exitCode: 2 })
    expect(codeIn(await create('--out', 'a', '--title', '\u001b[2J'))).toBe('enrolment/invalid')
    expect(existsSync(join(pair.cwd, 'a'))).toBe(false)
  })
})

describe('chartseal conference invite, accept and enrol', () => {
  it('lets a patient in, through one sealed message each way', async () => {
    const pair = await withConference()
    const invitation = (await invite(pair)).stdout
    expect(invitation).toMatch(/^\[CHARTSEAL:v2:/)
    const accepted = await accept(pair, invitation)
    expect(accepted).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Morning round') })
    expect(statSync(join(pair.cwd, 'round.seat')).mode & 0o777).toBe(0o600)
    expect(await enrol(pair, accepted.stdout)).toMatchObject({
      exitCode: 0,
      stdout: 'Rosa may come in. Enrolled so far: 1\n',
    })
    const book = await bookOf(pair)
    const seat = await seatOf(pair)
    expect(enrolledOf(book)).toMatchObject([{ name: 'Rosa', staticKey: seat.staticKey.publicKey }])
    expect(enrolledOf(book)[0]?.psk.reveal()).toEqual(seat.psk.reveal())
  })

  it('gives a lost answer again with the same key, and takes an answer once', async () => {
    const pair = await withConference()
    const invitation = (await invite(pair)).stdout
    const [first, second] = [await accept(pair, invitation), await accept(pair, invitation)]
    expect([first.exitCode, second.exitCode]).toEqual([0, 0])
    expect(await enrol(pair, first.stdout)).toMatchObject({ exitCode: 0 })
    expect(codeIn(await enrol(pair, first.stdout))).toBe('thread/replayed')
    expect(await enrol(pair, second.stdout)).toMatchObject({ exitCode: 0 })
  })

  it('opens an invitation once, and for another seat not at all', async () => {
    const pair = await withConference()
    const invitation = (await invite(pair)).stdout
    await accept(pair, invitation)
    rmSync(join(pair.cwd, 'round.seat'))
    expect(codeIn(await accept(pair, invitation))).toBe('thread/replayed')
    await pair.json(['conference', 'create', '--out', 'evening'])
    const other = await pair.run(['conference', 'invite', ...doctor.with(1, 'evening')])
    await accept(pair, (await invite(pair)).stdout)
    expect(codeIn(await accept(pair, other.stdout))).toBe('enrolment/other-conference')
  })

  it('leaves messages of other kinds unopened, and files of other kinds as they are', async () => {
    const pair = await withConference()
    const note = await pair.run(['message', 'seal', '--ring', 'okafor', ...bound], { stdin: 'Good morning' })
    expect(codeIn(await accept(pair, note.stdout))).toBe('enrolment/not-an-invitation')
    expect(existsSync(join(pair.cwd, 'round.seat'))).toBe(false)
    const read = await pair.run(['message', 'open', '--ring', 'rosa', ...bound], { stdin: note.stdout })
    expect(read).toMatchObject({ exitCode: 0, stdout: 'Good morning' })
    writeFileSync(join(pair.cwd, 'round.seat'), 'something else')
    expect(codeIn(await accept(pair, (await invite(pair)).stdout))).toBe('enrolment/damaged')
    expect(readFileSync(join(pair.cwd, 'round.seat'), 'utf8')).toBe('something else')
  })

  it('names what the other side must name alike when an answer does not open', async () => {
    const pair = await withConference()
    const { stdout } = await accept(pair, (await invite(pair)).stdout)
    const ran = await pair.run(['conference', 'enrol', ...doctor.with(-1, 'ward 4')], { stdin: stdout })
    expect([codeIn(ran), ran.stderr]).toEqual(['open/failed', expect.stringContaining('thread "ward 4"')])
  })

  it('invites another device only when asked to, and only one process changes the file', async () => {
    const pair = await withConference()
    const { stdout } = await accept(pair, (await invite(pair)).stdout)
    await enrol(pair, stdout)
    expect(codeIn(await invite(pair))).toBe('enrolment/taken')
    await withBookFile(join(pair.cwd, 'round'), held, { seal: await sealOf(pair) })
    async function held(): Promise<void> {
      expect(codeIn(await invite(pair, '--again'))).toBe('enrolment/in-use')
    }
    expect(await invite(pair, '--again')).toMatchObject({ exitCode: 0 })
    expect(enrolledOf(await bookOf(pair))).toEqual([])
  })

  it('is over when the conference is', async () => {
    const pair = await withConference()
    const invitation = (await invite(pair)).stdout
    pair.clock.turn(2 * dayMs)
    expect(codeIn(await accept(pair, invitation))).toBe('enrolment/expired')
    expect(codeIn(await invite(pair))).toBe('enrolment/expired')
  })
})
