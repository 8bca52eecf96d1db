/** Killed, or with a full disk, before any name on the disk changes: nothing is lost, and the same command goes on. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock as clock } from '@chartseal/core/system'
import { faultPlaces, runsOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { cli, emptyFolder } from './cli.js'
import { as, asOwner, inStore } from './envelope-world.js'

const bin = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const hook = fileURLToPath(new URL('./fault-hook.mjs', import.meta.url))
const content = 'MRI of the left knee'

interface Start {
  readonly folder: string
  /** A copy, so that each fault meets the same disk. */
  copy(): string
}

async function start(): Promise<Start> {
  const folder = emptyFolder()
  const run = (...args: readonly string[]) => cli(['envelope', ...args], { cwd: folder, stdin: content })
  for (const name of ['rosa', 'okafor', 'lindqvist']) {
    const owner = name === 'rosa' ? ['--owner-key', 'rosa.owner'] : []
    await run('keygen', '--out', `${name}.id`, ...owner)
    await run('recipient', ...as(name), '-o', `${name}.rec`)
  }
  writeFileSync(join(folder, 'scan.txt'), content)
  const people = ['--to', 'okafor.rec', '--to', 'lindqvist.rec']
  const put = await run(
    'put',
    ...inStore,
    ...asOwner,
    ...as('rosa'),
    ...people,
    'scan.txt',
    '-o',
    'one.grants',
  )
  expect(put.exitCode).toBe(0)
  return {
    folder,
    copy() {
      const copy = emptyFolder()
      cpSync(folder, copy, { recursive: true })
      return copy
    },
  }
}

/** The command as a process with a fault; its exit code, `null` when it was killed. */
function runWith(cwd: string, args: readonly string[], kind: string, at: number) {
  const counter = join(cwd, 'count')
  const { status, stderr } = spawnSync(process.execPath, ['--import', hook, bin, 'envelope', ...args], {
    cwd,
    env: { ...process.env, INIT_CWD: cwd, FAULT_AT: `${at}`, FAULT_KIND: kind, FAULT_COUNT: counter },
    encoding: 'utf8',
  })
  return { status, stderr, count: existsSync(counter) ? Number(readFileSync(counter, 'utf8')) : 0 }
}

const never = 1_000_000

async function opens(cwd: string, who: string, list: string): Promise<boolean> {
  if (!existsSync(join(cwd, list))) return false
  const ran = await cli(['envelope', 'get', ...inStore, ...as(who), '--any-owner', list], { cwd })
  return ran.exitCode === 0 && ran.stdout === content
}

/** A full disk leaves what a kill leaves, and an error; what destroys nothing has less to lose: fewer places will do. */
function placesOf(count: number, kind: string, destroys: boolean): readonly number[] {
  if (kind === 'kill' && destroys) return faultPlaces(count, 1)
  return [0, count >> 1, count - 1].slice(runsOf(0, 1), runsOf(3, 2))
}

interface Case {
  readonly args: readonly string[]
  /** What must hold after any fault, and after the command was run again. */
  after(cwd: string): Promise<void>
  done(cwd: string): Promise<void>
}

const change = [...inStore, ...asOwner]
const next = ['one.grants', '-o', 'two.grants']

const cases: Readonly<Record<string, Case>> = {
  put: {
    args: ['put', ...change, ...as('rosa'), 'scan.txt', '-o', 'two.grants'],
    async after(cwd) {
      expect(await opens(cwd, 'rosa', 'one.grants')).toBe(true)
      if (existsSync(join(cwd, 'two.grants'))) expect(await opens(cwd, 'rosa', 'two.grants')).toBe(true)
    },
    async done(cwd) {
      expect(await opens(cwd, 'rosa', 'two.grants')).toBe(true)
    },
  },
  regrant: {
    args: ['revoke', '--step', 'regrant', ...asOwner, '--without', 'okafor.rec', ...next],
    async after(cwd) {
      expect(await opens(cwd, 'rosa', 'one.grants')).toBe(true)
      if (existsSync(join(cwd, 'two.grants'))) expect(await opens(cwd, 'rosa', 'two.grants')).toBe(true)
    },
    async done(cwd) {
      expect(await opens(cwd, 'lindqvist', 'two.grants')).toBe(true)
      expect(await opens(cwd, 'okafor', 'two.grants')).toBe(false)
    },
  },
  rekey: {
    args: ['revoke', '--step', 'rekey', ...change, ...as('rosa'), '--keep', 'lindqvist.rec', ...next],
    async after(cwd) {
      const [old, fresh] = [await opens(cwd, 'rosa', 'one.grants'), await opens(cwd, 'rosa', 'two.grants')]
      expect(old || fresh).toBe(true)
      expect(existsSync(join(cwd, 'two.grants'))).toBe(fresh)
    },
    async done(cwd) {
      expect(await opens(cwd, 'lindqvist', 'two.grants')).toBe(true)
      expect(await opens(cwd, 'okafor', 'two.grants')).toBe(false)
      expect(await opens(cwd, 'rosa', 'one.grants')).toBe(false)
    },
  },
  shred: {
    args: ['revoke', '--step', 'shred', ...change, ...next],
    async after(cwd) {
      // Until the decision is in its file, everything is there.
      if (!existsSync(join(cwd, 'two.grants'))) expect(await opens(cwd, 'rosa', 'one.grants')).toBe(true)
    },
    async done(cwd) {
      expect(existsSync(join(cwd, 'one.grants'))).toBe(false)
      expect(existsSync(join(cwd, 'two.grants'))).toBe(true)
      expect(await opens(cwd, 'rosa', 'two.grants')).toBe(false)
    },
  },
}

describe.each(Object.entries(cases))('chartseal envelope %s', (_, { args, after, done }) => {
  it.each(['kill', 'full'])('loses nothing by a %s at any step, and goes on where it stopped', async kind => {
    const begun = await start()
    const whole = runWith(begun.copy(), args, kind, never)
    expect(whole).toMatchObject({ status: 0 })
    expect(whole.count).toBeGreaterThan(1)
    for (const place of placesOf(whole.count, kind, args.includes('rekey') || args.includes('shred'))) {
      const cwd = begun.copy()
      const { status } = runWith(cwd, args, kind, place + 1)
      if (kind === 'kill') expect(status).toBe(null)
      await after(cwd)
      // Everything was done, and only the end of the process is missing.
      if (!existsSync(join(cwd, 'one.grants'))) continue
      expect(await cli(['envelope', ...args, '--force'], { cwd, clock })).toMatchObject({ exitCode: 0 })
      await done(cwd)
    }
  })
})
