import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { systemRandom } from '@chartseal/core/system'
import { patienceMs } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { run } from '../dist/run.js'
import { worldIo } from './cli.js'
import { codeIn } from './codes.js'
import { bound, env, keep, opened, type Pair, pairedPlace, placeOfProcesses, sealed } from './ring-world.js'

const open = ['message', 'open', '--ring', 'rosa', ...bound]
const order = 'STOP warfarin today'

/** A stdout whose reader has gone, or whose disk is full. */
class Broken extends Writable {
  override _write(_: Buffer, __: BufferEncoding, done: (error: Error) => void): void {
    done(Object.assign(new Error('write'), { code: 'ENOSPC' }))
  }
}

async function openInto(
  pair: Pair,
  stdout: Writable,
  args: readonly string[],
  stdin: string,
): Promise<number> {
  const silent = new Writable({ write: (_, __, done) => done() })
  return run(args, { ...worldIo({ cwd: pair.cwd, env, clock: pair.clock, stdin }, stdout, silent) })
}

const leftovers = ({ cwd }: Pair): readonly string[] => readdirSync(cwd).filter(name => name.endsWith('.tmp'))

describe('an output that fails loses no message', () => {
  it('refuses a file that exists before anything is opened, and then does what the refusal says', async () => {
    const pair = await pairedPlace()
    const message = await sealed(pair, order)
    keep(pair, 'note.txt', 'another')
    const refused = await pair.run([...open, '--out', 'note.txt'], { stdin: message })
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--force') })
    expect(await pair.run([...open, '--out', 'note.txt', '--force'], { stdin: message })).toMatchObject({
      exitCode: 0,
      stderr: '',
    })
    expect(readFileSync(join(pair.cwd, 'note.txt'), 'utf8')).toBe(order)
    expect(codeIn(await opened(pair, message))).toBe('thread/replayed')
    expect(leftovers(pair)).toEqual([])
  })

  it.each([
    ['a folder that is not there', 'nodir/x.txt'],
    ['a folder in the place of the file', 'folder'],
  ])('leaves the message unopened for %s', async (_, out) => {
    const pair = await pairedPlace()
    mkdirSync(join(pair.cwd, 'folder'))
    const message = await sealed(pair, order)
    expect((await pair.run([...open, '--out', out, '--force'], { stdin: message })).exitCode).toBe(2)
    expect((await opened(pair, message)).stdout).toBe(order)
  })

  it('opens again after a stdout that failed, says so, and then once only', async () => {
    const pair = await pairedPlace()
    const message = await sealed(pair, order)
    expect(
      await openInto(
        pair,
        new Broken().on('error', () => undefined),
        open,
        message,
      ),
    ).toBe(1)
    const again = await opened(pair, message)
    expect(again).toMatchObject({
      exitCode: 0,
      stdout: order,
      stderr: expect.stringContaining('opened before'),
    })
    expect(codeIn(await opened(pair, message))).toBe('thread/replayed')
  })

  it('opens again after a disk that was full', async () => {
    const pair = await pairedPlace()
    const message = await sealed(pair, order)
    const full = await pair.run([...open, '--out', '/dev/full'], { stdin: message })
    expect(full.exitCode).not.toBe(0)
    expect((await opened(pair, message)).stdout).toBe(order)
  })

  it('shows a message once more when asked to, and says that it is not new', async () => {
    const pair = await pairedPlace()
    const message = await sealed(pair, order)
    await opened(pair, message)
    const again = await pair.run([...open, '--again'], { stdin: message })
    expect(again).toMatchObject({ exitCode: 0, stdout: order, stderr: 'This message was opened before.\n' })
    expect(await pair.json([...open, '--again'], { stdin: message })).toMatchObject({ opened_before: true })
    expect(codeIn(await opened(pair, message))).toBe('thread/replayed')
  })

  it('shows a message to one of two that open it at once', async () => {
    const pair = await pairedPlace()
    const message = await sealed(pair, order)
    const both = await Promise.all([opened(pair, message), opened(pair, message)])
    const shown = both.filter(({ stdout }) => stdout === order)
    const marked = shown.filter(({ stderr }) => stderr !== '')
    expect(shown.length - marked.length).toBe(1)
  })
})

