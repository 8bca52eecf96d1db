import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { changeDevice } from '@chartseal/clinic/fs'
import { lockFile, nodeFileSystem } from '@chartseal/core/files'
import { systemRandom } from '@chartseal/core/system'
import { patienceMs, quickArgon2id } from '@chartseal/testkit'
import { inspectMessage } from '@chartseal/wire'
import { describe, expect, it } from 'vitest'
import type { Ran } from './cli.js'
import { codeIn } from './codes.js'
import {
  bound,
  createBoth,
  dayMs,
  env,
  light,
  opened,
  pairedPlace,
  place,
  placeOfProcesses,
  sealed,
} from './ring-world.js'

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
    const active = await pair.run(['ring', 'shred', 'rosa', '2026-07'])
    expect([codeIn(active), active.stderr]).toEqual([
      'keyring/not-ended',
      expect.stringContaining('2026-07 has not ended in this ring. Rotate first.'),
    ])
    const rotated = await pair.run(['ring', 'rotate', 'rosa'])
    expect(rotated.stdout).toBe('2026-08 seals; 2026-07 still reads; no month destroyed\n')
    const shredded = await pair.json(['ring', 'shred', 'rosa', '2026-07'])
    expect(shredded).toEqual({ active: '2026-08', grace: [], destroyed: ['2026-07'] })
    expect(codeIn(await pair.run(['ring', 'rotate', 'rosa']))).toBe('keyring/rotated')
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
    const again = (...more: readonly string[]): Promise<Ran> =>
      pair.run(['ring', 'import', ...self, ...more, 'okafor.export', 'third'])
    expect(codeIn(await again('--device', '0'))).toBe('keyring/device-taken')
    expect(codeIn(await again('--role', 'patient'))).toBe('keyring/other-role')
    expect(codeIn(await again('--name', '\u200b'))).toBe('keyring/bad-name')
    expect((await again()).stdout).toContain('import again with --device 2')
    // Both devices count from 0 under one number: told as such, and not lost.
    const third = await sealed(pair, 'three', 'third')
    const refused = await opened(pair, third)
    expect(codeIn(refused)).toBe('thread/replayed')
    expect(refused.stderr).toContain('or another device of the other side has the same number')
    const shown = await pair.run(['message', 'open', '--again', '--ring', 'rosa', ...bound], { stdin: third })
    expect(shown.stdout).toBe('three')
  })

  it('refuses a wrong passphrase, a folder that is taken, and damage, and shows no secret', async () => {
    const pair = await pairedPlace()
    const wrong = { env: { ...env, CHARTSEAL_PASSPHRASE: 'wrong' } }
    expect(codeIn(await pair.run(['ring', 'status', 'okafor'], wrong))).toBe('ring/wrong-passphrase')
    expect(codeIn(await pair.run(['ring', 'rotate', 'okafor'], wrong))).toBe('ring/wrong-passphrase')
    const again = await pair.run(['ring', 'create', '--role', 'doctor', '--name', 'x', ...light, 'okafor'])
    expect(codeIn(again)).toBe('ring/exists')
    const state = readFileSync(join(pair.cwd, 'okafor/state'))
    writeFileSync(join(pair.cwd, 'okafor/state'), state.subarray(1))
    for (const verb of ['status', 'rotate']) {
      expect(codeIn(await pair.run(['ring', verb, 'okafor']))).toBe('ring/wrong-passphrase')
    }
    writeFileSync(join(pair.cwd, 'okafor/key'), 'x')
    expect(codeIn(await pair.run(['ring', 'status', 'okafor']))).toBe('ring/damaged')
    const fresh = place()
    await createBoth(fresh)
    expect(codeIn(await fresh.run(['ring', 'rotate', 'okafor']))).toBe('ring/not-paired')
    expect((await fresh.run(['ring', 'status', 'okafor'])).stdout).toContain('with nobody yet')
  })
})

describe('the names of people', () => {
  it('are read in one form, and refused where pairing would refuse them', async () => {
    const { run, json } = place()
    const create = (name: string, folder: string) => [
      'ring',
      'create',
      '--role',
      'patient',
      '--name',
      name,
      ...light,
      folder,
    ]
    for (const name of ['', ' ', 'x'.repeat(70), 'Ana \u{1f469}\u200d\u2695\ufe0f']) {
      expect(codeIn(await run(create(name, 'none')))).toBe('keyring/bad-name')
    }
    await run(create(' Jose\u0301 ', 'jose'))
    expect(await json(['ring', 'status', 'jose'])).toMatchObject({ name: 'Jos\u00e9' })
  })
})

