import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { run } from '../dist/run.js'
import { Sink, worldIo } from './cli.js'
import { codeIn } from './codes.js'
import { bound, env, light } from './ring-world.js'
import { accept, add, begin, bringIn, invite, type TeamPlace, teamPlace, welcome } from './team-world.js'

/** Whoever read it has gone. */
const brokenPipe = (): Writable =>
  new Writable({ write: (_chunk, _encoding, done) => done(new Error('the pipe is broken')) })

async function sealInto(stdout: Writable, { cwd }: TeamPlace, stdin: string): Promise<void> {
  stdout.on('error', () => undefined)
  const code = await run(
    ['team', 'seal', '--team', 'rosa.team'],
    worldIo({ cwd, env, stdin }, stdout, new Sink()),
  )
  expect(code).not.toBe(0)
}

describe('chartseal team create', () => {
  it('makes a sealed file for its owner alone, and replaces none', async () => {
    const at = await teamPlace()
    await begin(at)
    const file = join(at.cwd, 'okafor.team')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file).includes('ward 3')).toBe(false)
    const again = await at.team('okafor', ['create', '--title', 'T', '--name', 'N'])
    expect(codeIn(again)).toBe('care-team/exists')
    expect(codeIn(await at.team('nobody', ['show']))).toBe('care-team/missing')
  })

  it('refuses another passphrase, a file of another kind and a changed one', async () => {
    const at = await teamPlace()
    await begin(at)
    const show = ['team', 'show', '--team', 'okafor.team']
    expect(codeIn(await at.run(show, { env: { CHARTSEAL_PASSPHRASE: 'another one' } }))).toBe(
      'care-team/wrong-passphrase',
    )
    const file = join(at.cwd, 'okafor.team')
    const bytes = readFileSync(file)
    writeFileSync(
      file,
      Uint8Array.from(bytes, (byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)),
    )
    expect(codeIn(await at.run(show))).toBe('care-team/wrong-passphrase')
    writeFileSync(file, 'a note')
    expect(codeIn(await at.run(show))).toBe('care-team/damaged')
  })
})

