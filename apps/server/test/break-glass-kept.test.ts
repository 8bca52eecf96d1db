/** What is left of break-glass when a server dies, when a backup is restored, and when somebody changes the store. */
import { join } from 'node:path'
import { patience } from '@chartseal/testkit'
import { sql } from 'kysely'
import { describe, expect, it, vi } from 'vitest'
import { backup } from '../dist/commands/backup.js'
import { restore } from '../dist/commands/restore.js'
import { dataPaths } from '../dist/data-folder.js'
import { requestError } from '../dist/errors.js'
import { storeError } from '../dist/store.js'
import { testClinic } from './api-world.js'
import {
  asked,
  type BreakGlassClinic,
  breakGlassClinic,
  codeOf,
  denied,
  madeSet,
  opened,
  type Person,
  released,
  request,
  shownTo,
  stateFor,
} from './break-glass-world.js'
import { ports } from './clinic-world.js'
import { run } from './command-run.js'
import { emptyFolder, open } from './store-world.js'

/** The same clinic after its server was started anew. */
async function again(world: BreakGlassClinic, folder = world.folder): Promise<BreakGlassClinic> {
  await world.clinic.close()
  return { ...world, ...(await testClinic({ folder, policy: world.policyText })) }
}

const queueOf = async ({ as }: BreakGlassClinic, device: Person) =>
  (await (await as(device, 'GET', '/v1/breakglass')).json()).requests

/** The server dies between the log and the store, or before the log has it. */
async function dying(
  world: BreakGlassClinic,
  where: 'before the log' | 'behind the log',
  send: () => Promise<Response>,
) {
  const { log, store } = world.clinic
  const append = log.append.bind(log)
  const died = vi.spyOn(log, 'append').mockImplementation(async (...given) => {
    if (where === 'behind the log') await append(...given)
    vi.spyOn(store, 'inTx').mockRejectedValue(storeError('store/failed', { reason: 'x' }))
    throw requestError('server/log', { retryMs: 1_000 })
  })
  expect(await codeOf(send())).toBe('server/log')
  died.mockRestore()
}

describe('break-glass at a server that dies', () => {
  it.each(['before the log', 'behind the log'] as const)('%s is finished by the next one', async where => {
    const world = await breakGlassClinic()
    const [eva, luis] = world.custodians
    const set = await madeSet(world)
    const [one, late] = [await asked(world, set), await request(world, set)]
    await dying(world, where, () => world.as(world.doctor, 'PUT', late.path, late.body))
    const next = await again(world)
    expect(await queueOf(next, world.officer)).toMatchObject([
      { id: one.id },
      { id: late.id, state: 'asked' },
    ])
    expect(await codeOf(next.as(world.doctor, 'PUT', late.path, late.body))).toBe('')
    for (const custodian of [eva, luis]) expect(await codeOf(released(next, set, late, custodian))).toBe('')
    await dying(next, where, () => opened(next, late))
    const last = await again(next)
    const answer = await opened(last, late)
    expect((await answer.json()).shares).toHaveLength(2)
    const state = await stateFor(last, world.patient, late)
    expect(state.events.map(({ event }) => event.content.kind)).toEqual([
      'request',
      'release',
      'release',
      'opened',
    ])
    await last.clinic.log.publish()
    expect(await run('break-glass', 'check', '--data', last.folder)).toMatchObject({
      code: 0,
      out: '1 sets, 2 requests, 5 events\n',
    })
  })
})

describe('what the clinic still owes', () => {
  it('is told by the next server, once, when witnesses have cosigned what they had not', async () => {
    const world = await breakGlassClinic()
    const set = await madeSet(world)
    for (const witness of world.witnesses) witness.isAway = true
    const one = await asked(world, set)
    expect((await shownTo(world, world.officer, one))['published']).toBe(false)
    const next = await again(world)
    const { store, breakGlass, log } = next.clinic
    const told: unknown[] = []
    store.onChange(change => told.push(change))
    await breakGlass.publishAgain()
    expect(told).toEqual([])
    for (const witness of world.witnesses) witness.isAway = false
    await log.publish()
    for (let times = 0; times < 2; times += 1) await breakGlass.publishAgain()
    expect((await shownTo(next, next.officer, one))['published']).toBe(true)
    await vi.waitFor(() => expect(told).toEqual([{ kind: 'emergency', id: one.id }]), patience)
  })
})

