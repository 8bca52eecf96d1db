import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { changeDevice } from '@chartseal/clinic/fs'
import { lockFile, nodeFileSystem } from '@chartseal/core/files'
import { systemRandom } from '@chartseal/core/system'
import { inspectMessage } from '@chartseal/wire'
import { describe, expect, it } from 'vitest'
import { codeIn } from './codes.js'
import { bound, createBoth, dayMs, env, light, opened, pairedPlace, place, sealed } from './ring-world.js'

describe('chartseal ring', () => {
  it('tells what it holds, rotates, gives grace and destroys', async () => {
    const pair = await pairedPlace()
    const before = await pair.run(['ring', 'status', 'okafor'])
    expect(before.stdout).toContain('Paired      with "Rosa" since 2026-07')
    const july = await sealed(pair, 'July')
    pair.clock.turn(20 * dayMs)
    const august = await pair.json(['ring', 'status', 'rosa'])
    expect(august['ring']).toMatchObject({ active: '2026-08', destroyed: [], grace: [{ month: '2026-07' }] })
    expect((await opened(pair, july)).stdout).toBe('July')
    pair.clock.turn(7 * dayMs)
    expect(await pair.json(['ring', 'status', 'rosa'])).toMatchObject({
      ring: { destroyed: ['2026-07'], grace: [] },
    })
    expect(codeIn(await opened(pair, july))).toBe('keyring/no-such-key')
  })

  it('shreds an ended month at once', async () => {
    const pair = await pairedPlace()
    const july = await sealed(pair, 'July')
    expect((await pair.run(['ring', 'shred', 'rosa', '2026-07'])).exitCode).toBe(2)
    const rotated = await pair.run(['ring', 'rotate', 'rosa'])
    expect(rotated.stdout).toBe('2026-08 seals; 2026-07 still reads; no month destroyed\n')
    const shredded = await pair.json(['ring', 'shred', 'rosa', '2026-07'])
    expect(shredded).toEqual({ active: '2026-08', grace: [], destroyed: ['2026-07'] })
    expect(codeIn(await opened(pair, july))).toBe('keyring/no-such-key')
    expect((await pair.run(['ring', 'shred', 'rosa', '2026-13'])).exitCode).toBe(2)
  })

  it('asks for a word when the clock jumps', async () => {
    const pair = await pairedPlace()
    pair.clock.turn(200 * dayMs)
    expect(codeIn(await pair.run(['ring', 'status', 'rosa']))).toBe('keyring/clock-jump')
    expect(await pair.run(['ring', 'status', 'rosa', '--confirm-clock'])).toMatchObject({ exitCode: 0 })
    expect(await pair.run(['ring', 'status', 'rosa'])).toMatchObject({ exitCode: 0 })
  })

  it('goes to another device, which seals under a number of its own', async () => {
    const pair = await pairedPlace()
    const first = await sealed(pair, 'one')
    const exported = await pair.run(['ring', 'export', 'okafor', ...light, '--out', 'okafor.export'])
    expect(exported).toMatchObject({ exitCode: 0, stdout: '' })
    const self = ['--role', 'doctor', '--name', 'Dr. Okafor', '--peer', 'Rosa', ...light]
    const imported = await pair.json(['ring', 'import', ...self, 'okafor.export', 'tablet'])
    expect(imported).toEqual({ device: 1, active: '2026-07' })
    const second = await sealed(pair, 'two', 'tablet')
    expect(inspectMessage(first.trim()).message).not.toEqual(inspectMessage(second.trim()).message)
    for (const [message, text] of [
      [first, 'one'],
      [second, 'two'],
    ] as const)
      expect((await opened(pair, message)).stdout).toBe(text)
    const wrong = { env: { ...env, CHARTSEAL_EXPORT_PASSPHRASE: 'wrong' } }
    expect(codeIn(await pair.run(['ring', 'import', ...self, 'okafor.export', 'third'], wrong))).toBe(
      'open/failed',
    )
    expect(
      (await pair.run(['ring', 'import', ...self, '--device', '0', 'okafor.export', 'third'])).exitCode,
    ).toBe(2)
  })

  it('refuses a wrong passphrase, a folder that is taken, and damage, and shows no secret', async () => {
    const pair = await pairedPlace()
    const wrong = { env: { ...env, CHARTSEAL_PASSPHRASE: 'wrong' } }
    expect(codeIn(await pair.run(['ring', 'status', 'okafor'], wrong))).toBe('open/failed')
    const again = await pair.run(['ring', 'create', '--role', 'doctor', '--name', 'x', ...light, 'okafor'])
    expect(codeIn(again)).toBe('ring/exists')
    const state = readFileSync(join(pair.cwd, 'okafor/state'))
    writeFileSync(join(pair.cwd, 'okafor/state'), state.subarray(1))
    expect(codeIn(await pair.run(['ring', 'status', 'okafor']))).toBe('open/failed')
    writeFileSync(join(pair.cwd, 'okafor/key'), 'x')
    expect(codeIn(await pair.run(['ring', 'status', 'okafor']))).toBe('ring/damaged')
    const fresh = place()
    await createBoth(fresh)
    expect(codeIn(await fresh.run(['ring', 'rotate', 'okafor']))).toBe('ring/not-paired')
    expect((await fresh.run(['ring', 'status', 'okafor'])).stdout).toContain('with nobody yet')
  })
})

