import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { clinicLeafRules, decodeAccessEntry } from '@chartseal/audit/access'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { runsOf } from '@chartseal/testkit'
import { parseVerifierKey, verifyLog } from '@chartseal/tlog'
import { folderSource } from '@chartseal/tlog/fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { blockPath, isBlockOf } from '../dist/clinic/blocks.js'
import { name16 } from './api-world.js'
import { blocksOf, grantsBody, leafBytes, listFor, pathOf } from './records-world.js'
import { Caller, type Sent, startServer } from './server-process.js'

/** Two hundred take minutes: for whoever has a night. */
const rounds = process.env['SLOW'] === '1' ? 200 : runsOf(16, 2)
const seed = Number(process.env['FC_SEED'] ?? new DataView(systemRandom.bytes(4).buffer).getUint32(0))

/** mulberry32: the moments of the kills, again for the same seed. */
function seeded(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Done {
  readonly path: string
  readonly body: Uint8Array
  readonly answer: string
}

/** What was answered, and so must be there for ever. */
class Ledger {
  readonly deposits: Done[] = []
  readonly entries: Done[] = []
  /** Some of them may have been done without an answer. */
  readonly toAcknowledge = new Set<string>()
  readonly acknowledged = new Set<string>()
  /** Payloads of packages by their root, each with all its blocks. */
  readonly blocks = new Map<string, readonly string[]>()
  readonly grants: Done[] = []
  /** Package ids whose grants were given to the reader. */
  readonly given: string[] = []
  readonly toShred = new Set<string>()
  readonly shredded = new Set<string>()
}

/** Deposits, fetches, acknowledges and appends until nothing answers any more. */
async function work(sender: Caller, owner: Caller, ledger: Ledger): Promise<void> {
  const keep = (done: Done[], path: string, body: Uint8Array, { status, body: answer }: Sent): void => {
    expect(status).toBe(200)
    done.push({ path, body, answer })
  }
  try {
    for (let i = 0; ; i++) {
      if (i % 6 === 0) await share(sender, owner, ledger, (systemRandom.bytes(1)[0] ?? 0) % 2 === 0)
      const body = systemRandom.bytes(1 + Math.floor(i % 7) * 300)
      const path = `/v1/mailboxes/${owner.mailbox}/${name16()}`
      keep(ledger.deposits, path, body, await sender.send('PUT', path, body))
      // The others stay: a mailbox takes 5,000 of one sender.
      if (i % 10 !== 0) {
        ledger.toAcknowledge.add(path)
        const { status } = await owner.send('DELETE', path)
        expect(status).toBe(204)
        ledger.acknowledged.add(path)
      }
      const entry = `/v1/entries/${name16()}`
      if (i % 4 === 0) keep(ledger.entries, entry, body, await sender.send('PUT', entry, body))
      if (i % 5 === 0)
        expect((await owner.send('GET', `/v1/mailboxes/${owner.mailbox}?limit=5`)).status).toBe(200)
    }
  } catch (error) {
    // A connection that broke is what this test is about.
    if (!(error instanceof Error) || (!('code' in error) && !/cut off/.test(error.message))) throw error
  }
}

/** Puts a record, grants it, reads its grants as the other one, and shreds some. */
async function share(sender: Caller, reader: Caller, ledger: Ledger, isShred: boolean): Promise<void> {
  const { root, blocks } = await blocksOf(systemRandom.bytes(2 * leafBytes + 3_000))
  for (const [cid, block] of blocks) expect((await sender.send('PUT', pathOf(cid), block)).status).toBe(200)
  const id = name16()
  const list = await listFor(sender.device, { id, payload: root })
  const readers = [{ kid: reader.device.kid, until_ms: null, purposes: ['TREAT'] }]
  const [path, body] = [`/v1/packages/${id}/grants/1`, grantsBody(list, readers)]
  const put = await sender.send('PUT', path, body, 'application/json')
  expect(put.status).toBe(200)
  ledger.blocks.set(root, [...blocks.keys()])
  ledger.grants.push({ path, body, answer: put.body })
  const given = await reader.send('GET', `/v1/packages/${id}/grants/latest?purpose=TREAT`)
  expect(given.status).toBe(200)
  ledger.given.push(id)
  if (!isShred) return
  ledger.toShred.add(root)
  expect((await sender.send('DELETE', pathOf(root))).status).toBe(204)
  ledger.shredded.add(root)
}

/** Each record that was acknowledged is there, and each that was shredded is gone, whoever asks. */
async function expectRecords(
  sender: Caller,
  reader: Caller,
  { blocks, grants, toShred, shredded }: Ledger,
  from: number,
): Promise<void> {
  for (const { path, body, answer } of grants.slice(from))
    expect(await sender.send('PUT', path, body, 'application/json')).toEqual({ status: 200, body: answer })
  for (const [root, cids] of [...blocks].slice(from)) {
    // What was not acknowledged is done by the same request, however much of it was done.
    if (toShred.has(root) && !shredded.has(root))
      expect((await sender.send('DELETE', pathOf(root))).status).toBe(204)
    for (const cid of cids) {
      const { status } = await reader.send('HEAD', pathOf(cid))
      expect(status).toBe(toShred.has(root) ? 410 : 200)
    }
  }
}

async function expectKept(sender: Caller, { deposits, entries }: Ledger, from: Ledger): Promise<void> {
  for (const { path, body, answer } of [
    ...deposits.slice(from.deposits.length),
    ...entries.slice(from.entries.length),
  ])
    expect(await sender.send('PUT', path, body)).toEqual({ status: 200, body: answer })
}

/** Everything that was ever answered; asked now and then, as it grows. */
async function expectListed(owner: Caller, { deposits, acknowledged, toAcknowledge }: Ledger): Promise<void> {
  const listed = await allOf(owner, `/v1/mailboxes/${owner.mailbox}`, 'messages', 'position')
  const there = new Set(listed.map(one => `/v1/mailboxes/${owner.mailbox}/${one['id']}`))
  const kept = deposits.filter(({ path }) => !toAcknowledge.has(path))
  expect(kept.filter(({ path }) => !there.has(path))).toEqual([])
  expect([...acknowledged].filter(path => there.has(path))).toEqual([])
}

async function allOf(
  caller: Caller,
  path: string,
  list: string,
  cursor: string,
): Promise<readonly Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = []
  for (let after = ''; ; ) {
    const { status, body } = await caller.send('GET', `${path}?limit=500${after}`)
    expect(status).toBe(200)
    const page = JSON.parse(body)
    all.push(...page[list])
    if (!page.more) return all
    after = `&after=${page[list].at(-1)[cursor]}`
  }
}

