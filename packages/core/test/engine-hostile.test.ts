import { runInNewContext } from 'node:vm'
import { createWasmEngine } from '@chartseal/core/engine'
import { describe, expect, it } from 'vitest'
import { engines, pattern, referenceSha256 } from './engine-helpers.js'

const bytes = pattern(32)
const wrongBytes = ['abc', [1, 2], null, new Uint16Array(4), new ArrayBuffer(4)]

const emptyModule = new WebAssembly.Module(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00))

describe('turbo', () => {
  it('throws a TypeError for turbo without SIMD', () => {
    expect(() => createWasmEngine({ turbo: true, simd: false })).toThrow(TypeError)
  })
})

describe('a module that is not an engine’s', () => {
  it.each([emptyModule, {}, null, 'module', new Uint8Array(8)])(
    'throws a TypeError for the module %o',
    module => {
      expect(() => Reflect.apply(createWasmEngine, null, [{ module }])).toThrow(TypeError)
    },
  )
})

describe.each(engines)('wrong use, $label', ({ engine }) => {
  const search = { prefix: bytes, target: bytes, from: 0n, count: 1 }
  const searchWith = (change: object) => () => engine.searchNonce({ ...search, ...change })

  it('throws a TypeError for what is not a Uint8Array', () => {
    const call = (method: (value: never) => unknown) => {
      for (const value of wrongBytes) expect(() => Reflect.apply(method, engine, [value])).toThrow(TypeError)
    }
    call(engine.sha256)
    call(value => engine.createSha256().update(value))
    call(engine.sha256Many)
    call(value => engine.sha256Many([bytes, value]))
    call(prefix => searchWith({ prefix })())
    call(target => searchWith({ target })())
    call(value => engine.gfMultiplyAccumulate(value, bytes, 1))
    call(value => engine.gfMultiplyAccumulate(bytes, value, 1))
  })

  it('throws a TypeError for messages with a hole in them', () => {
    const messages = [bytes, bytes]
    messages.length = 3
    expect(() => engine.sha256Many(messages)).toThrow('message 2 must be a Uint8Array')
  })

  it('accepts bytes of another realm', () => {
    const foreign: Uint8Array = runInNewContext('new Uint8Array(5)')
    expect(foreign).not.toBeInstanceOf(Uint8Array)
    expect(engine.sha256Many([foreign, bytes])[0]).toEqual(referenceSha256(new Uint8Array(5)))
    expect(engine.sha256(foreign)).toEqual(referenceSha256(new Uint8Array(5)))
  })

  it('throws a RangeError for a target of another length', () => {
    for (const length of [0, 31, 33]) expect(searchWith({ target: pattern(length) })).toThrow(RangeError)
  })

  it('throws a RangeError for a count that is not a non-negative safe integer', () => {
    for (const count of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(searchWith({ count })).toThrow(RangeError)
    }
  })

  it('throws a RangeError for nonces outside 0 to 2^64 - 1, and a TypeError for a start that is not a bigint', () => {
    expect(searchWith({ from: -1n })).toThrow(RangeError)
    expect(searchWith({ from: 1n << 64n })).toThrow(RangeError)
    expect(searchWith({ from: (1n << 64n) - 10n, count: 11 })).toThrow(RangeError)
    expect(searchWith({ from: 0 })).toThrow(TypeError)
  })

  it('throws a RangeError for lengths that differ and a factor outside 0 to 255, and writes nothing', () => {
    const accumulator = pattern(8)
    expect(() => engine.gfMultiplyAccumulate(accumulator, pattern(9), 1)).toThrow(RangeError)
    for (const factor of [-1, 256, 1.5, Number.NaN]) {
      expect(() => engine.gfMultiplyAccumulate(accumulator, pattern(8), factor)).toThrow(RangeError)
    }
    expect(accumulator).toEqual(pattern(8))
  })

  it('refuses more input once a SHA-256 has ended', () => {
    const hash = engine.createSha256().update(bytes)
    const digest = hash.digest()
    expect(() => hash.update(bytes)).toThrow('has ended')
    expect(() => hash.digest()).toThrow('has ended')
    expect(digest).toEqual(referenceSha256(bytes))
  })
})