describe('a ring folder', () => {
  const main = join(import.meta.dirname, '../dist/main.js')

  /** Another process that seals once. */
  function sealElsewhere(cwd: string): Promise<string> {
    const args = [main, 'message', 'seal', '--ring', 'okafor', ...bound]
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env, INIT_CWD: cwd, NO_COLOR: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    child.stdin.end('x')
    let text = ''
    child.stdout.on('data', data => {
      text += data
    })
    return new Promise(resolve => child.on('close', () => resolve(text.trim())))
  }

  it('is used by one process at a time, and no counter is given out twice', async () => {
    const pair = await pairedPlace()
    // Real processes have the real clock; the ring is made at another time.
    await pair.run(['ring', 'status', 'okafor', '--confirm-clock'], { clock: { nowMs: () => Date.now() } })
    const messages = await Promise.all(Array.from({ length: 4 }, () => sealElsewhere(pair.cwd)))
    const counters = messages
      .map(text => inspectMessage(text).message)
      .map(message => message?.version === 2 && message.counter)
    expect(counters.toSorted()).toEqual([0n, 1n, 2n, 3n])
  })

  it('waits for another process, but not for ever', async () => {
    const pair = await pairedPlace()
    const lock = await lockFile(join(pair.cwd, 'okafor/state'))
    const waiting = pair.run(['ring', 'status', 'okafor'])
    await new Promise(resolve => setTimeout(resolve, 200))
    await lock.release()
    expect(await waiting).toMatchObject({ exitCode: 0 })
  })

  it('says by name that another process holds it, and that a message is older than the window', async () => {
    const pair = await pairedPlace()
    const options = { passphrase: env.CHARTSEAL_PASSPHRASE, random: systemRandom, waitSeconds: 0 }
    const at = (name: string) => ({ ...options, folder: join(pair.cwd, name) })
    const lock = await lockFile(join(pair.cwd, 'okafor/state'))
    const busy = changeDevice(at('okafor'), () => ({ result: 'in', device: null }))
    await expect(busy).rejects.toMatchObject({ code: 'ring/busy' })
    await lock.release()
    const message = await sealed(pair, 'old')
    const { message: told } = inspectMessage(message.trim())
    const kid = told?.version === 2 ? told.kid : ''
    await changeDevice(at('rosa'), before => {
      const window = { next: 2000n, seen: 1n }
      const windows = new Map([[kid, { epoch: before.ring?.epoch ?? 0, window }]])
      return { result: null, device: { ...before, windows } }
    })
    expect(codeIn(await opened(pair, message))).toBe('thread/too-old')
  })

  it('loses nothing when writing fails at any step, and spends no counter on a message that did not leave', async () => {
    const pair = await pairedPlace()
    const options = {
      folder: join(pair.cwd, 'okafor'),
      passphrase: env.CHARTSEAL_PASSPHRASE,
      random: systemRandom,
    }
    for (const fault of ['open', 'rename'] as const) {
      const fileSystem = {
        ...nodeFileSystem,
        [fault]: () => Promise.reject(Object.assign(new Error('disk'), { code: 'EIO' })),
      }
      const state = readFileSync(join(pair.cwd, 'okafor/state'))
      const step = changeDevice({ ...options, fileSystem }, before => ({ result: 'left', device: before }))
      await expect(step).rejects.toMatchObject({ code: 'files/failed' })
      expect(readFileSync(join(pair.cwd, 'okafor/state'))).toEqual(state)
    }
    expect(readdirSync(join(pair.cwd, 'okafor')).sort()).toEqual(['key', 'state'])
    expect(inspectMessage((await sealed(pair, 'x')).trim()).message).toMatchObject({ counter: 0n })
  })
})