describe('a server that is killed', () => {
  it(`loses nothing that it answered, and has an entry of everything (${rounds} kills, seed ${seed})`, {
    timeout: 300_000 + rounds * 20_000,
  }, async () => {
    const data = mkdtempSync(join(tmpdir(), 'chartseal-kill-'))
    onTestFinished(() => rmSync(data, { recursive: true, force: true }))
    const chance = seeded(seed)
    const ledger = new Ledger()
    let server = await startServer(data)
    const [sender, owner] = [new Caller(server), new Caller(server)]
    await sender.enrol(server.invitations[0] ?? '')
    await owner.enrol(server.invitations[1] ?? '')
    for (let round = 0; round < rounds; round++) {
      const before = { ...ledger, deposits: [...ledger.deposits], entries: [...ledger.entries] }
      const shared = Math.min(ledger.grants.length, ledger.blocks.size)
      const working = Promise.all(Array.from({ length: 4 }, () => work(sender, owner, ledger)))
      // However slow this machine is, something was answered.
      while (ledger.deposits.length < before.deposits.length + 2) await sleep(5)
      await sleep(chance() * 500)
      server.child.kill('SIGKILL')
      await Promise.all([server.ended, working])
      // Sometimes the next one dies while it starts.
      if (round % 5 === 4) await dieStarting(data, chance() * 800)
      server = await startServer(data)
      for (const caller of [sender, owner]) caller.port = server.port
      await expectKept(sender, ledger, before)
      await expectRecords(sender, owner, ledger, shared)
      if (round % 20 === 19 || round === rounds - 1) await expectListed(owner, ledger)
    }
    expect(ledger.deposits.length).toBeGreaterThan(rounds)
    const entries = await allOf(sender, '/v1/entries', 'entries', 'index')
    expectEntries(entries, ledger, sender, owner)
    const key = JSON.parse((await sender.send('GET', '/v1/clinic')).body).log.verifier_key
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    await expectSound(data, key)
    expectFiles(data, ledger)
    expect(ledger.grants.length).toBeGreaterThan(rounds)
    process.stdout.write(
      `${ledger.grants.length} records shared, ${ledger.shredded.size} shredded, nothing of it lost\n`,
    )
  })
})