describe('a store in which one row was damaged', () => {
  it('gives everything else, and names what is broken', async () => {
    const world = await breakGlassClinic()
    const { db } = await open({ file: dataPaths(world.folder).store })
    const [good, bad] = [await madeSet(world), await madeSet(world)]
    const [first, other, last] = [await asked(world, good), await asked(world, bad), await asked(world, good)]
    await sql`update emergency_events set bytes = ${new Uint8Array(3)} where emergency = ${first.id}`.execute(
      db,
    )
    await sql`update emergency_sets set bytes = ${new Uint8Array(3)} where id = ${bad.id}`.execute(db)
    const next = await again(world)
    const listed = async (path: string) => (await next.as(next.officer, 'GET', path)).json()
    const queue = await listed('/v1/breakglass?limit=2')
    expect(queue).toMatchObject({
      requests: [],
      broken: [
        { id: first.id, position: 1 },
        { id: other.id, position: 2 },
      ],
      more: true,
    })
    expect(await listed('/v1/breakglass?limit=2&after=2')).toMatchObject({
      requests: [{ id: last.id }],
      broken: [],
      more: false,
    })
    const sets = await listed('/v1/breakglass/sets')
    expect(sets).toMatchObject({ sets: [{ id: good.id }], broken: [{ id: bad.id }], more: false })
    for (const path of [first.path, `/v1/breakglass/sets/${bad.id}`])
      expect(await codeOf(next.as(next.officer, 'GET', path))).toBe('emergency/broken')
    expect(await codeOf(denied(next, last, next.custodians[0]))).toBe('')
  })

  it('finishes what the next server can finish, whatever is beside it', async () => {
    const world = await breakGlassClinic()
    const late = await request(world, await madeSet(world))
    await dying(world, 'before the log', () => world.as(world.doctor, 'PUT', late.path, late.body))
    const { db } = await open({ file: dataPaths(world.folder).store })
    await sql`insert into emergency_intents select 'another', 0, 'another', kind, role, is_officer,
      ${new Uint8Array(3)}, ${new Uint8Array(16)}, salt, entry, stored_ms from emergency_intents`.execute(db)
    const next = await again(world)
    expect(await queueOf(next, world.officer)).toMatchObject([{ id: late.id }])
    await expect(next.clinic.breakGlass.finishAll()).rejects.toMatchObject({ code: 'break-glass/invalid' })
  })
})

describe('break-glass check', () => {
  it('finds what was taken out of the queue, and what was changed', async () => {
    const world = await breakGlassClinic()
    const { db } = await open({ file: dataPaths(world.folder).store })
    const [eva] = world.custodians
    const set = await madeSet(world)
    const [one, other] = [await asked(world, set), await asked(world, set)]
    for (const each of [one, other]) await released(world, set, each, eva)
    const check = async () => {
      const { code, out } = await run('break-glass', 'check', '--data', world.folder)
      return [code, out.split('\n').filter(line => line.startsWith('wrong'))]
    }
    expect(await check()).toEqual([0, []])
    await sql`update emergency_events set stored_ms = stored_ms + 1 where emergency = ${one.id} and number = 1`.execute(
      db,
    )
    expect(await check()).toEqual([
      1,
      [expect.stringMatching(/^wrong event 1 of request .* about something else$/)],
    ])
    await sql`delete from emergency_events where emergency = ${other.id} and number = 1`.execute(db)
    const [, findings] = await check()
    expect(findings).toContainEqual(
      expect.stringMatching(/^wrong entry \d+ of the log is about .* not in the queue$/),
    )
    await sql`update openings set salt = ${new Uint8Array(32)} where id in
      (select opening from emergency_events where emergency = ${other.id})`.execute(db)
    expect((await check())[1]).toContainEqual(
      expect.stringMatching(/^wrong event 0 of request .* is not what entry/),
    )
  })
})

describe('a backup of break-glass', () => {
  it('brings every request back, and lets none of them go on: a denial may be lost', async () => {
    const world = await breakGlassClinic()
    const [eva, luis] = world.custodians
    const set = await madeSet(world)
    const [one, other] = [await asked(world, set), await asked(world, set)]
    for (const each of [one, other])
      for (const custodian of [eva, luis]) await released(world, set, each, custodian)
    await opened(world, other)
    await world.clinic.log.publish()
    const { folder } = world
    const target = { file: dataPaths(folder).store }
    const { folder: from } = await backup({ data: folder, target, to: emptyFolder(), check: true, ...ports })
    const data = join(emptyFolder(), 'restored')
    const key = dataPaths(folder).signingKey
    const report = await restore({ from, data, key, log: folder, fetch, ...ports, clock: world.clock })
    expect(report.closed.emergenciesEnded).toBe(2)
    const next = await again(world, data)
    expect(await queueOf(next, world.auditor)).toMatchObject([{ state: 'expired' }, { state: 'closed' }])
    expect(await codeOf(opened(next, one))).toBe('break-glass/over')
    expect(await codeOf(opened(next, other))).toBe('break-glass/over')
    expect((await shownTo(next, world.patient, other)).events).toHaveLength(4)
    await asked(next, set)
  })
})
