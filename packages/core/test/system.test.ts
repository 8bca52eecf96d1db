import { pooledRandom, systemRandom } from '@chartseal/core/system'
import { describe, expect, it } from 'vitest'

/** The bytes of a counter, and how many were asked for at a time. */
function counter() {
  let next = 0
  const requests: number[] = []
  const fill = (bytes: Uint8Array): void => {
    requests.push(bytes.length)
    for (let i = 0; i < bytes.length; i++) bytes[i] = next++
  }
  const bytes = (size: number): Uint8Array => {
    const fresh = new Uint8Array(size)
    fill(fresh)
    return fresh
  }
  return { requests, source: { bytes, fill } }
}

describe('the randomness of the machine', () => {
  it('fills memory of the caller, also beyond what one call of WebCrypto gives', () => {
    const bytes = new Uint8Array(200_000)
    systemRandom.fill(bytes)
    const values = new Set(bytes.subarray(-4_000))
    expect(values.size).toBeGreaterThan(200)
    expect(systemRandom.bytes(70_000)).toHaveLength(70_000)
  })
})

describe('a pool of randomness', () => {
  it('gives each byte of its source once, in order, however small the requests are', () => {
    const { source, requests } = counter()
    const pool = pooledRandom(source)
    const drawn = Array.from({ length: 64 }, () => [...pool.bytes(32)]).flat()
    expect(drawn).toEqual(Array.from({ length: 2_048 }, (_, i) => i & 0xff))
    expect(requests).toEqual([1_024, 1_024])
  })

  it('asks its source for what is larger, and leaves what is too little for a request', () => {
    const { source, requests } = counter()
    const pool = pooledRandom(source)
    expect(pool.bytes(129)).toHaveLength(129)
    for (let i = 0; i < 8; i++) pool.fill(new Uint8Array(127))
    expect(requests).toEqual([129, 1_024])
    pool.fill(new Uint8Array(9))
    expect(requests).toEqual([129, 1_024, 1_024])
  })

  it('keeps nothing of what it gave', () => {
    let pool = new Uint8Array()
    const fill = (bytes: Uint8Array<ArrayBuffer>): void => {
      pool = bytes.fill(0x77)
    }
    const random = pooledRandom({ fill, bytes: size => new Uint8Array(size) })
    expect(random.bytes(100)).toEqual(new Uint8Array(100).fill(0x77))
    expect(pool.subarray(0, 100)).toEqual(new Uint8Array(100))
    expect(pool.subarray(100)).toEqual(new Uint8Array(924).fill(0x77))
  })
})