describe('what makes the key of a message', () => {
  it.each(['', ' ', 'PAT-1 ', ' PAT-1', 'PAT\u200b-1', 'PAT\u00ad1', '\u2068PAT-1\u2069', 'PAT\n1'])(
    'refuses the patient id %j when sealing and when opening',
    async patient => {
      const pair = await pairedPlace()
      for (const side of [
        ['seal', '--ring', 'okafor'],
        ['open', '--ring', 'rosa'],
      ]) {
        const stdin = side[0] === 'seal' ? 'x' : await sealed(pair, 'x')
        const refused = await pair.run(['message', ...side, '--patient', patient], { stdin })
        expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
        expect(refused.stderr).toContain('the patient id must not')
      }
    },
  )

  it('takes an accent in either form for the same id, thread and name', async () => {
    const pair = await pairedPlace()
    const names = (form: 'NFC' | 'NFD'): string[] =>
      ['--patient', 'Müller-1', '--thread', 'Köln', '--from', 'Renée'].map(text => text.normalize(form))
    const { stdout } = await pair.run(['message', 'seal', '--ring', 'okafor', ...names('NFC')], {
      stdin: order,
    })
    const read = await pair.run(['message', 'open', '--ring', 'rosa', ...names('NFD')], { stdin: stdout })
    expect(read.stdout).toBe(order)
  })

  it('says which names were part of the key when a message does not open', async () => {
    const pair = await pairedPlace()
    const message = await sealed(pair, order)
    const refused = await pair.run(['message', 'open', '--ring', 'rosa', '--patient', 'PAT-9'], {
      stdin: message,
    })
    expect(codeIn(refused)).toBe('open/failed')
    expect(refused.stderr).toContain('patient "PAT-9", thread "", sender by key, recipient by key')
  })
})

describe('what content is called', () => {
  it('does not seal other bytes as UTF-8 text unless a type is given', async () => {
    const pair = await pairedPlace()
    const seal = ['message', 'seal', '--ring', 'okafor', ...bound]
    const latin1 = Uint8Array.of(0x47, 0x72, 0xfc, 0xdf, 0x65)
    const refused = await pair.run(seal, { stdin: latin1 })
    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--type application/octet-stream'),
    })
    expect(
      (await pair.run([...seal, '--type', 'text/plain;charset=iso-8859-1'], { stdin: latin1 })).exitCode,
    ).toBe(0)
  })

  it('says on a terminal what it waits for', async () => {
    const pair = await pairedPlace()
    const shown = await pair.run(open, { stdin: await sealed(pair, order), isTerminal: true })
    expect(shown).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Paste the message') })
  })
})

describe('pasted messages', () => {
  it('opens, joins, splits and inspects what a mail made of a message', async () => {
    const pair = await pairedPlace()
    const message = (await sealed(pair, order)).trim()
    const mail = `On Sunday Dr. Okafor wrote:\r\n> ${message.replace(/(.{70})/g, '$1\r\n> ')}\r\n\r\nBye`
    const inspected = await pair.run(['message', 'inspect'], { stdin: mail })
    expect(inspected).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Counter     0') })
    const parts = await pair.run(['message', 'split', '--max', '300'], { stdin: mail })
    const chat = parts.stdout
      .trim()
      .split('\n')
      .map((part, i) => `[28/11/26, 21:0${i}] Rosa: ${part}`)
    expect((await pair.run(['message', 'join'], { stdin: chat.reverse().join('\n') })).stdout.trim()).toBe(
      message,
    )
    expect((await opened(pair, mail)).stdout).toBe(order)
  })

  it.each([
    ['nothing', '', 'pasted/empty'],
    ['a plain note', 'BP 120/80', 'pasted/not-found'],
    ['an end that is missing', '[CHARTSEAL:v2:AgEA', 'pasted/unfinished'],
    ['an en dash', '[CHARTSEAL:v2:Ag\u2013A]', 'pasted/foreign-character'],
    ['a share', 'chartshare1qqqq', 'pasted/other-kind'],
    ['a message of version 1', '[MEDCRYPT:v1:UA==:AAAA:AAAA:AAAA]', 'thread/other-version'],
  ])('names the file and what is wrong: %s', async (_, text, code) => {
    const pair = await pairedPlace()
    keep(pair, 'chat.txt', text)
    const refused = await pair.run([...open, 'chat.txt'])
    expect(codeIn(refused)).toBe(code)
    if (code.startsWith('pasted/')) expect(refused.stderr).toContain('chat.txt: ')
  })

  it('refuses two messages at once', async () => {
    const pair = await pairedPlace()
    const both = `${await sealed(pair, 'one')}${await sealed(pair, 'two')}`
    expect(await pair.run(open, { stdin: both })).toMatchObject({ exitCode: 2, stdout: '' })
  })
})

