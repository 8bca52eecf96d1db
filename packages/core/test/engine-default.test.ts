import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import {
  createJsEngine,
  createWasmEngine,
  defaultEngine,
  engineError,
  type WasmOptions,
} from '@chartseal/core/engine'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { pattern, referenceSha256 } from './engine-helpers.js'
import { patienceMs } from './helpers.js'

const bytes = pattern(32)

describe('the default engine', () => {
  afterEach(() => vi.unstubAllGlobals())

  /** Core loaded anew, as in a fresh process, while WebAssembly is something else. */
  async function freshCore(webAssembly: unknown) {
    vi.resetModules()
    vi.stubGlobal('WebAssembly', webAssembly)
    return import('@chartseal/core/engine')
  }

  const failing = (error: Error, onlyAbove = 0) => ({
    validate: () => true,
    Module: class {
      constructor(code: Uint8Array) {
        if (code.length > onlyAbove) throw error
      }
    },
  })

  it('is WebAssembly here, made once, with nothing refused', () => {
    expect(defaultEngine()).toMatchObject({ name: 'wasm', fallbackReason: null })
    expect(defaultEngine()).toBe(defaultEngine())
    expect(createJsEngine()).toMatchObject({ name: 'js', fallbackReason: null })
    expect(createWasmEngine()).toMatchObject({ name: 'wasm', fallbackReason: null })
  })

  it('is JavaScript where WebAssembly is absent, and stays so', async () => {
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
    ['instantiation fails', { validate: () => true, Module: WebAssembly.Module }],
  ])('throws where WebAssembly is present and broken: %s', async (_, broken) => {
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

  it.each([
    [true, 'with SIMD'],
    [false, 'without SIMD'],
  ])('takes the build that this place can run: validate answers %s, %s', async (canSimd, _) => {
    const sizes: number[] = []
    const { validate, Module, Instance } = WebAssembly
    const { defaultEngine: fresh } = await freshCore({
      validate: (code: BufferSource) => validate(code) && canSimd,
      Instance,
      Module: new Proxy(Module, {
        construct: (target, [code]) => {
          sizes.push(code.length)
          return new target(code)
        },
      }),
    })
    expect(fresh()).toMatchObject({ name: 'wasm', fallbackReason: null })
    expect(fresh().sha256(bytes)).toEqual(referenceSha256(bytes))
    expect(sizes.map(size => size > 10_000)).toEqual([canSimd])
  })

  it.each([true, false])(
    'is made of the module of another engine without compiling (SIMD: %s)',
    async simd => {
      const { module } = createWasmEngine({ simd })
      if (module === null) throw new Error('a WebAssembly engine has a module')
      const { validate, Module, Instance } = WebAssembly
      const construct = () => {
        throw new Error('it compiles')
      }
      const fresh = await freshCore({ validate, Instance, Module: new Proxy(Module, { construct }) })
      expect(() => fresh.createWasmEngine({ simd })).toThrow('it compiles')
      const engine = fresh.createWasmEngine({ module, simd: !simd })
      expect(engine).toMatchObject({ name: 'wasm', fallbackReason: null, module })
      expect(engine.sha256(bytes)).toEqual(referenceSha256(bytes))
      expect(createJsEngine().module).toBeNull()
    },
  )

  it('says how many nonces it tries at once', () => {
    const lanes = (options: WasmOptions): number => createWasmEngine(options).searchLanes
    expect([lanes({}), lanes({ simd: false }), lanes({ turbo: true }), lanes({ turbo: false })]).toEqual([
      4, 1, 8, 4,
    ])
    const { module } = createWasmEngine({ simd: false })
    expect(createJsEngine().searchLanes).toBe(1)
    expect(defaultEngine().searchLanes).toBe(4)
    if (module !== null) expect(lanes({ module, turbo: true })).toBe(1)
  })

  it('works in a worker', async () => {
    const worker = new Worker(new URL('./engine-worker.mjs', import.meta.url))
    const search = { prefix: pattern(76), target: referenceSha256(pattern(76), new Uint8Array(8)), count: 9 }
    worker.postMessage(search)
    const [answer] = await once(worker, 'message')
    await worker.terminate()
    expect(answer).toEqual({ name: 'wasm', hit: { nonce: expect.any(BigInt), hash: expect.any(Uint8Array) } })
    expect(answer.hit).toEqual(createJsEngine().searchNonce({ ...search, from: 0n }))
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
      timeout: patienceMs,
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

  it('has kernels that are what their generator writes', () => {
    const folder = new URL('../assembly/', import.meta.url)
    const generator = fileURLToPath(new URL('generate-kernels.mjs', folder))
    const text = execFileSync(process.execPath, [generator, '--stdout'], {
      encoding: 'utf8',
      timeout: patienceMs,
    })
    expect(text).toBe(readFileSync(new URL('kernels.generated.ts', folder), 'utf8'))
  })
})
