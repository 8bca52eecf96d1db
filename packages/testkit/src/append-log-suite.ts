import type { AppendLog } from '@chartseal/core/ports'
import { describe, expect, it } from 'vitest'

/** What `make` gives: an empty log, and for those that outlive a process, the same one opened again. */
export interface AppendLogUnderTest {
  readonly log: AppendLog
  /** After `log.close()`. */
  readonly reopen?: () => Promise<AppendLog>
}

/** Every implementation of {@link AppendLog} passes this suite. */
export function appendLogSuite(name: string, make: () => Promise<AppendLogUnderTest>): void {
  describe(`AppendLog: ${name}`, () => {
    suiteOfOrder(make)
    suiteOfOwnership(make)
    suiteOfClosing(make)
  })
}

type Make = () => Promise<AppendLogUnderTest>

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)

async function all(log: AppendLog, from?: number): Promise<number[][]> {
  const records: number[][] = []
  for await (const record of log.read(from)) records.push([...record])
  return records
}

function suiteOfOrder(make: Make): void {
  it('numbers records from 0 in the order of the calls, awaited or not', async () => {
    const { log } = await make()
    expect([log.length, await all(log)]).toEqual([0, []])
    const made = await Promise.all([
      log.append(bytes(1)),
      log.appendAll([bytes(2), bytes(3)]),
      log.append(bytes(4)),
    ])
    expect(made).toEqual([0, 1, 3])
    expect(await log.append(bytes(5))).toBe(4)
    expect([log.length, await all(log)]).toEqual([5, [[1], [2], [3], [4], [5]]])
    await log.close()
  })

  it('holds records of any content: empty, zeros, large', async () => {
    const { log } = await make()
    const records = [
      bytes(),
      bytes(0),
      new Uint8Array(1000),
      new Uint8Array(200_000).map((_, i) => i),
      bytes(),
    ]
    expect(await log.appendAll(records)).toBe(0)
    expect(await all(log)).toEqual(records.map(record => [...record]))
    await log.close()
  })

  it('appends nothing when given nothing', async () => {
    const { log } = await make()
    await log.append(bytes(1))
    expect([await log.appendAll([]), log.length]).toEqual([1, 1])
    await log.close()
  })

  it('reads from any index, and nothing past the end', async () => {
    const { log } = await make()
    await log.appendAll(Array.from({ length: 200 }, (_, i) => bytes(i)))
    for (const from of [0, 1, 63, 64, 65, 128, 199]) {
      expect(await all(log, from)).toEqual(Array.from({ length: 200 - from }, (_, i) => [from + i]))
    }
    expect([await all(log, 200), await all(log, 10_000)]).toEqual([[], []])
    for (const from of [-1, 0.5, Number.NaN]) await expect(all(log, from)).rejects.toThrow(RangeError)
    await log.close()
  })

  it('reads what was there when reading began', async () => {
    const { log } = await make()
    await log.appendAll([bytes(1), bytes(2)])
    const seen: number[][] = []
    for await (const record of log.read()) {
      seen.push([...record])
      await log.append(bytes(9))
    }
    expect([seen, log.length]).toEqual([[[1], [2]], 4])
    await log.close()
  })
}

function suiteOfOwnership(make: Make): void {
  it('copies records on the way in and out', async () => {
    const { log } = await make()
    const record = bytes(1, 2)
    const done = log.append(record)
    record.fill(9)
    await done
    for await (const read of log.read()) read.fill(8)
    expect(await all(log)).toEqual([[1, 2]])
    await log.close()
  })
}

function suiteOfClosing(make: Make): void {
  it('finishes what was appended, then refuses', async () => {
    const { log, reopen } = await make()
    const last = log.append(bytes(7))
    await log.close()
    expect(await last).toBe(0)
    await log.close()
    await expect(log.append(bytes(1))).rejects.toThrow(TypeError)
    await expect(log.appendAll([])).rejects.toThrow(TypeError)
    await expect(all(log)).rejects.toThrow(TypeError)
    if (reopen === undefined) return
    const again = await reopen()
    expect([await all(again), await again.append(bytes(8)), await all(again, 1)]).toEqual([[[7]], 1, [[8]]])
    await again.close()
  })
}
