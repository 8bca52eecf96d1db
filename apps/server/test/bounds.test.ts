/** What a server keeps in memory for others, and how much of it at most. */

import { mostNames, TokenBuckets } from '@chartseal/core/token-bucket'
import { describe, expect, it } from 'vitest'
import { Directory } from '../dist/clinic/directory.js'
import { Events } from '../dist/clinic/events.js'
import { Turns } from '../dist/clinic/turns.js'
import { createMetrics } from '../dist/metrics.js'
import { createRequestLog, linesPerCode } from '../dist/request-log.js'
import { startMs, testClinic } from './api-world.js'

const note = { request: 'r', method: 'GET', route: '/v1/entries', status: 401, ms: 1 } as const

describe('memory of a server', () => {
  it('knows so many networks at most, and the oldest begins anew', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 })
    for (let i = 0; i < mostNames + 5_000; i++) buckets.take(`${i}`, 0)
    expect(buckets.size).toBe(mostNames)
    expect(buckets.take(`${mostNames + 4_999}`, 0)).toBe(1_000)
    expect(buckets.take('0', 0)).toBe(0)
  })

  it('forgets a device that asked nothing for a while, and whose mailbox is whose', async () => {
    const world = await testClinic()
    const devices = [await world.enrol(), await world.enrol(), await world.enrol()]
    const directory = new Directory(world.clinic.store, world.clock)
    for (const { kid } of devices) expect((await directory.find(kid))?.kid).toBe(kid)
    expect(directory.kept).toBe(3)
    world.clock.advance(5_000)
    await directory.find(devices[1]?.kid ?? '')
    expect(directory.kept).toBe(1)
  })

  it('forgets turns when nobody is at work', async () => {
    const turns = new Turns()
    await Promise.all(Array.from({ length: 500 }, (_, i) => turns.take(`${i % 50}`, async () => i)))
    expect(turns.size).toBe(0)
  })

  it('keeps nothing of streams that ended', () => {
    const events = new Events()
    const silent = { tell: () => undefined, end: () => undefined }
    const leaves = Array.from({ length: 3_000 }, (_, i) => events.listen(`kid-${i % 10}`, 'box', silent))
    expect(events.streams).toBe(40)
    for (const leave of leaves) leave()
    expect(events.streams).toBe(0)
  })

  it('has as many series of metrics as routes, methods and codes, whatever is asked', async () => {
    const { clinic } = await testClinic()
    const { request, series } = await createMetrics(clinic)
    request({ ...note, code: 'signature/missing' })
    request({ ...note, code: null, method: 'WORD', status: 405 })
    const before = await series()
    for (let i = 0; i < 200; i++) request({ ...note, code: 'signature/missing', ms: i })
    for (let i = 0; i < 200; i++) request({ ...note, code: null, method: `WORD${i}`, status: 405 })
    expect(await series()).toBe(before)
  })

  it('writes a few lines of each refusal, and counts the others', () => {
    const lines: object[] = []
    const log = createRequestLog({ info: fields => lines.push(fields) })
    for (let i = 0; i < 100_000; i++) log.note({ ...note, code: 'signature/missing' })
    log.note({ ...note, status: 200, code: null })
    expect(lines).toHaveLength(linesPerCode + 1)
    log.tell()
    expect(lines.at(-1)).toEqual({ unwritten: { 'signature/missing': 100_000 - linesPerCode } })
    log.tell()
    expect(lines).toHaveLength(linesPerCode + 2)
    log.note({ ...note, code: 'signature/missing' })
    expect(lines).toHaveLength(linesPerCode + 3)
  })
})

describe('a clinic that is asked by whoever likes', () => {
  it('answers a device while another network sends thousands of bad requests, and writes little', async () => {
    const lines: object[] = []
    const log = createRequestLog({ info: fields => lines.push(fields) })
    const { proxyList } = await import('../dist/http/network.js')
    const world = await testClinic({
      app: { onRequest: one => log.note(one), proxies: proxyList(['127.0.0.1']) },
    })
    const device = await world.enrol()
    const from = { 'x-forwarded-for': '192.0.2.1' }
    const bad = { ...from, ...(await device.headers('GET', '/v1/clinic')) }
    const codes = new Map<number, number>()
    for (let i = 0; i < 3_000; i++) {
      const { status } = await world.ask('GET', '/v1/entries', { headers: i % 3 === 0 ? from : bad })
      codes.set(status, (codes.get(status) ?? 0) + 1)
      if (i % 300 === 0) expect((await world.as(device, 'GET', '/v1/entries')).status).toBe(200)
    }
    // No time passes: its first requests are looked at, and no other.
    expect([...codes].toSorted()).toEqual([
      [401, 2_400],
      [429, 600],
    ])
    expect(lines.length).toBeLessThan(200)
    expect(world.clock.nowMs()).toBe(startMs)
  })
})
