import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { runsOf } from '@chartseal/testkit'
import { fileStorage } from '@chartseal/tlog/fs'
import { expect, it } from 'vitest'
import { deepVerify, type Read, type Verified } from './deep-verify.js'
import { codec, leafOf, note, openWriter, origin } from './writer-helpers.js'

const segmentBytes = 20_000

// Appends numbered notes as three callers, and prints each index that is acknowledged and each checkpoint.
const writer = `
  import { writeSync } from 'node:fs'
  import { openLogWriter } from '@chartseal/tlog'
  import { fileStorage } from '@chartseal/tlog/fs'
  import { ed25519Signer } from '@chartseal/tlog'
  import { SigningKey } from '@chartseal/core/ed25519'
  import { systemClock, systemRandom } from '@chartseal/core/system'
  const codec = {
    idOf: leaf => leaf.subarray(0, 16),
    encode: async leaf => leaf,
    idOfLeaf: leaf => leaf.subarray(0, 16),
    holds: async (leaf, _, other) => Buffer.compare(leaf, other) === 0,
  }
  const log = await openLogWriter({
    storage: fileStorage(process.argv[1], { segmentBytes: ${segmentBytes} }),
    signer: ed25519Signer('${origin}', new SigningKey(new Uint8Array(32).fill(7))),
    codec, origin: '${origin}', clock: systemClock, random: systemRandom, checkpointMs: 5,
  })
  let next = log.size
  let seen = ''
  const run = async () => {
    for (;;) {
      const id = next++
      const head = Buffer.alloc(16)
      head.writeDoubleBE(id, 8)
      const { index } = await log.append(Buffer.concat([head, Buffer.from('text ' + id)]))
      writeSync(1, 'a ' + index + ' ' + id + '\\n')
      if (log.checkpoint === seen) continue
      seen = log.checkpoint
      writeSync(1, 'c ' + Buffer.from(seen).toString('base64') + '\\n')
    }
  }
  await Promise.all(Array.from({ length: 3 }, run))
`

interface Seen {
  readonly acknowledged: Map<number, number>
  readonly checkpoints: Set<string>
}

/** Kills the writer after so many acknowledgements, or after so many milliseconds, whatever comes first. */
async function killedAfter(path: string, acknowledgements: number, ms: number, seen: Seen): Promise<void> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), ms)
  let count = 0
  const lines = createInterface({ input: child.stdout })
  lines.on('line', line => {
    const [kind, first, second] = line.split(' ')
    if (kind === 'c') seen.checkpoints.add(Buffer.from(first ?? '', 'base64').toString())
    if (kind === 'a') seen.acknowledged.set(Number(second), Number(first))
    if (++count === acknowledgements) child.kill('SIGKILL')
  })
  await Promise.all([once(lines, 'close'), once(child, 'close')])
  clearTimeout(timer)
}

/** The log as any server would give it, whole or not there at all. */
function verifiedFolder(path: string): Verified | null {
  const read: Read = name => {
    const full = join(path, name)
    return existsSync(full) ? readFileSync(full) : null
  }
  return existsSync(join(path, 'checkpoint')) ? deepVerify(read) : null
}

/** A new writer has everything, under the same indexes; what it leaves is whole and continues what was seen. */
async function requireAll(path: string, seen: Seen, before: Verified | null): Promise<Verified> {
  const [known] = [...seen.checkpoints].slice(-1)
  const storage = fileStorage(path, { segmentBytes })
  const log = await openWriter({ storage, ...(known === undefined ? {} : { known }) })
  for (const [id, index] of [...seen.acknowledged].slice(-20)) {
    expect(await log.append(note(id))).toEqual({ index, atMs: null })
  }
  await log.close()
  const after = deepVerify(name => (existsSync(join(path, name)) ? readFileSync(join(path, name)) : null))
  for (const [i, leaf] of (before?.leaves ?? []).entries())
    expect(leaf.equals(after.leaves[i] ?? leaf.subarray(1))).toBe(true)
  for (const [id, index] of seen.acknowledged) {
    const leaf = after.leaves[index]
    expect(leaf !== undefined && Buffer.compare(leaf, leafOf(note(id))) === 0, `entry ${index}`).toBe(true)
  }
  for (const checkpoint of seen.checkpoints) {
    const [, size, root] = checkpoint.split('\n')
    expect(after.root(Number(size)).toString('base64')).toBe(root)
  }
  return after
}

const rounds = process.env['SLOW'] === '1' ? 200 : runsOf(10, 2)

it(`loses nothing in ${rounds} kills at random points`, { timeout: 3_600_000 }, async () => {
  const path = join((await import('./writer-helpers.js')).realFolder(), 'log')
  const seed = Number(process.env['FC_SEED'] ?? Date.now() % 65_536)
  let state = seed
  const next = (below: number): number => {
    state = (state * 25_173 + 13_849) % 65_536
    return state % below
  }
  const acknowledged = new Map<number, number>()
  let before: Verified | null = null
  for (let round = 0; round < rounds; round++) {
    const seen: Seen = { acknowledged: new Map(), checkpoints: new Set() }
    await killedAfter(path, 1 + next(400), round % 3 === 2 ? 50 + next(400) : 60_000, seen)
    try {
      before = verifiedFolder(path) ?? before
      before = await requireAll(path, seen, before)
    } catch (error) {
      throw new Error(`seed ${seed}, round ${round}`, { cause: error })
    }
    for (const [id, index] of seen.acknowledged) acknowledged.set(id, index)
    expect(before.size).toBeGreaterThanOrEqual(acknowledged.size)
  }
  process.stdout.write(
    `seed ${seed}: ${rounds} kills, ${acknowledged.size} acknowledged, ${before?.size} entries\n`,
  )
  expect(codec.idOfLeaf(before?.leaves[0] ?? new Uint8Array())).not.toBeNull()
})