describe('attachments', () => {
  const seal = ['message', 'seal', '--ring', 'okafor', ...bound, '--attachment']
  const content = systemRandom.bytes(300_000)

  async function sealedFile(): Promise<Pair> {
    const pair = await pairedPlace()
    keep(pair, 'ct.dcm', content)
    const args = ['--type', 'application/dicom', '--name', 'ct.dcm', '--out', 'ct.sealed', 'ct.dcm']
    expect(await pair.run([...seal, ...args])).toMatchObject({ exitCode: 0, stderr: '' })
    return pair
  }

  it('seals and opens a file as a stream, once', async () => {
    const pair = await sealedFile()
    const told = await pair.json([...open, 'ct.sealed', '--out', 'got.dcm'])
    expect(told).toMatchObject({
      type: 'application/dicom',
      name: 'ct.dcm',
      size_bytes: 300_000,
      sealed_by: 'peer',
    })
    expect(Uint8Array.from(readFileSync(join(pair.cwd, 'got.dcm')))).toEqual(content)
    expect(statSync(join(pair.cwd, 'got.dcm')).mode & 0o777).toBe(0o600)
    expect(codeIn(await pair.run([...open, 'ct.sealed', '--out', 'twice.dcm']))).toBe('thread/replayed')
    expect(existsSync(join(pair.cwd, 'twice.dcm'))).toBe(false)
    expect((await pair.run([...open, 'ct.sealed', '--out', 'twice.dcm', '--again'])).exitCode).toBe(0)
    expect(leftovers(pair)).toEqual([])
  })

  it('writes nothing of one that was cut short or changed, and keeps it unopened', async () => {
    const pair = await sealedFile()
    const whole = readFileSync(join(pair.cwd, 'ct.sealed'))
    keep(pair, 'cut.sealed', whole.subarray(0, 200_000))
    keep(
      pair,
      'changed.sealed',
      whole.map((byte, i) => (i === 250_000 ? byte ^ 1 : byte)),
    )
    for (const [file, code] of [
      ['cut.sealed', 'open/failed'],
      ['changed.sealed', 'open/failed'],
    ] as const)
      expect(codeIn(await pair.run([...open, file, '--out', 'got.dcm']))).toBe(code)
    expect(existsSync(join(pair.cwd, 'got.dcm'))).toBe(false)
    expect(leftovers(pair)).toEqual([])
    expect((await pair.run([...open, 'ct.sealed', '--out', 'got.dcm'])).exitCode).toBe(0)
  })

  it('needs a file on both sides, and names what a text cannot carry', async () => {
    const pair = await sealedFile()
    expect((await pair.run([...open, 'ct.sealed'])).stderr).toContain('give --out FILE')
    expect((await pair.run([...seal, 'ct.dcm'])).stderr).toContain('give --out FILE')
    expect((await pair.run([...seal, '--out', 'x', '-'])).exitCode).toBe(2)
    expect((await pair.run([...seal, '--out', 'x', '.'])).exitCode).toBe(2)
    expect((await pair.run([...seal, '--out', 'x', 'none'])).exitCode).toBe(2)
    const large = ['message', 'seal', '--ring', 'okafor', ...bound, '--type', 'a/b']
    const refused = await pair.run(large, { stdin: new Uint8Array(17 * 1024 * 1024) })
    expect(codeIn(refused)).toBe('message/too-large')
    expect(refused.stderr).toContain('--attachment')
  })
})

describe('a process that dies', () => {
  it.each(['', '--json'])(
    'opens the message again when the disk was full for a real process: %s',
    async option => {
      const pair = await placeOfProcesses()
      keep(pair, 'note.sealed', await sealed(pair, order))
      const bin = join(import.meta.dirname, '..', 'dist', 'main.js')
      const args = `message open --ring rosa --patient PAT-12345 --thread "ward 3" ${option} note.sealed`
      const { status, stderr } = spawnSync(
        'sh',
        ['-c', `"${process.execPath}" "${bin}" ${args} > /dev/full`],
        {
          cwd: pair.cwd,
          env: { ...process.env, ...env, INIT_CWD: pair.cwd },
          timeout: patienceMs,
        },
      )
      expect([status, `${stderr}`]).toEqual([1, expect.stringMatching(/space/)])
      const again = await opened(pair, readFileSync(join(pair.cwd, 'note.sealed'), 'utf8'))
      expect(again.stdout).toBe(order)
    },
  )
})
