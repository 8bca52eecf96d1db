/** What goes wrong inside is told in one line, and never with a stack. */
import { Writable } from 'node:stream'
import { answerLine } from '@chartseal/conformance/interop'
import { coreError } from '@chartseal/core/errors'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { explain, messageOf, UsageError } from '../dist/io/errors.js'
import { write } from '../dist/io/io.js'
import { systemIo } from '../dist/io/system-io.js'
import { painter, startProgress } from '../dist/io/terminal.js'
import { Sink, worldIo } from './cli.js'

const io = worldIo({}, new Sink(), new Sink())

describe('a failure', () => {
  it.each([
    [1, 'open/failed', coreError('open/failed', {})],
    [2, 'usage', new UsageError('x')],
    [2, 'usage', new RangeError('x')],
    [2, 'usage', new TypeError('x')],
    [1, 'internal', new Error('internal: x')],
    [1, 'ENOSPC', Object.assign(new Error('x'), { code: 'ENOSPC' })],
    [1, 'internal', 'x'],
  ])('has exit code %i and the code %s', (exitCode, code, error) => {
    expect(explain(error)).toMatchObject({ exitCode, code })
    expect(messageOf(error)).not.toContain('\n')
  })

  it('of an operation is answered, whatever it is', async () => {
    const line = Buffer.from('{"op": "crash", "id": 5}')
    for (const [error, code] of [
      [new TypeError('x'), 'interop/invalid-request'],
      [new RangeError('x'), 'interop/invalid-request'],
      [new Error('x'), 'interop/internal'],
    ] as const) {
      const answer = await answerLine(line, { crash: () => Promise.reject(error) }, io)
      expect(answer).toEqual({ ok: false, code, id: 5 })
    }
  })

  it('of a stream ends the write', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('full')) })
    broken.on('error', () => undefined)
    await expect(write(broken, 'x')).rejects.toThrow('full')
  })
})

describe('a terminal', () => {
  it.each([
    [{ NO_COLOR: '1' }, true],
    [{ TERM: 'dumb' }, true],
    [{ NO_COLOR: '' }, false],
    [{}, false],
  ])('with %j shows colours, or not', (env, plain) => {
    const paint = painter(worldIo({ env, isTerminal: true }, new Sink(), new Sink()), true)
    const colours = [paint.good('x'), paint.bad('x'), paint.title('x'), paint.faint('x')]
    for (const text of colours) expect(text === 'x').toBe(plain)
  })

  it('shows progress, and nothing else does', async () => {
    const [screen, pipe] = [Object.assign(new Sink(), { isTTY: true }), new Sink()]
    for (const [sink, isTerminal] of [
      [screen, true],
      [pipe, false],
    ] as const) {
      const progress = await startProgress(worldIo({ isTerminal }, new Sink(), sink), 'work', 10)
      progress.update(5)
      progress.stop()
    }
    expect(screen.text).toContain('work')
    expect(pipe.text).toBe('')
  })
})

describe('the process', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it('works in the folder that npm was called in', () => {
    vi.stubEnv('INIT_CWD', '/where/the/user/is')
    expect(systemIo().cwd).toBe('/where/the/user/is')
    vi.stubEnv('INIT_CWD', undefined)
    expect(systemIo().cwd).toBe(process.cwd())
  })
})