async function dieStarting(data: string, afterMs: number): Promise<void> {
  const starting = startServer(data).then(
    ({ child, ended }) => {
      child.kill('SIGKILL')
      return ended
    },
    () => null,
  )
  await Promise.race([starting, sleep(afterMs)])
  await starting
}

/** No message without an entry that says so, no acknowledgement either. */
function expectEntries(
  entries: readonly Record<string, unknown>[],
  ledger: Ledger,
  sender: Caller,
  owner: Caller,
): void {
  const stored = new Set<string>()
  const acknowledged = new Set<string>()
  const records = new Set<string>()
  for (const { salt, entry } of entries) {
    if (salt === null) continue
    const { act, by, ids } = decodeAccessEntry(decodeBase64Url(String(entry)))
    if (act === 'message-stored') for (const id of ids) stored.add(`${by} ${id}`)
    if (/^(grants|blob)-/.test(act)) records.add(`${act} ${ids[0]}`)
    if (act === 'message-acknowledged') for (const id of ids) acknowledged.add(`${by} ${id}`)
  }
  for (const { path } of ledger.deposits)
    expect(stored.has(`${sender.device.kid} ${path.split('/').at(-1)}`)).toBe(true)
  for (const path of ledger.acknowledged)
    expect(acknowledged.has(`${owner.device.kid} ${path.split('/').at(-1)}`)).toBe(true)
  for (const { path } of ledger.grants)
    expect(records.has(`grants-published ${path.split('/').at(-3)}`)).toBe(true)
  for (const id of ledger.given) expect(records.has(`grants-given ${id}`)).toBe(true)
  for (const cid of ledger.shredded) expect(records.has(`blob-deleted ${cid}`)).toBe(true)
  const sealed = entries.filter(({ salt }) => salt === null).map(({ entry }) => entry)
  for (const { body } of ledger.entries) expect(sealed).toContain(encodeBase64Url(body))
}

/** The bytes of what is kept are on the disk as their CIDs say, and of what was shredded nothing. */
function expectFiles(data: string, { blocks, toShred }: Ledger): void {
  for (const [root, cids] of blocks)
    for (const cid of cids) {
      const path = join(data, 'blocks', blockPath(cid))
      expect(existsSync(path)).toBe(!toShred.has(root))
      if (!toShred.has(root)) expect(isBlockOf(cid, readFileSync(path))).toBe(true)
    }
}

/** The log as an outsider sees it: every leaf, tile, root and signature. */
async function expectSound(data: string, key: string): Promise<void> {
  const source = folderSource(join(data, 'log'))
  const report = await verifyLog(source, { log: parseVerifierKey(key), rules: clinicLeafRules })
  expect(report.findings).toEqual([])
}
