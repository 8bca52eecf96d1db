import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codeIn } from './codes.js'
import { bound, keep, opened, pairedPlace, sealed } from './ring-world.js'

describe('chartseal message, version 2', () => {
  it('opens once, for the patient, thread and parties that it was sealed for', async () => {
    const pair = await pairedPlace()
    const message = await sealed(pair, 'BP 120/80')
    expect(message).toMatch(/^\[CHARTSEAL:v2:[\w-]+\]\n$/)
    const open = (...options: readonly string[]) =>
      pair.run(['message', 'open', '--ring', 'rosa', ...options], { stdin: message })
    for (const other of [
      ['--patient', 'PAT-9', '--thread', 'ward 3'],
      ['--patient', 'PAT-12345'],
      [...bound, '--from', 'x'],
      [...bound, '--to', 'x'],
    ])
      expect(codeIn(await open(...other))).toBe('open/failed')
    expect((await open()).exitCode).toBe(2)
    expect((await open(...bound)).stdout).toBe('BP 120/80')
    expect(codeIn(await open(...bound))).toBe('thread/replayed')
  })

  it('carries files of any kind, in parts for a chat, in any order', async () => {
    const pair = await pairedPlace()
    const content = Uint8Array.from({ length: 9000 }, (_, i) => (i * 7) % 256)
    keep(pair, 'ct.dcm', content)
    const seal = [
      'message',
      'seal',
      '--ring',
      'okafor',
      ...bound,
      '--type',
      'application/dicom',
      '--name',
      'ct.dcm',
    ]
    const { stdout } = await pair.run([...seal, '--split', '4096', 'ct.dcm'])
    const parts = stdout.trim().split('\n')
    expect(parts.length).toBeGreaterThan(2)
    keep(pair, 'one.txt', parts.slice(1).reverse().join('\n\n'))
    keep(pair, 'two.txt', `  ${parts[0]}\n`)
    const open = ['message', 'open', '--ring', 'rosa', ...bound, 'one.txt', 'two.txt', '--out', 'got.dcm']
    expect(await pair.run(open)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(Uint8Array.from(readFileSync(join(pair.cwd, 'got.dcm')))).toEqual(content)
    expect(statSync(join(pair.cwd, 'got.dcm')).mode & 0o777).toBe(0o600)
    expect(codeIn(await pair.run(['message', 'join'], { stdin: parts.slice(1).join('\n') }))).toBe(
      'message/missing-parts',
    )
    const joined = await pair.run(['message', 'join'], { stdin: stdout })
    const again = await pair.json(['message', 'split', '--max', '4096'], { stdin: joined.stdout })
    expect(again['messages']).toEqual(parts)
  })

  it('answers with JSON: text as text, other bytes in base64', async () => {
    const pair = await pairedPlace()
    const open = ['message', 'open', '--ring', 'rosa', ...bound]
    const text = await pair.json(open, { stdin: await sealed(pair, 'Grüße') })
    expect(text).toMatchObject({
      content: 'Grüße',
      type: 'text/plain;charset=utf-8',
      counter: '0',
      sealed_by: 'peer',
    })
    const { stdout } = await pair.run(
      ['message', 'seal', '--ring', 'okafor', ...bound, '--type', 'image/png'],
      {
        stdin: Uint8Array.of(0xff),
      },
    )
    expect(await pair.json(open, { stdin: stdout })).toMatchObject({ content_base64: '/w==', name: null })
  })

  it('says of what comes back to its own side that this side sealed it', async () => {
    const pair = await pairedPlace()
    const text = await sealed(pair, 'one tablet')
    const open = ['message', 'open', ...bound, '--ring']
    const ours = await pair.run([...open, 'okafor'], { stdin: text })
    expect(ours).toMatchObject({ exitCode: 0, stdout: 'one tablet' })
    expect(ours.stderr).toContain('your own side sealed this')
    expect((await pair.run([...open, 'rosa'], { stdin: text })).stderr).toBe('')
  })

  it('does not write bytes that are no text to a terminal, and keeps the message unopened', async () => {
    const pair = await pairedPlace()
    const seal = ['message', 'seal', '--ring', 'okafor', ...bound, '--type', 'image/png']
    const { stdout } = await pair.run(seal, { stdin: Uint8Array.of(0xff, 0x1b) })
    const open = ['message', 'open', '--ring', 'rosa', ...bound]
    const refused = await pair.run(open, { stdin: stdout, isTerminal: true })
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
    expect((await pair.run(open, { stdin: stdout })).exitCode).toBe(0)
  })

  it('that I sealed myself I can open, once', async () => {
    const pair = await pairedPlace()
    const message = await sealed(pair, 'mine')
    expect((await opened(pair, message, 'okafor')).stdout).toBe('mine')
    expect(codeIn(await opened(pair, message, 'okafor'))).toBe('thread/replayed')
  })

  it('inspects whole messages and parts without a key', async () => {
    const pair = await pairedPlace()
    const message = await sealed(pair, 'x')
    const inspect = (stdin: string) => pair.run(['message', 'inspect'], { stdin })
    expect((await inspect(message)).stdout).toMatch(
      /Version {5}2\nKey id {6}[0-9a-f]{16}\nCounter {5}0\nContent/,
    )
    const parts = (await pair.run(['message', 'split', '--max', '300'], { stdin: message })).stdout.split(
      '\n',
    )
    expect((await inspect(parts[0] ?? '')).stdout).toMatch(/Part {8}1 of \d+.*\nWhole.*\nKey id/)
    expect((await inspect(parts[1] ?? '')).stdout).not.toContain('Key id')
    const broken = await inspect(message.replace('v2:A', 'v2:!'))
    expect(broken).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('at: base64') })
  })

  it('needs a ring or a version', async () => {
    const pair = await pairedPlace()
    expect((await pair.run(['message', 'seal', '--patient', 'P'], { stdin: 'x' })).exitCode).toBe(2)
    expect((await pair.run(['message', 'open'], { stdin: 'x' })).exitCode).toBe(2)
    expect((await pair.run(['message', 'seal', '--v1'], { stdin: 'x' })).exitCode).toBe(2)
  })
})