describe('a folder that cannot be used', () => {
  it('says how to make one, with what the command needs and quotes where a shell needs them', async () => {
    const { run } = place()
    const { stderr } = await run(['ring', 'status', "Rosa's ring"])
    expect(stderr).toMatch(
      /holds no ring\. Make one: chartseal ring create --role ROLE --name NAME '.*Rosa'\\''s ring'/,
    )
  })

  it('is not called missing when it may not be read', async () => {
    const pair = await pairedPlace()
    const folder = join(pair.cwd, 'rosa')
    // To root, permissions do not apply unless it gives these up.
    const overrides = '-dac_override,-dac_read_search'
    const asRoot = ['setpriv', `--bounding-set=${overrides}`, `--inh-caps=${overrides}`]
    const bin = fileURLToPath(new URL('../dist/main.js', import.meta.url))
    const call = [process.execPath, bin, 'ring', 'status', folder]
    const [command = '', ...args] = process.getuid?.() === 0 ? [...asRoot, ...call] : call
    chmodSync(folder, 0o000)
    const { stderr } = spawnSync(command, args, {
      encoding: 'utf8',
      env: { ...process.env, ...env },
      timeout: patienceMs,
    })
    chmodSync(folder, 0o700)
    expect(stderr).toMatch(/EACCES.*\(files\/failed\)/)
  })

  it('is shown without a lock and without a write', async () => {
    const pair = await pairedPlace()
    const folder = join(pair.cwd, 'rosa')
    const lock = await lockFile(join(folder, 'state'))
    const before = readdirSync(folder).map(name => [name, statSync(join(folder, name)).mtimeMs])
    pair.clock.turn(20 * dayMs)
    expect(await pair.json(['ring', 'status', 'rosa'])).toMatchObject({ ring: { active: '2026-08' } })
    expect(readdirSync(folder).map(name => [name, statSync(join(folder, name)).mtimeMs])).toEqual(before)
    await lock.release()
  })
})

describe('chartseal unlock', () => {
  it('says whose lock it is, and takes it away when asked', async () => {
    const pair = await pairedPlace()
    const state = join(pair.cwd, 'rosa/state')
    const lock = await lockFile(state)
    const shown = await pair.run(['unlock', 'rosa'])
    expect(shown.stdout).toContain(`Process ${process.pid} on `)
    expect(await pair.json(['unlock', 'rosa'])).toMatchObject({
      claims: [{ path: state, pid: process.pid, process: 'alive', place: 'same-space' }],
      removed: false,
    })
    expect(codeIn(await pair.run(['unlock', '--remove', 'rosa']))).toBe('files/locked')
    expect((await pair.run(['unlock', '--force', 'rosa'])).stdout).toContain('its lock was taken away')
    await expect(lock.check()).rejects.toMatchObject({ code: 'files/lock-lost' })
    expect((await pair.run(['ring', 'rotate', 'rosa'])).exitCode).toBe(0)
    expect((await pair.run(['unlock', 'rosa'])).stdout).toBe('Nothing holds rosa\n')
    expect((await pair.run(['unlock', '.'])).exitCode).toBe(2)
  })

  it('knows the three folders of an audit log', async () => {
    const { run, cwd } = place()
    await run(['audit', 'init', '--origin', 'clinic.example/log', 'audit'])
    const lock = await lockFile(join(cwd, 'audit.keys/log-keys/keys'))
    expect((await run(['unlock', 'audit'])).stdout).toContain(`Process ${process.pid} on `)
    await lock.release()
  })
})

describe('a ring folder', () => {
  const quick = { passphrase: env.CHARTSEAL_PASSPHRASE, random: systemRandom, argon2id: quickArgon2id }
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
    const pair = await placeOfProcesses()
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
    const options = { ...quick, waitSeconds: 0 }
    const at = (name: string) => ({ ...options, folder: join(pair.cwd, name) })
    const lock = await lockFile(join(pair.cwd, 'okafor/state'))
    const busy = changeDevice(at('okafor'), () => ({ result: 'in', device: null }))
    await expect(busy).rejects.toMatchObject({
      code: 'ring/busy',
      context: { pid: process.pid, file: join(pair.cwd, 'okafor/state') },
      message: expect.stringMatching(/chartseal unlock \S+okafor$/),
    })
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
    const options = { ...quick, folder: join(pair.cwd, 'okafor') }
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
