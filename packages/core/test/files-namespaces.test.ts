import { readdirSync, utimesSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { lockFile, openLog, readClaims, removeClaim, systemLockTimer } from '@chartseal/core/files'
import { afterEach, describe, expect, it } from 'vitest'
import { codeOfAsync, kind, realFolder, texts } from './files-helpers.js'
import { Child, hasNamespaces } from './files-processes.js'
import { runsOf } from './helpers.js'

const folder = realFolder()
const children: Child[] = []
afterEach(async () => {
  for (const child of children.splice(0)) await child.end()
})

// Opens a log and appends a record for each line that it reads; prints how each step ended. Asked for it, its lock shows
// signs of life so often.
const writer = `
  import { lockFile, openLog, systemLockTimer } from '@chartseal/core/files'
  import { createInterface } from 'node:readline'
  const [path, beatMs] = process.argv.slice(1)
  const timer = { ...systemLockTimer, every: (_, run) => systemLockTimer.every(Number(beatMs), run) }
  const own = beatMs === undefined ? {} : { lock: await lockFile(path, { timer }) }
  const log = await openLog(path, { kind: '${kind}', ...own }).catch(error => error)
  console.log(log.code ?? 'open')
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(await log.append(Buffer.from(line)).catch(error => error.code))
  }
`

async function start(
  path: string,
  isContained: boolean,
  ...beatMs: readonly string[]
): Promise<{ child: Child; answer: string }> {
  const child = new Child(writer, [path, ...beatMs], { isContained })
  children.push(child)
  return { child, answer: await child.line() }
}

/** As if this many milliseconds had passed since the last sign of life. */
function age(path: string, ms: number): void {
  for (const name of readdirSync(dirname(path)).filter(one => one.startsWith(`${basename(path)}.lock,`))) {
    const then = (Date.now() - ms) / 1000
    utimesSync(join(dirname(path), name), then, then)
  }
}

/** Watches for a moment in place of 12 seconds. */
const timer = { ...systemLockTimer, wait: () => systemLockTimer.wait(300) }

describe.skipIf(!hasNamespaces)('two PID namespaces with one host name', () => {
  it('let one process in at a time', async () => {
    const path = join(folder, 'both')
    const { child, answer } = await start(path, true)
    const others = [(await start(path, true)).answer, (await start(path, false)).answer]
    expect([answer, ...others]).toEqual(['open', 'files/locked', 'files/locked'])
    child.say('a')
    expect(await child.line()).toBe('0')
    await expect(openLog(path, { kind })).rejects.toMatchObject({
      code: 'files/locked',
      context: { place: 'other-container' },
    })
  })

  it('pass the lock of a killed process on once it has been silent for a minute', async () => {
    const path = join(folder, 'killed')
    const { child } = await start(path, true)
    await child.end()
    expect(await codeOfAsync(() => lockFile(path, { timer }))).toBe('files/locked')
    age(path, 61_000)
    await (await lockFile(path, { timer })).release()
  })

  it('keep a holder that was stopped for long and lost the lock from writing when it goes on', async () => {
    const path = join(folder, 'stopped')
    const { child } = await start(path, true)
    child.say('a')
    expect(await child.line()).toBe('0')
    child.signal('SIGSTOP')
    age(path, 61_000)
    const lock = await lockFile(path, { timer })
    expect(lock.robbed).toBe(true)
    const log = await openLog(path, { kind, lock })
    await lock.settle()
    expect(await log.append(Buffer.from('b'))).toBe(1)
    child.signal('SIGCONT')
    child.say('late')
    expect(await child.line()).toBe('files/lock-lost')
    child.say('later')
    expect(await child.line()).toBe('files/poisoned')
    expect(await log.append(Buffer.from('c'))).toBe(2)
    await log.close()
    await lock.release()
    const again = await openLog(path, { kind })
    expect(await texts(again)).toEqual(['a', 'b', 'c'])
    await again.close()
  })

  it('keep the lock with a holder that is alive, although the clock says that it is silent', async () => {
    const path = join(folder, 'clock')
    // A living holder shows a sign of life every 5 seconds.
    const hurried = runsOf(0, 1) === 1
    const { child } = await start(path, true, ...(hurried ? ['50'] : []))
    age(path, 3_600_000)
    const patient = { ...systemLockTimer, wait: () => systemLockTimer.wait(hurried ? 1000 : 5500) }
    expect(await codeOfAsync(() => lockFile(path, { timer: patient }))).toBe('files/locked')
    child.say('a')
    expect(await child.line()).toBe('0')
  })
})

describe('one PID namespace', () => {
  it('keeps the lock with a process that is stopped, however long', async () => {
    const path = join(folder, 'same')
    const { child } = await start(path, false)
    child.signal('SIGSTOP')
    age(path, 3_600_000)
    expect(await codeOfAsync(() => lockFile(path, { timer }))).toBe('files/locked')
    child.signal('SIGCONT')
    child.say('a')
    expect(await child.line()).toBe('0')
  })

  it('stops a holder whose claim was taken away by force', async () => {
    const path = join(folder, 'forced')
    const { child } = await start(path, false)
    const [claim] = await readClaims(path)
    expect(claim).toMatchObject({ path, place: 'same-space', process: 'alive' })
    if (claim === undefined) return
    expect(await codeOfAsync(() => removeClaim(claim))).toBe('files/locked')
    await removeClaim(claim, { force: true })
    const log = await openLog(path, { kind })
    child.say('late')
    expect(await child.line()).toBe('files/lock-lost')
    expect(await log.append(Buffer.from('a'))).toBe(0)
    await log.close()
  })
})
