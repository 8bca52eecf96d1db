import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { defaultEngine, engineError } from '@chartseal/core/engine'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { engines, pattern, referenceSha256 } from './engine-helpers.js'

const bytes = pattern(32)
const wrongBytes = ['abc', [1, 2], null, new Uint16Array(4), new ArrayBuffer(4)]

describe.each(engines)('wrong use of the $name engine', engine => {
  const search = { prefix: bytes, target: bytes, from: 0n, count: 1 }
  const searchWith = (change: object) => () => engine.searchNonce({ ...search, ...change })

  it('what is not a Uint8Array is a TypeError', () => {
    const call = (method: (value: never) => unknown) => {
      for (const value of wrongBytes) expect(() => Reflect.apply(method, engine, [value])).toThrow(TypeError)
    }
    call(engine.sha256)
    call(value => engine.createSha256().update(value))
    call(prefix => searchWith({ prefix })())
    call(target => searchWith({ target })())
    call(value => engine.gfMultiplyAccumulate(value, bytes, 1))
    call(value => engine.gfMultiplyAccumulate(bytes, value, 1))
  })

  it('bytes of another realm are bytes', () => {
    const foreign: Uint8Array = runInNewContext('new Uint8Array(5)')
    expect(foreign).not.toBeInstanceOf(Uint8Array)
    expect(engine.sha256(foreign)).toEqual(referenceSha256(new Uint8Array(5)))
  })

  it('a target of another length is a RangeError', () => {
    for (const length of [0, 31, 33]) expect(searchWith({ target: pattern(length) })).toThrow(RangeError)
  })

  it('a count that is no safe integer from 0 is a RangeError', () => {
    for (const count of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(searchWith({ count })).toThrow(RangeError)
    }
  })

  it('a range outside 0 to 2^64 - 1 is a RangeError, a start that is no bigint a TypeError', () => {
    expect(searchWith({ from: -1n })).toThrow(RangeError)
    expect(searchWith({ from: 1n << 64n })).toThrow(RangeError)
    expect(searchWith({ from: (1n << 64n) - 10n, count: 11 })).toThrow(RangeError)
    expect(searchWith({ from: 0 })).toThrow(TypeError)
  })

  it('lengths that differ and a factor outside 0 to 255 are RangeErrors, and nothing is written', () => {
    const accumulator = pattern(8)
    expect(() => engine.gfMultiplyAccumulate(accumulator, pattern(9), 1)).toThrow(RangeError)
    for (const factor of [-1, 256, 1.5, Number.NaN]) {
      expect(() => engine.gfMultiplyAccumulate(accumulator, pattern(8), factor)).toThrow(RangeError)
    }
    expect(accumulator).toEqual(pattern(8))
  })

  it('a SHA-256 that has ended takes nothing more', () => {
    const hash = engine.createSha256().update(bytes)
    const digest = hash.digest()
    expect(() => hash.update(bytes)).toThrow('has ended')
    expect(() => hash.digest()).toThrow('has ended')
    expect(digest).toEqual(referenceSha256(bytes))
  })
})

describe('the default engine', () => {
  afterEach(() => vi.unstubAllGlobals())

  /** Core loaded anew, as in a fresh process, while WebAssembly is something else. */
  async function freshCore(webAssembly: unknown) {
    vi.resetModules()
    vi.stubGlobal('WebAssembly', webAssembly)
    return import('@chartseal/core/engine')
  }

  const failing = (error: Error, onlyAbove = 0) => ({
    ...WebAssembly,
    Module: class {
      constructor(code: Uint8Array) {
        if (code.length > onlyAbove) throw error
      }
    },
  })

  it('is WebAssembly here, made once, with nothing refused', () => {
    expect(defaultEngine()).toMatchObject({ name: 'wasm', fallbackReason: null })
    expect(defaultEngine()).toBe(defaultEngine())
    expect(engines.map(({ name, fallbackReason }) => [name, fallbackReason])).toEqual([
      ['js', null],
      ['wasm', null],
    ])
  })

  it('is JavaScript where WebAssembly is absent, and stays it', async () => {
    const { defaultEngine: fresh, createWasmEngine } = await freshCore(undefined)
    const engine = fresh()
    expect(engine).toMatchObject({ name: 'js', fallbackReason: expect.stringContaining('absent') })
    expect(engine.sha256(bytes)).toEqual(referenceSha256(bytes))
    expect(createWasmEngine).toThrow(
      expect.objectContaining({
        code: 'engine/unavailable',
        context: expect.objectContaining({ reason: 'absent' }),
      }),
    )
    vi.unstubAllGlobals()
    expect(fresh()).toBe(engine)
  })

  it.each([
    new WebAssembly.CompileError('WebAssembly.Module(): Wasm code generation disallowed by embedder'),
    new Error('Refused by the following Content Security Policy directive: script-src'),
    new Error('call to WebAssembly.Module() blocked by CSP'),
  ])('is JavaScript where a policy forbids WebAssembly: %s', async refusal => {
    const { defaultEngine: fresh, createWasmEngine } = await freshCore(failing(refusal))
    expect(fresh().name).toBe('js')
    expect(fresh().fallbackReason).toContain('forbidden')
    expect(fresh().fallbackReason).toContain(refusal.message)
    expect(createWasmEngine).toThrow(
      expect.objectContaining({ context: { reason: 'forbidden', detail: String(refusal) } }),
    )
  })

  it('is JavaScript in a browser that compiles only small modules on the main thread', async () => {
    const refusal = new RangeError('WebAssembly.Compile is disallowed on the main thread')
    const { defaultEngine: fresh } = await freshCore(failing(refusal, 8))
    expect(fresh()).toMatchObject({ name: 'js', fallbackReason: expect.stringContaining('main thread') })
  })

  it.each([
    ['only this module is refused', failing(new WebAssembly.CompileError('invalid opcode'), 8)],
    ['the compiler fails in another way', failing(new Error('out of memory'))],
    ['instantiation fails', { ...WebAssembly, Module: WebAssembly.Module, Instance: undefined }],
  ])('throws where WebAssembly is there and broken: %s', async (_, broken) => {
    const { defaultEngine: fresh } = await freshCore(broken)
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(fresh).toThrow(
        expect.objectContaining({
          code: 'engine/unavailable',
          context: expect.objectContaining({ reason: 'broken' }),
        }),
      )
    }
    expect(engineError.codes).toEqual(['engine/unavailable'])
  })

  it('is JavaScript in a Node that really has no WebAssembly (--jitless)', () => {
    const script = `
      import { defaultEngine } from '@chartseal/core/engine'
      const engine = defaultEngine()
      const hash = Buffer.from(engine.sha256(Buffer.from('abc'))).toString('hex')
      process.stdout.write([engine.name, engine.fallbackReason, hash].join('|'))`
    const args = ['--jitless', '--input-type=module', '--eval', script]
    const output = execFileSync(process.execPath, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [name, reason, hash] = output.split('|')
    expect([name, reason]).toEqual(['js', 'WebAssembly is absent: there is no WebAssembly object'])
    expect(hash).toBe(createHash('sha256').update('abc').digest('hex'))
  })
})

describe('engine.wasm', () => {
  const file = new URL(import.meta.resolve('@chartseal/core/engine.wasm'))

  it('is shipped as a file, imports nothing and is below 40 KB', () => {
    const code = readFileSync(file)
    expect(code.length).toBeLessThan(40 * 1024)
    expect(WebAssembly.Module.imports(new WebAssembly.Module(code))).toEqual([])
  })
})
