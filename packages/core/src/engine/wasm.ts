/** The engine in WebAssembly (AssemblyScript, see assembly/). Everything secret is wiped from its memory. */
import { requireBytes, requireGfOperands } from './checks.js'
import { makeGfBulk } from './gf256-bulk.js'
import { multiplyInPlace } from './gf256-js.js'
import { makeWasmRows } from './gf256-wasm.js'
import { hmacEach, hmacInLanes } from './hmac-many.js'
import { type SearchPlan, type SliceSearch, searchInSlices } from './search.js'
import { sha256Many } from './sha256-many.js'
import type { Engine, Sha256 } from './types.js'
import type { LoadedWasm, WasmExports } from './wasm-module.js'

/** Up to here the copies into and out of the module cost more than they save. */
const gfInPlaceBytes = 64

/** Short enough for the compiler to tier up between calls. */
const sliceSize = 65_536

/** The regions of linear memory that JavaScript reads and writes. */
interface Regions {
  readonly input: Uint8Array
  readonly accumulator: Uint8Array
  readonly context: Uint8Array
  readonly digest: Uint8Array
  readonly digests: Uint8Array
  readonly lastBlocks: Uint8Array
  readonly target: Uint8Array
}

/** What `turbo` asks for: twice the lanes of a v128. */
const turboLanes = 8

/** @param turbo needs a build with SIMD and is nothing without */
export function makeWasmEngine({ wasm, module }: LoadedWasm, turbo: boolean): Engine {
  const regions = regionsOf(wasm)
  const lanes: number = wasm.LANES.value
  const searchLanes = turbo && lanes > 1 ? turboLanes : lanes
  const sha256 = (message: Uint8Array): Uint8Array => {
    requireBytes('message', message)
    wasm.sha256Start()
    absorb(wasm, regions, message)
    return finish(wasm, regions)
  }
  return {
    name: 'wasm',
    fallbackReason: null,
    module,
    searchLanes,
    sha256,
    createSha256: () => new WasmSha256(wasm, regions),
    sha256Many: messages => sha256Many(wasm, regions, messages, sha256),
    hmacMany:
      lanes === 1
        ? (keys, messages) => hmacEach(keys, messages, sha256)
        : (keys, messages) => hmacInLanes(wasm, regions, keys, messages),
    searchNonce: search =>
      searchInSlices(
        search,
        sliceSize,
        (plan, target) => prepareSearch(wasm, regions, searchLanes, plan, target),
        sha256,
      ),
    gfMultiplyAccumulate: (accumulator, input, factor) =>
      gfMultiplyAccumulate(wasm, regions, accumulator, input, factor),
    ...makeGfBulk(() => makeWasmRows(wasm)),
  }
}

/** The memory never grows, so these views stay valid. */
function regionsOf(wasm: WasmExports): Regions {
  const region = (start: WebAssembly.Global, size: number): Uint8Array =>
    new Uint8Array(wasm.memory.buffer, start.value, size)
  const chunkBytes: number = wasm.CHUNK_BYTES.value
  return {
    input: region(wasm.INPUT, chunkBytes),
    accumulator: region(wasm.ACCUMULATOR, chunkBytes),
    context: region(wasm.CONTEXT, wasm.CONTEXT_BYTES.value),
    digest: region(wasm.DIGEST, 32),
    digests: region(wasm.DIGESTS, 128),
    lastBlocks: region(wasm.LAST_BLOCKS, 128),
    target: region(wasm.TARGET, 32),
  }
}

/** Hashes a message into the context, chunk by chunk, and leaves nothing of it behind. */
function absorb(wasm: WasmExports, { input }: Regions, message: Uint8Array): void {
  for (let start = 0; start < message.length; start += input.length) {
    const chunk = message.subarray(start, start + input.length)
    input.set(chunk)
    wasm.sha256Update(chunk.length)
  }
  input.fill(0, 0, message.length)
}

function finish(wasm: WasmExports, { digest }: Regions): Uint8Array {
  wasm.sha256Finish()
  const copy = digest.slice()
  digest.fill(0)
  return copy
}

/** Its context lives here and visits the module for each call, so any number of them can be interleaved. */
class WasmSha256 implements Sha256 {
  readonly #wasm: WasmExports
  readonly #regions: Regions
  readonly #context: Uint8Array
  #ended = false

  constructor(wasm: WasmExports, regions: Regions) {
    this.#wasm = wasm
    this.#regions = regions
    wasm.sha256Start()
    this.#context = regions.context.slice()
  }

  update(data: Uint8Array): this {
    requireBytes('data', data)
    this.#enter()
    absorb(this.#wasm, this.#regions, data)
    this.#context.set(this.#regions.context)
    this.#regions.context.fill(0)
    return this
  }

  digest(): Uint8Array {
    this.#enter()
    this.#ended = true
    this.#context.fill(0)
    return finish(this.#wasm, this.#regions)
  }

  #enter(): void {
    if (this.#ended) throw new Error('this SHA-256 computation has ended')
    this.#regions.context.set(this.#context)
  }
}

/** Hashes everything before the nonce once; each nonce then costs its last one or two blocks. */
function prepareSearch(
  wasm: WasmExports,
  regions: Regions,
  lanes: number,
  plan: SearchPlan,
  target: Uint8Array,
): SliceSearch {
  wasm.sha256Start()
  absorb(wasm, regions, plan.fixedBlocks)
  wasm.searchPrepare()
  regions.lastBlocks.set(plan.lastBlocks)
  regions.target.set(target)
  const blockCount = plan.lastBlocks.length / 64
  return ({ low, high, count }) => wasm.searchSlice(low, high, count, blockCount, plan.nonceOffset, lanes)
}

/** The module works on whole blocks of 16 bytes: the bytes after the end of a chunk are zero and stay zero. */
function gfMultiplyAccumulate(
  wasm: WasmExports,
  regions: Regions,
  accumulator: Uint8Array,
  input: Uint8Array,
  factor: number,
): void {
  requireGfOperands(accumulator, input, factor)
  if (input.length <= gfInPlaceBytes) {
    multiplyInPlace(accumulator, input, factor)
    return
  }
  const chunkBytes = regions.input.length
  for (let start = 0; start < input.length; start += chunkBytes) {
    const part = accumulator.subarray(start, start + chunkBytes)
    regions.input.set(input.subarray(start, start + chunkBytes))
    regions.accumulator.set(part)
    wasm.gfMultiplyAccumulate(part.length, factor)
    part.set(regions.accumulator.subarray(0, part.length))
  }
  regions.input.fill(0, 0, input.length)
  regions.accumulator.fill(0, 0, input.length)
}
