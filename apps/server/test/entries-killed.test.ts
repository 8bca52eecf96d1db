/** What becomes of an entry when the server dies between its leaf and what says whose it is. */
import { encodeBase64Url } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { describe, expect, it, vi } from 'vitest'
import { storeError } from '../dist/store.js'
import { name16, problemCode, type TestClinic, type TestDevice, testClinic, text } from './api-world.js'

interface Left {
  readonly world: TestClinic
  readonly owner: TestDevice
  readonly path: string
  /** As everybody reads it in the log. */
  readonly leafId: string
  readonly index: number
}

/** The log has the leaf, and the store does not know of it. */
async function leftBehind(): Promise<Left> {
  const world = await testClinic()
  const owner = await world.enrol()
  const path = `/v1/entries/${name16()}`
  const append = vi.spyOn(world.clinic.log, 'append')
  const inTx = vi
    .spyOn(world.clinic.store, 'inTx')
    .mockRejectedValue(storeError('store/failed', { reason: 'x' }))
  expect(await problemCode(await world.as(owner, 'PUT', path, text('sealed')))).toBe('server/store')
  inTx.mockRestore()
  const [id = new Uint8Array()] = append.mock.calls[0] ?? []
  const index = await append.mock.results[0]?.value
  append.mockRestore()
  return { world, owner, path, leafId: encodeBase64Url(id), index }
}

describe('an entry whose server died before it was answered', () => {
  it('is its device’s when that repeats it, whatever others read in the log', async () => {
    const { world, owner, path, leafId, index } = await leftBehind()
    const other = await world.enrol()
    const stolen = await world.as(other, 'PUT', `/v1/entries/${leafId}`, text('sealed'))
    expect((await stolen.json()).index).not.toBe(index)
    expect(await (await world.as(owner, 'PUT', path, text('sealed'))).json()).toEqual({ index })
    const { entries } = await (await world.as(owner, 'GET', '/v1/entries')).json()
    expect(entries.map((one: { index: number }) => one.index)).toContain(index)
  })

  it('is where readers look when it is repeated much later', async () => {
    const { world, owner, path, index } = await leftBehind()
    const { log } = world.clinic
    const more = (): Promise<number> => log.append(systemRandom.bytes(16), { text: '{}' })
    for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 100 }, more))
    const { index: later } = await (await world.as(owner, 'PUT', path, text('sealed'))).json()
    expect(later).toBeGreaterThan(index + 1_000)
    expect(await (await world.as(owner, 'PUT', path, text('sealed'))).json()).toEqual({ index: later })
  })

  it('is refused with other bytes, or to others under its id, and the log does not grow', async () => {
    const { world, owner, path } = await leftBehind()
    const other = await world.enrol()
    await world.as(owner, 'PUT', path, text('sealed'))
    const { size } = world.clinic.log
    for (const [device, body] of [
      [owner, 'other'],
      [other, 'sealed'],
    ] as const)
      expect(await problemCode(await world.as(device, 'PUT', path, text(body)))).toBe('entry/conflict')
    expect(world.clinic.log.size).toBe(size)
  })
})
