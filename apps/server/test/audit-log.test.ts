import type { ClinicLog } from '@chartseal/clinic/fs/log'
import { ChartsealError } from '@chartseal/core/errors'
import { systemRandom } from '@chartseal/core/system'
import { codeOf, fixedClock } from '@chartseal/testkit'
import { type FolderSystem, nodeFolderSystem } from '@chartseal/tlog/fs'
import { describe, expect, it } from 'vitest'
import { AuditLog } from '../dist/clinic/audit-log.js'
import { Committer } from '../dist/clinic/committer.js'
import { type Store, storeError, type Tables } from '../dist/store.js'
import { name16, octets, problemCode, testClinic, text } from './api-world.js'

const entry = { act: 'device-enrolled', by: '', box: '', ids: [], device: '' } as const
const clock = fixedClock(1_000)

/** A log whose writer fails from the moment on when `broken` is true. */
function breakable(): {
  open: () => Promise<ClinicLog>
  state: { broken: boolean; opened: number; closed: number }
} {
  const state = { broken: false, opened: 0, closed: 0 }
  let size = 0
  const append = async (): Promise<{ index: number; atMs: number }> => {
    if (state.broken) throw new ChartsealError('files/failed', 'the disk is full', {})
    return { index: size++, atMs: 0 }
  }
  const open = async (): Promise<ClinicLog> => {
    if (state.broken) throw new ChartsealError('files/failed', 'the disk is full', {})
    state.opened++
    const writer = { append, size: 0, checkpoint: '', witnessError: null } as unknown as ClinicLog['writer']
    const close = async (): Promise<void> => void state.closed++
    return {
      signers: null,
      verifierKey: 'key',
      writer,
      policy: async () => null,
      read: async () => null,
      receipt: async () => '',
      close,
    }
  }
  return { open, state }
}

/** A disk that takes no more bytes while it is full. */
function fillable(disk: { readonly isFull: boolean }): FolderSystem {
  return {
    ...nodeFolderSystem,
    async open(path, mode, permissions) {
      const file = await nodeFolderSystem.open(path, mode, permissions)
      const write: typeof file.write = async (bytes, position) => {
        if (disk.isFull) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
        return file.write(bytes, position)
      }
      return { ...file, write }
    },
  }
}

describe('a log that fails', () => {
  it('says so, is left alone for a second, and is opened again', async () => {
    const { open, state } = breakable()
    const told: string[] = []
    const options = {
      origin: 'o',
      open,
      clock,
      random: systemRandom,
      onFailure: (code: string) => told.push(code),
    }
    const log = await AuditLog.open(options)
    expect((await log.record(entry)).leafIndex).toBe(0)
    state.broken = true
    expect(await codeOf(() => log.record(entry))).toBe('server/log')
    expect([log.isWorking, told]).toEqual([false, ['files/failed']])
    state.broken = false
    expect(await codeOf(() => log.record(entry))).toBe('server/log')
    clock.advance(1_000)
    const both = await Promise.all([log.record(entry), log.record(entry)])
    expect(both.map(({ leafIndex }) => leafIndex)).toEqual([1, 2])
    expect([log.isWorking, state.opened, state.closed]).toEqual([true, 2, 1])
    await log.close()
  })

  it('stays closed as long as opening fails', async () => {
    const { open, state } = breakable()
    const log = await AuditLog.open({
      origin: 'o',
      open,
      clock,
      random: systemRandom,
      onFailure: () => undefined,
    })
    state.broken = true
    for (let i = 0; i < 3; i++) {
      expect(await codeOf(() => log.record(entry))).toBe('server/log')
      clock.advance(1_000)
    }
    state.broken = false
    expect((await log.record(entry)).leafIndex).toBe(0)
    await log.close()
  })
})

describe('operations of a clinic whose log fails', () => {
  it('do not happen', async () => {
    const disk = { isFull: false }
    const world = await testClinic({ logSystem: fillable(disk) })
    const { as, ask, clinic, enrol, invitation } = world
    const [sender, owner] = [await enrol('doctor'), await enrol()]
    const kept = `/v1/mailboxes/${owner.mailbox}/${name16()}`
    await as(sender, 'PUT', kept, text('kept'))
    disk.isFull = true
    const id = name16()
    const path = `/v1/mailboxes/${owner.mailbox}/${id}`
    const attempts = [
      () => as(sender, 'PUT', path, text('x')),
      () => ask('PUT', path, { body: 'x', headers: octets }),
      () => as(owner, 'GET', `/v1/mailboxes/${owner.mailbox}`),
      () => as(owner, 'DELETE', kept),
      () => as(owner, 'PUT', `/v1/entries/${name16()}`, text('x')),
      () => as(owner, 'DELETE', `/v1/devices/${owner.kid}`),
    ]
    for (const attempt of attempts) {
      const answer = await attempt()
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
      expect(await problemCode(answer)).toBe('server/log')
    }
    const { store } = clinic
    expect(await store.mailboxes.find(owner.mailbox, id)).toBeNull()
    expect(
      (await store.mailboxes.find(owner.mailbox, kept.split('/').at(-1) ?? ''))?.acknowledgedMs,
    ).toBeNull()
    expect((await store.devices.find(owner.kid))?.endedMs).toBeNull()
    expect((await ask('GET', '/readyz')).status).toBe(503)
    expect(await invitation()).toHaveLength(43)
    disk.isFull = false
    world.clock.advance(1_000)
    // Nobody has to ask for an entry first: a proxy would not let them.
    expect((await ask('GET', '/readyz')).status).toBe(200)
    expect((await as(sender, 'PUT', path, text('x'))).status).toBe(200)
  })
})

describe('writes of one moment', () => {
  const storeWith = (failing: ReadonlySet<number>): { store: Store; runs: number[][] } => {
    const runs: number[][] = []
    const tables = { note: (n: number) => runs.at(-1)?.push(n) } as unknown as Tables
    const inTx = async <T>(work: (given: Tables) => Promise<T>): Promise<T> => {
      runs.push([])
      const result = await work(tables)
      if (runs.at(-1)?.some(n => failing.has(n)))
        throw storeError('store/failed', { reason: 'SQLITE_CONSTRAINT' })
      return result
    }
    return { store: { inTx } as unknown as Store, runs }
  }
  const noting = (n: number) => async (tables: Tables) => {
    Object(tables).note(n)
    return n
  }

  it('share a transaction', async () => {
    const { store, runs } = storeWith(new Set())
    const writes = new Committer(store)
    expect(await Promise.all([1, 2, 3].map(n => writes.commit(noting(n))))).toEqual([1, 2, 3])
    expect(runs).toEqual([[1, 2, 3]])
    await writes.idle()
  })

  it('are done one by one when one of them fails, which alone is told', async () => {
    const { store } = storeWith(new Set([2]))
    const writes = new Committer(store)
    const settled = await Promise.allSettled([1, 2, 3].map(n => writes.commit(noting(n))))
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
})
