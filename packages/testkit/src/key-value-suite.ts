import type { KeyValue } from '@chartseal/core/ports'
import { describe, expect, it } from 'vitest'

/** What `make` gives: an empty store, and for those that outlive a process, the same one opened again. */
export interface KeyValueUnderTest {
  readonly store: KeyValue
  /** Closes what is open, and opens it again. */
  readonly reopen?: () => Promise<KeyValue>
}

/** Every implementation of {@link KeyValue} passes this suite. */
export function keyValueSuite(name: string, make: () => Promise<KeyValueUnderTest>): void {
  describe(`KeyValue: ${name}`, () => {
    suiteOfValues(make)
    suiteOfKeys(make)
    suiteOfOrder(make)
  })
}

type Make = () => Promise<KeyValueUnderTest>

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)

function suiteOfValues(make: Make): void {
  it('gives back what was put last, and null for what is not there', async () => {
    const { store } = await make()
    expect(await store.get('a')).toBeNull()
    await store.put('a', bytes(1, 2))
    await store.put('b', bytes(3))
    await store.put('a', bytes(4))
    expect([await store.get('a'), await store.get('b')]).toEqual([bytes(4), bytes(3)])
    await store.delete('a')
    await store.delete('a')
    expect([await store.get('a'), await store.get('b')]).toEqual([null, bytes(3)])
  })

  it('holds values of any content: empty, zeros, large', async () => {
    const { store } = await make()
    const values = [bytes(), bytes(0), new Uint8Array(1000), new Uint8Array(200_000).map((_, i) => i)]
    for (const [i, value] of values.entries()) await store.put(`${i}`, value)
    for (const [i, value] of values.entries()) expect(await store.get(`${i}`)).toEqual(value)
  })

  it('copies values on the way in and out', async () => {
    const { store } = await make()
    const value = bytes(1, 2)
    const done = store.put('a', value)
    value.fill(9)
    await done
    const got = await store.get('a')
    got?.fill(8)
    expect(await store.get('a')).toEqual(bytes(1, 2))
  })

  it('has the same values after reopening, where it outlives a process', async () => {
    const { store, reopen } = await make()
    await store.put('kept', bytes(1))
    await store.put('Kept', bytes(2))
    await store.put('gone', bytes(3))
    await store.delete('gone')
    const again = (await reopen?.()) ?? store
    expect(await again.keys()).toEqual(['Kept', 'kept'])
    expect([await again.get('kept'), await again.get('Kept'), await again.get('gone')]).toEqual([
      bytes(1),
      bytes(2),
      null,
    ])
  })
}

const printable = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i))

function suiteOfKeys(make: Make): void {
  it('takes each printable character in a key, keeps case apart, and 64 characters', async () => {
    const { store } = await make()
    const keys = [...printable, '..', 'con', '/'.repeat(64), '~'.repeat(64), 'key-=41', 'a.tmp'].sort()
    for (const key of keys) await store.put(key, new TextEncoder().encode(key))
    expect(await store.keys()).toEqual(keys)
    for (const key of keys) expect(new TextDecoder().decode((await store.get(key)) ?? bytes())).toBe(key)
  })

  it('lists keys by prefix, sorted', async () => {
    const { store } = await make()
    for (const key of ['b/2', 'a', 'b/10', 'b', 'B/1', 'c']) await store.put(key, bytes(1))
    expect(await store.keys('b/')).toEqual(['b/10', 'b/2'])
    expect(await store.keys('b')).toEqual(['b', 'b/10', 'b/2'])
    expect(await store.keys('x')).toEqual([])
    expect(await store.keys()).toEqual(['B/1', 'a', 'b', 'b/10', 'b/2', 'c'])
  })

  it.each(['', ' ', 'a b', 'a\n', '\0', 'é', 'x'.repeat(65)])('refuses the key %j', async key => {
    const { store } = await make()
    await expect(store.put(key, bytes(1))).rejects.toThrow(RangeError)
    await expect(store.get(key)).rejects.toThrow(RangeError)
    await expect(store.delete(key)).rejects.toThrow(RangeError)
    expect(await store.keys()).toEqual([])
  })
}

function suiteOfOrder(make: Make): void {
  it('does calls for one key in their order, awaited or not', async () => {
    const { store } = await make()
    const calls = [
      store.put('a', bytes(1)),
      store.put('a', bytes(2)),
      store.get('a'),
      store.delete('a'),
      store.get('a'),
      store.put('a', bytes(3)),
      store.put('b', bytes(4)),
    ]
    const [, , second, , third] = await Promise.all(calls)
    expect([second, third, await store.get('a'), await store.get('b')]).toEqual([
      bytes(2),
      null,
      bytes(3),
      bytes(4),
    ])
  })
}
