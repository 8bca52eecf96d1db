import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { equal } from '@chartseal/core/bytes'
import { runsOf } from '@chartseal/testkit'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { dataPaths, takeDataFolder } from '../dist/data-folder.js'
import type { OpenedStore, StoreTarget } from '../dist/store.js'
import { emptyFolder, emptyTarget, engine, open } from './store-world.js'
import { contentOf } from './store-writer.mjs'

const writer = fileURLToPath(new URL('./store-writer.mjs', import.meta.url))
const { FC_SEED, SLOW } = process.env
const rounds = SLOW === '1' ? 60 : engine === 'postgres' ? 4 : runsOf(10, 5)
const seed = FC_SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(FC_SEED)

/** The same numbers for the same seed (Park and Miller). */
function numbers(from: number): (below: number) => number {
  let state = (from % 2_147_483_646) + 1
  return below => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

/** Kills the writer after so many lines of its own, at whatever it does then; what it had acknowledged. */
async function killAfter(lines: number, args: readonly string[]): Promise<readonly string[]> {
  const child = spawn(process.execPath, [writer, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const acknowledged: string[] = []
  let seen = 0
  for await (const line of createInterface({ input: child.stdout })) {
    seen += 1
    if (line.startsWith('ack ')) acknowledged.push(line.slice(4))
    if (seen === lines) child.kill('SIGKILL')
  }
  expect(await ended).toEqual([null, 'SIGKILL'])
  return acknowledged
}

async function check(store: OpenedStore, acknowledged: ReadonlySet<string>): Promise<void> {
  const numberOf = (id: string): number => Number(id.split('-')[1])
  for (const id of acknowledged) {
    const content = contentOf(id, numberOf(id))
    const message = await store.mailboxes.find('box', id)
    const opening = await store.openings.find(id)
    expect(message !== null && equal(message.bytes, content), `${id} is lost or changed (seed ${seed})`).toBe(
      true,
    )
    expect(opening !== null && equal(opening.entry, content), `the entry of ${id} (seed ${seed})`).toBe(true)
  }
  // What was not acknowledged is there as a whole or not at all, and the box has counted each once.
  const { rows } = await sql<{ messages: number; openings: number; kept: number; last: number }>`
    select (select count(*) from messages) as messages, (select count(*) from openings) as openings,
      kept, last_position as last from boxes`.execute(store.db)
  const [{ messages, openings, kept, last } = { messages: 0, openings: 0, kept: 0, last: 0 }] = rows
  expect({ openings, kept, last }).toEqual({ openings: messages, kept: messages, last: messages })
  if (store.engine === 'sqlite') {
    const integrity = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(store.db)
    expect(integrity.rows).toEqual([{ integrity_check: 'ok' }])
  }
}

describe(`a store on ${engine} whose writer is killed`, () => {
  it(`has everything that was acknowledged, ${rounds} times (seed ${seed})`, async () => {
    const data = join(emptyFolder(), 'data')
    const target: StoreTarget = engine === 'sqlite' ? { file: dataPaths(data).store } : await emptyTarget()
    const args = 'url' in target ? [target.url] : []
    const next = numbers(seed)
    const acknowledged = new Set<string>()
    for (let round = 0; round < rounds; round += 1) {
      // The first rounds die while tables are made, or before the first message.
      const lines = round < 2 ? round + 1 : 3 + next(80)
      for (const id of await killAfter(lines, [data, `${round}`, ...args])) acknowledged.add(id)
      // The lock of the dead one is nobody's.
      await (await takeDataFolder(data)).release()
    }
    const store = await open(target)
    await check(store, acknowledged)
    process.stdout.write(`seed ${seed}: ${acknowledged.size} acknowledged in ${rounds} rounds, 0 lost\n`)
    expect(acknowledged.size).toBeGreaterThan(rounds)
  })
})
