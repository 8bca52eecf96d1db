import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bound } from './ring-world.js'
import { accept, add, begin, bringIn, invite, type TeamPlace, teamPlace, welcome } from './team-world.js'

const bytes: Uint8Array = Uint8Array.from({ length: 3000 }, (_, i) => (i * 7) % 256)
const plain = 'text/plain;charset=utf-8'

/** Dr. Okafor and Rosa. */
async function two(): Promise<TeamPlace> {
  const at = await teamPlace()
  await begin(at)
  await bringIn(at, 'rosa')
  return at
}

/** Rosa seals a file under this name; gives the text that goes to the others. */
async function sealed(
  at: TeamPlace,
  name: string,
  content = bytes,
  type = 'application/pdf',
): Promise<string> {
  writeFileSync(join(at.cwd, 'content.bin'), content)
  const said = await at.team('rosa', ['seal', '--type', type, '--name', name, 'content.bin'])
  expect(said).toMatchObject({ exitCode: 0 })
  return said.stdout
}

const received = (at: TeamPlace, name: string): Uint8Array =>
  Uint8Array.from(readFileSync(join(at.cwd, 'in', name)))

describe('a file in a care team', () => {
  it('arrives byte for byte with each of the others, between texts, for its owner alone', async () => {
    const at = await two()
    await at.team('rosa', ['open'], await bringIn(at, 'adler'))
    const texts = [
      (await at.team('rosa', ['seal'], 'Here it is. Rosa sends in/x: 1 bytes')).stdout,
      await sealed(at, 'plan.pdf'),
      (await at.team('rosa', ['seal'], 'Did it come?')).stdout,
    ].join('')
    for (const [who, folder] of [
      ['okafor', 'in'],
      ['adler', 'in-too'],
    ] as const) {
      const opened = await at.team(who, ['open', '--files', folder], texts)
      expect(opened).toMatchObject({
        exitCode: 0,
        stdout:
          'Rosa: Here it is. Rosa sends in/x: 1 bytes\n' +
          `Rosa sends ${folder}/plan.pdf: 3000 bytes of "application/pdf", named "plan.pdf"\n` +
          'Rosa: Did it come?\n',
      })
      const file = join(at.cwd, folder, 'plan.pdf')
      expect(Uint8Array.from(readFileSync(file))).toEqual(bytes)
      expect(lstatSync(file).mode & 0o777).toBe(0o600)
      expect(lstatSync(join(at.cwd, folder)).mode & 0o777).toBe(0o700)
    }
  })

  it('is not lost when nobody said where it goes: nothing of it counts as opened', async () => {
    const at = await two()
    const text = await sealed(at, 'plan.pdf')
    const refused = await at.team('okafor', ['open'], text)
    expect(refused).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('--files FOLDER'),
    })
    writeFileSync(join(at.cwd, 'in'), 'a note')
    const blocked = await at.team('okafor', ['open', '--files', 'in'], text)
    expect(blocked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('it is not a folder') })
    const nowhere = await at.team('okafor', ['open', '--files', 'no/such'], text)
    expect(nowhere).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no such file or folder') })
    const opened = await at.team('okafor', ['open', '--files', 'elsewhere'], text)
    expect(opened.stdout).toContain('Rosa sends elsewhere/plan.pdf: 3000 bytes')
  })

  it('is written once, however often what follows it fails', async () => {
    const at = await two()
    const text = await sealed(at, 'plan.pdf')
    writeFileSync(join(at.cwd, 'there.txt'), 'a note')
    for (let i = 0; i < 2; i++) {
      const failed = await at.team('okafor', ['open', '--files', 'in', '--out', 'there.txt'], text)
      expect(failed).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('it exists already') })
    }
    const opened = await at.team('okafor', ['open', '--files', 'in'], text)
    expect(opened.stdout).toContain('Rosa sends in/plan.pdf')
    expect(readdirSync(join(at.cwd, 'in'))).toEqual(['plan.pdf'])
    expect((await at.team('okafor', ['open', '--files', 'in'], text)).stdout).toBe('This was here before.\n')
  })

  it('replaces nothing and follows no link', async () => {
    const at = await two()
    mkdirSync(join(at.cwd, 'in'))
    writeFileSync(join(at.cwd, 'in', 'plan.pdf'), 'mine')
    symlinkSync(join(at.cwd, 'outside'), join(at.cwd, 'in', 'plan-2.pdf'))
    mkdirSync(join(at.cwd, 'in', 'plan-3.pdf'))
    const texts = (await sealed(at, 'plan.pdf')) + (await sealed(at, 'plan.pdf', bytes.slice(1)))
    const opened = await at.team('okafor', ['open', '--files', 'in'], texts)
    expect(opened.stdout).toMatch(
      /^Rosa sends in\/plan-4\.pdf: 3000 .*\nRosa sends in\/plan-5\.pdf: 2999 .*\n$/,
    )
    expect(readFileSync(join(at.cwd, 'in', 'plan.pdf'), 'utf8')).toBe('mine')
    expect(existsSync(join(at.cwd, 'outside'))).toBe(false)
    expect([received(at, 'plan-4.pdf'), received(at, 'plan-5.pdf')]).toEqual([bytes, bytes.slice(1)])
  })

  it.each([
    ['../../escape.pdf', 'escape.pdf'],
    ['/etc/passwd', 'etcpasswd'],
    ['C:\\windows\\x.exe', 'Cwindowsx.exe'],
    ['.bashrc', 'bashrc'],
    ['-rf', 'rf'],
    ['..', 'file'],
    ['', 'file'],
    ['a\u202efdp.exe', 'afdp.exe'],
    ['\u001b[2Jx\n.pdf', '[2Jx.pdf'],
    ['$(id) `id`.pdf', '(id) id.pdf'],
    ['x.pdf. ', 'x.pdf'],
    [`${'é'.repeat(120)}.dcm`, `${'é'.repeat(80)}.dcm`],
  ])('whose name is no path goes to no other place than the folder (%#)', async (name, written) => {
    const at = await two()
    const before = readdirSync(at.cwd)
    const opened = await at.team('okafor', ['open', '--files', 'in', '--json'], await sealed(at, name))
    expect(JSON.parse(opened.stdout)).toMatchObject({
      events: [{ event: 'message', file_name: name, file: `in/${written}`, size_bytes: 3000 }],
    })
    expect(readdirSync(join(at.cwd, 'in'))).toEqual([written])
    expect(readdirSync(at.cwd).filter(one => !before.includes(one))).toEqual(['content.bin', 'in'])
  })

  it('cannot steer a terminal with its name and type', async () => {
    const at = await two()
    const text = await sealed(at, 'a\u001b[2J\nb.pdf', bytes, 'x\u009b\u202ey')
    const { stdout } = await at.team('okafor', ['open', '--files', 'in\u0007'], text)
    expect(stdout).toBe(
      'Rosa sends in\ufffd/a[2Jb.pdf: 3000 bytes of "x\\u009b\\u202ey", named "a\\u001b[2J\\nb.pdf"\n',
    )
  })

  it('is also what says that it is text and is none, and a text with a name', async () => {
    const at = await two()
    const broken = await sealed(at, 'x', Uint8Array.of(0xff, 0xfe), plain)
    const named = await sealed(at, 'note.txt', new TextEncoder().encode('It itches.'), plain)
    const opened = await at.team('okafor', ['open', '--files', 'in'], broken + named)
    expect(opened.stdout).toMatch(/^Rosa sends in\/x: 2 bytes .*\nRosa sends in\/note\.txt: 10 bytes .*\n$/)
    expect(received(at, 'x')).toEqual(Uint8Array.of(0xff, 0xfe))
  })

  it('comes whole to a machine that gave no folder', async () => {
    const at = await two()
    const opened = await at.team('okafor', ['open', '--json'], await sealed(at, 'plan.pdf'))
    const [event] = JSON.parse(opened.stdout).events
    expect(event).toMatchObject({ file_name: 'plan.pdf', type: 'application/pdf' })
    expect(Uint8Array.from(Buffer.from(event.content_base64, 'base64'))).toEqual(bytes)
  })

  it('has at most 262,144 bytes; a larger one spends no number', async () => {
    const at = await two()
    const largest = Uint8Array.from({ length: 262_144 }, (_, i) => i % 251)
    writeFileSync(join(at.cwd, 'large.bin'), new Uint8Array(262_145))
    const seal = ['seal', '--type', 'application/octet-stream', 'large.bin']
    const refused = await at.team('rosa', seal)
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('message seal --attachment'),
    })
    const opened = await at.team('okafor', ['open', '--files', 'in'], await sealed(at, 'largest', largest))
    expect(opened.stdout).toBe('Rosa sends in/largest: 262144 bytes of "application/pdf", named "largest"\n')
    expect(received(at, 'largest')).toEqual(largest)
  })

  it('that came before the welcome is written with it, or waits', async () => {
    const at = await two()
    const invitation = await invite(at, 'adler')
    const added = await add(at, 'adler', (await accept(at, 'adler', invitation.stdout)).stdout)
    await at.team('rosa', ['open'], added.stdout)
    const text = await sealed(at, 'plan.pdf')
    expect((await at.team('adler', ['open'], text)).stdout).toContain('it is kept')
    const shut = await welcome(at, 'adler', added.stdout)
    expect(shut).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('--files FOLDER') })
    const args = ['open', '--ring', 'adler', ...bound, '--files', 'in']
    const opened = await at.team('adler', args, added.stdout)
    expect(opened.stdout).toMatch(/Added: .*\nRosa sends in\/plan\.pdf: 3000 bytes/)
    expect(received(at, 'plan.pdf')).toEqual(bytes)
  })

  it('needs a type where it is no text', async () => {
    const at = await two()
    writeFileSync(join(at.cwd, 'content.bin'), bytes)
    const refused = await at.team('rosa', ['seal', 'content.bin'])
    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--type application/octet-stream'),
    })
  })
})
