import { systemRandom as random } from '@chartseal/core/system'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { shownFirst, shownUnasked, ThreadReader } from '../dist/state/open-thread.js'
import { memoryLocks } from '../dist/store/locks.js'
import { memoryRows } from '../dist/store/rows.js'
import { type SealedRows, sealedRows } from '../dist/store/sealed-rows.js'
import { encodeMessageRow, type MessageRow, messagesOf } from '../dist/thread/message-row.js'

const clock = { nowMs: () => 0 }
const keyOf = (pairId: string, i: number): string => `${messagesOf(pairId)}${String(i).padStart(15, '0')}`
const rowAt = (pairId: string, i: number, state: MessageRow['state'] = 'sealed'): MessageRow => ({
  key: keyOf(pairId, i),
  own: true,
  ref: '',
  id: '',
  mediaType: 'text/plain;charset=utf-8',
  fileName: '',
  text: `message ${i}`,
  sizeBytes: 9,
  sentMs: i,
  state,
  why: '',
})

async function stored(count: number) {
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ])
  const memory = memoryRows()
  const [rows, otherTab] = [sealedRows(memory, made, random), sealedRows(memory, made, random)]
  await write(rows, ...Array.from({ length: count }, (_, i) => rowAt('a', i)))
  const reader = new ThreadReader({ rows, locks: memoryLocks(), clock, random }, async () => undefined)
  const decrypt = vi.spyOn(crypto.subtle, 'decrypt')
  // Of this device alone: what a test before left at work in this process is none of it.
  const opened = (): number => decrypt.mock.calls.filter(([, key]) => key === made).length
  return { reader, rows, otherTab, opened, forgetOpened: () => decrypt.mockClear() }
}

const write = (rows: SealedRows, ...messages: readonly MessageRow[]): Promise<void> =>
  rows.write(messages.map(row => [row.key, encodeMessageRow(row)] as const))

const numbers = ({ thread }: ThreadReader): readonly number[] =>
  (thread.value?.messages ?? []).map(({ sentMs }) => sentMs)
const from = (first: number, end: number): readonly number[] =>
  Array.from({ length: end - first }, (_, i) => first + i)

afterEach(() => vi.restoreAllMocks())

describe('the open thread', () => {
  it('shows the newest messages first, then what is before them, all in order', async () => {
    const { reader, opened } = await stored(500)
    await reader.open('a')
    expect(numbers(reader)).toEqual(from(500 - shownFirst, 500))
    expect(reader.thread.value).toMatchObject({ older: 500 - shownFirst, isGrowing: true })
    expect(opened()).toBe(shownFirst)
    await reader.fill()
    expect(numbers(reader)).toEqual(from(0, 500))
    expect(reader.thread.value).toMatchObject({ older: 0, isGrowing: false })
    expect(opened()).toBe(500)
  })

  it('waits for a person to ask where a thread is very long', async () => {
    const { reader } = await stored(shownUnasked + 300)
    await reader.open('a')
    await reader.fill()
    expect(reader.thread.value).toMatchObject({ older: 300, isGrowing: false })
    await reader.showOlder()
    expect(numbers(reader)).toEqual(from(0, shownUnasked + 300))
  })

  it('opens no message twice, but those that were written anew, in another tab too', async () => {
    const { reader, otherTab, opened, forgetOpened } = await stored(100)
    await reader.open('a')
    await reader.fill()
    const before = reader.thread.value
    forgetOpened()
    await reader.refresh()
    expect(opened()).toBe(0)
    expect(reader.thread.value).toBe(before)
    await write(otherTab, rowAt('a', 70, 'delivered'), rowAt('a', 100))
    await reader.refresh()
    expect(opened()).toBe(2)
    const after = reader.thread.value?.messages ?? []
    expect(after.flatMap((row, i) => (row === before?.messages[i] ? [] : [row.sentMs]))).toEqual([70, 100])
    expect(after[70]?.state).toBe('delivered')
    forgetOpened()
    await reader.open(null)
    await reader.open('a')
    await reader.fill()
    expect(opened()).toBe(0)
  })

  it('loses nothing that comes while older messages are on their way', async () => {
    const { reader, rows } = await stored(300)
    await reader.open('a')
    const filling = reader.fill()
    await write(rows, rowAt('a', 300), rowAt('a', 40, 'opened'))
    await Promise.all([reader.refresh(), filling, reader.refresh()])
    expect(numbers(reader)).toEqual(from(0, 301))
    expect(reader.thread.value?.messages[40]?.state).toBe('opened')
  })

  it('shows the first message of a thread that was empty', async () => {
    const { reader, rows } = await stored(0)
    await reader.open('a')
    expect(numbers(reader)).toEqual([])
    await write(rows, rowAt('a', 7))
    await reader.refresh()
    expect(numbers(reader)).toEqual([7])
  })

  it('shows the thread that was opened last, and nothing once it is closed', async () => {
    const { reader, rows } = await stored(300)
    await write(rows, rowAt('b', 1))
    expect(await Promise.all([reader.open('a'), reader.open('b')])).toEqual([false, true])
    expect(reader.thread.value).toMatchObject({ pairId: 'b' })
    await reader.open('a')
    const filling = reader.fill()
    reader.close()
    await filling
    expect(reader.thread.value).toBeNull()
  })
})
