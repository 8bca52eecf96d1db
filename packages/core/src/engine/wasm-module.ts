/** Loads the WebAssembly module and says why, where it cannot be loaded. */
import { platform } from '#engine-platform'
import type { EngineErrors } from './errors.js'
import { scalarBase64, simdBase64 } from './wasm-bytes.generated.js'

/** What assembly/index.ts exports; assembly/memory.ts has the layout of its memory. */
export interface WasmExports {
  readonly memory: WebAssembly.Memory
  readonly INPUT: WebAssembly.Global
  readonly ACCUMULATOR: WebAssembly.Global
  readonly CHUNK_BYTES: WebAssembly.Global
  readonly CONTEXT: WebAssembly.Global
  readonly CONTEXT_BYTES: WebAssembly.Global
  readonly DIGEST: WebAssembly.Global
  readonly DIGESTS: WebAssembly.Global
  readonly LANES: WebAssembly.Global
  readonly SLOT_BYTES: WebAssembly.Global
  readonly LAST_BLOCKS: WebAssembly.Global
  readonly TARGET: WebAssembly.Global
  readonly ROWS: WebAssembly.Global
  readonly PLAN: WebAssembly.Global
  sha256Start(): void
  sha256Update(length: number): void
  sha256Finish(): void
  /** The SIMD build's only. */
  sha256Four(length0: number, length1: number, length2: number, length3: number): void
  hkdf(secretBytes: number, count: number): void
  /** The SIMD build's only. */
  hmacMany(count: number, length: number): void
  searchPrepare(): void
  searchSlice(
    low: number,
    high: number,
    count: number,
    blockCount: number,
    nonceOffset: number,
    lanes: number,
  ): number
  gfMultiplyAccumulate(length: number, factor: number): void
  gfRun(length: number): void
  /** The SIMD build's only: thresholds 2 to 5, counts 2 to 15. */
  gfShares(threshold: number, count: number, length: number, rowBytes: number): void
}

/** Magic number and version: the smallest module there is. */
const emptyModule = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)

/** A function of type () -> v128 with the body `i32.const 0, i8x16.splat, end`. */
const simdModule = Uint8Array.of(
  ...emptyModule,
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x0b],
)

/** A module, and an instance of it. */
export interface LoadedWasm {
  readonly module: WebAssembly.Module
  readonly wasm: WasmExports
}

/** The module at work, or why it is not. */
export type WasmLoad = LoadedWasm | { readonly refused: EngineErrors['engine/unavailable'] }

/**
 * Compiles and instantiates synchronously: the module is small enough for the main thread of a page.
 * @param simd which build, where it is not left to what this place can do
 */
export function loadWasm(simd?: boolean): WasmLoad {
  if (typeof WebAssembly === 'undefined') {
    return { refused: { reason: 'absent', detail: 'there is no WebAssembly object' } }
  }
  try {
    const base64 = (simd ?? WebAssembly.validate(simdModule)) ? simdBase64 : scalarBase64
    return instantiate(new WebAssembly.Module(platform.decodeBase64(base64)))
  } catch (error) {
    return { refused: { reason: isForbidden(error) ? 'forbidden' : 'broken', detail: String(error) } }
  }
}

/**
 * Another instance of a module that this engine gave away, perhaps in another thread.
 * @throws TypeError for anything else
 */
export function adoptModule(module: object): LoadedWasm {
  const isOurs =
    module instanceof WebAssembly.Module &&
    WebAssembly.Module.imports(module).length === 0 &&
    WebAssembly.Module.exports(module).some(({ name }) => name === 'searchSlice')
  if (!isOurs) throw new TypeError('module must be that of a WebAssembly engine')
  return instantiate(module)
}

function instantiate(module: WebAssembly.Module): LoadedWasm {
  return { module, wasm: new WebAssembly.Instance(module).exports as unknown as WasmExports }
}

/**
 * A policy refuses every module, the empty one too, and says so. Browsers before 2023 refuse only larger ones
 * on the main thread. Anything else is a defect, which must not pass unnoticed.
 */
function isForbidden(error: unknown): boolean {
  if (/main thread/i.test(String(error))) return true
  try {
    new WebAssembly.Module(emptyModule)
    return false
  } catch (refusal) {
    return /CompileError|EvalError|SecurityError|content security policy|\bCSP\b/i.test(String(refusal))
  }
}