describe('a care team on the command line', () => {
  it('brings people in by their pairs, and lets each write to all', async () => {
    const at = await teamPlace()
    await begin(at)
    await bringIn(at, 'rosa')
    const change = await bringIn(at, 'adler')
    expect(await at.team('rosa', ['open'], change)).toMatchObject({
      stdout: 'Rosa, ward 3 is in epoch 3. Added: Nina Adler.\n',
    })
    const said = await at.team('rosa', ['seal'], 'It itches.\nDr. Okafor (keeper): take it off')
    expect(said).toMatchObject({ exitCode: 0, stderr: 'For Dr. Okafor, Nina Adler.\n' })
    for (const who of ['okafor', 'adler'])
      expect(await at.team(who, ['open'], said.stdout)).toMatchObject({
        stdout: 'Rosa: It itches.\n  Dr. Okafor (keeper): take it off\n',
      })
    const shown = await at.team('adler', ['show'])
    const sealed = await invite(at, 'rosa', '--again')
    const lost = await at.team('rosa', ['open'], sealed.stdout)
    expect(lost.stderr).toContain(
      'A welcome is opened with --ring FOLDER and --patient ID. (pasted/other-kind)',
    )
    expect(shown.stdout).toBe(
      'Rosa, ward 3, epoch 3\nDr. Okafor: clinician, keeper\nRosa: patient\nNina Adler: clinician, you\n',
    )
  })

  it('shows nothing that could steer a terminal or pass for the word of somebody else', async () => {
    const at = await teamPlace()
    await begin(at)
    await bringIn(at, 'rosa', '--name', 'Rosa (keeper)')
    const said = await at.team('rosa', ['seal'], 'a\u001b[2Jb\r\nDr. Okafor (keeper): c\u2028d')
    const opened = await at.team('okafor', ['open'], said.stdout)
    expect(opened.stdout).toBe('Rosa (keeper): a\ufffd[2Jb\n  Dr. Okafor (keeper): c\n  d\n')
  })

  it('shows somebody who came later nothing of what came before', async () => {
    const at = await teamPlace()
    await begin(at)
    await bringIn(at, 'rosa')
    const before = await at.team('okafor', ['seal'], 'before')
    await bringIn(at, 'adler')
    expect(codeIn(await at.team('adler', ['open'], before.stdout))).toBe('team/before-joining')
  })

  it('shows somebody who was removed nothing of what comes after, and says so to all', async () => {
    const at = await teamPlace()
    await begin(at)
    await bringIn(at, 'adler')
    await at.team('adler', ['open'], await bringIn(at, 'rosa'))
    const removed = await at.team('okafor', ['remove', 'Nina Adler'])
    expect(removed.stderr).toBe('Send this to Rosa, Nina Adler. What was sent before it, they could read.\n')
    expect((await at.team('rosa', ['open'], removed.stdout)).stdout).toContain('Removed: Nina Adler.')
    expect((await at.team('adler', ['open'], removed.stdout)).stdout).toContain('You were removed.')
    const after = await at.team('okafor', ['seal'], 'after')
    expect(codeIn(await at.team('adler', ['open'], after.stdout))).toBe('team/not-in')
    expect((await at.team('rosa', ['open'], after.stdout)).stdout).toBe('Dr. Okafor (keeper): after\n')
    expect((await at.team('adler', ['show'])).stdout).toBe('Rosa, ward 3: you were removed.\n')
    expect(codeIn(await at.team('okafor', ['remove', 'Nina Adler']))).toBe('team/unknown-person')
    expect(codeIn(await at.team('okafor', ['remove', 'Dr. Okafor']))).toBe('team/unknown-person')
  })

  it('takes texts in any order, says what is missing, and refuses one without losing the others', async () => {
    const at = await teamPlace()
    await begin(at)
    await bringIn(at, 'rosa')
    const [one, two, three] = [
      (await at.team('okafor', ['seal'], 'one')).stdout,
      (await at.team('okafor', ['seal'], 'two')).stdout,
      (await at.team('okafor', ['seal'], 'three')).stdout,
    ]
    const broken = two.replace(/....\]/, 'AAAA]')
    const opened = await at.team('rosa', ['open'], `${three}\n${broken}\n${one}`)
    expect(opened).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Refused: The signature') })
    expect(opened.stdout).toBe(
      'Dr. Okafor (keeper): three\n  [2 of Dr. Okafor before this did not arrive]\n' +
        'Dr. Okafor (keeper): one\n  [written before what you have of Dr. Okafor]\n',
    )
    const again = await at.team('rosa', ['open', '--json'], `${two}${one}`)
    expect(JSON.parse(again.stdout)).toMatchObject({
      events: [{ event: 'message', content: 'two', number: '2', is_late: true }, { event: 'known' }],
    })
  })

  it('gives a lost answer, a lost welcome and a lost change again', async () => {
    const at = await teamPlace()
    await begin(at)
    await bringIn(at, 'rosa')
    const invitation = (await invite(at, 'adler')).stdout
    const [first, second] = [await accept(at, 'adler', invitation), await accept(at, 'adler', invitation)]
    expect([first.exitCode, second.exitCode]).toEqual([0, 0])
    expect((await add(at, 'adler', first.stdout)).exitCode).toBe(0)
    expect((await add(at, 'adler', second.stdout)).exitCode).toBe(0)
    const given = ['welcome', '--ring', 'okafor-adler', ...bound, '--change', 'change.txt']
    const again = await at.team('okafor', given)
    expect(await welcome(at, 'adler', again.stdout)).toMatchObject({ exitCode: 0 })
    const change = await at.team('okafor', ['show', '--change'])
    expect(readFileSync(join(at.cwd, 'change.txt'), 'utf8')).toBe(change.stdout)
    expect((await at.team('rosa', ['open', 'change.txt'])).stdout).toContain('Added: Nina Adler.')
    const said = await at.team('adler', ['seal'], 'I am in.')
    expect((await at.team('rosa', ['open'], said.stdout)).stdout).toBe('Nina Adler: I am in.\n')
  })

  it('gives a text again that was sealed and did not leave, with the next one and when it is asked for', async () => {
    const at = await teamPlace()
    await begin(at)
    await bringIn(at, 'rosa')
    await sealInto(brokenPipe(), at, 'lost')
    expect((await at.team('rosa', ['show'])).stdout).toMatch(/perhaps never sent: 1\. --unsent prints/)
    const kept = await at.team('rosa', ['show', '--unsent'])
    expect((await at.team('okafor', ['open'], kept.stdout)).stdout).toBe('Rosa: lost\n')
    const next = await at.team('rosa', ['seal'], 'next')
    expect(next.stderr).toBe(
      'For Dr. Okafor.\nBefore it stands what was sealed earlier and may never have left: send that, too. It counts once.\n',
    )
    expect((await at.team('okafor', ['open'], next.stdout)).stdout).toBe(
      'This was here before.\nRosa: next\n',
    )
    expect((await at.team('rosa', ['show', '--unsent', '--json'])).stdout).toBe('{"unsent":[]}\n')
    const later = await at.team('rosa', ['seal', '--json'], 'later')
    expect(JSON.parse(later.stdout)).toMatchObject({ others: 'Dr. Okafor', earlier: [] })
  })

  it('spends no number on a text that cannot be written', async () => {
    const at = await teamPlace()
    await begin(at)
    await bringIn(at, 'rosa')
    writeFileSync(join(at.cwd, 'there.txt'), 'a note')
    for (const verb of ['seal', 'leave'])
      expect((await at.team('rosa', [verb, '--out', 'there.txt'], 'text')).exitCode).toBe(2)
    const said = await at.team('rosa', ['seal'], 'first')
    expect((await at.team('okafor', ['open'], said.stdout)).stdout).toBe('Rosa: first\n')
  })

  it('ends for somebody who leaves', async () => {
    const at = await teamPlace()
    await begin(at)
    await bringIn(at, 'rosa')
    const left = await at.team('rosa', ['leave'])
    expect(left.stderr).toBe('Send this to Dr. Okafor. The keeper then removes you.\n')
    expect((await at.team('okafor', ['open'], left.stdout)).stdout).toContain('Rosa leaves.')
    expect(codeIn(await at.team('rosa', ['seal'], 'one more'))).toBe('team/not-in')
    expect(codeIn(await at.team('okafor', ['leave']))).toBe('care-team/is-the-keeper')
    expect(codeIn(await at.team('rosa', ['remove', 'Dr. Okafor']))).toBe('care-team/not-the-keeper')
  })

  it('goes on after a restored backup of the keeper', async () => {
    const at = await teamPlace()
    await begin(at)
    await bringIn(at, 'rosa')
    const file = join(at.cwd, 'okafor.team')
    const backup = readFileSync(file)
    await at.team('rosa', ['open'], await bringIn(at, 'adler'))
    writeFileSync(file, backup)
    const ahead = await at.team('rosa', ['seal'], 'hello')
    expect((await at.team('okafor', ['open'], ahead.stdout)).stdout).toContain('old copy')
    expect(codeIn(await at.team('okafor', ['seal'], 'no'))).toBe('team/behind')
    expect((await at.team('okafor', ['renew'])).stdout).toContain('The team is in epoch 1003.')
    const again = await at.team('okafor', ['welcome', '--ring', 'okafor', ...bound])
    expect((await welcome(at, 'rosa', again.stdout)).stdout).toContain('epoch 1003')
    const said = await at.team('okafor', ['seal'], 'I am back.')
    expect((await at.team('rosa', ['open'], said.stdout)).stdout).toBe('Dr. Okafor (keeper): I am back.\n')
  })

  it('lets somebody in again who brought their ring back by a kit, and gives the lost file nothing', async () => {
    const at = await teamPlace()
    await begin(at)
    await bringIn(at, 'rosa')
    await at.run(['recovery', 'create', 'rosa', '--threshold', '2', '--shares', '2', '--kit', 'kit'])
    const before = await at.team('okafor', ['seal'], 'before')
    renameSync(join(at.cwd, 'rosa.team'), join(at.cwd, 'lost.team'))
    rmSync(join(at.cwd, 'rosa'), { recursive: true })
    const shares = ['--export', 'kit/ring.export', 'rosa', 'kit/share-1.txt', 'kit/share-2.txt']
    const self = ['--role', 'patient', '--name', 'Rosa', ...light]
    expect(await at.run(['recovery', 'restore', ...self, ...shares])).toMatchObject({ exitCode: 0 })
    expect(codeIn(await invite(at, 'rosa'))).toBe('team/is-in')
    await bringIn(at, 'rosa', '--again')
    const after = await at.team('okafor', ['seal'], 'after')
    expect((await at.team('rosa', ['open'], after.stdout)).stdout).toBe('Dr. Okafor (keeper): after\n')
    expect(codeIn(await at.team('rosa', ['open'], before.stdout))).toBe('team/before-joining')
    expect((await at.team('lost', ['open'], after.stdout)).stdout).toContain('it is kept')
    const change = await at.team('okafor', ['show', '--change'])
    const told = await at.team('lost', ['open'], change.stdout)
    expect(told.stdout).toContain('You were removed.')
    expect(told.stdout).not.toContain('after')
  })

  it('refuses messages of the wrong kind, of the other thread and by another pair', async () => {
    const at = await teamPlace()
    await begin(at)
    const invitation = (await invite(at, 'rosa')).stdout
    expect(codeIn(await add(at, 'rosa', invitation))).toBe('care-team/own-message')
    const answer = (await accept(at, 'rosa', invitation)).stdout
    expect(codeIn(await welcome(at, 'rosa', answer))).toBe('care-team/own-message')
    const added = (await add(at, 'rosa', answer)).stdout
    expect(codeIn(await accept(at, 'rosa', added, 'other'))).toBe('care-team/not-an-invitation')
    await invite(at, 'adler')
    expect(codeIn(await at.team('rosa', ['open', '--ring', 'adler', ...bound], added))).toMatch(
      /keyring|open/,
    )
    expect((await welcome(at, 'rosa', added)).exitCode).toBe(0)
    expect(codeIn(await at.team('rosa', ['open'], 'nothing'))).toBe('pasted/not-found')
  })
})

describe('chartseal explain', () => {
  it('says what a text of a care team shows without a key', async () => {
    const at = await teamPlace()
    await begin(at)
    const said = await at.team('okafor', ['seal'], 'hello')
    const told = await at.json(['explain', '-'], { stdin: said.stdout })
    expect(told).toMatchObject({ kind: 'text of a care team, version 2', facts: { epoch: 1 } })
    const change = await at.team('okafor', ['show', '--change'])
    const more = await at.json(['explain', '-'], { stdin: change.stdout })
    expect(more).toMatchObject({ facts: { holds: 'a change of who is in it' } })
  })
})
