/** SHA-256 of many messages, four at a time in the lanes of the SIMD build. */
import { requireMessages } from './checks.js'
import type { WasmExports } from './wasm-module.js'

/** Byte 0x80 and the length, FIPS 180-4 5.1.1. */
const leastPadding = 9
const digestBytes = 32
const none = new Uint8Array()

/** The regions of linear memory that are used here. */
interface Regions {
  readonly input: Uint8Array
  readonly digests: Uint8Array
}

/**
 * Messages that fit a slot are hashed in fours of about one length, so that no lane waits long for another; what
 * is left over, and what is longer, one by one.
 */
export function sha256Many(
  wasm: WasmExports,
  regions: Regions,
  messages: readonly Uint8Array[],
  sha256: (message: Uint8Array) => Uint8Array,
): Uint8Array[] {
  requireMessages(messages)
  const lanes: number = wasm.LANES.value
  if (lanes === 1) return messages.map(sha256)
  const slotBytes: number = wasm.SLOT_BYTES.value
  const order = byLength(messages, slotBytes - leastPadding)
  const digests: Uint8Array[] = messages.map(message =>
    message.length > slotBytes - leastPadding ? sha256(message) : none,
  )
  let done = 0
  for (; done + 1 < order.length; done += lanes) {
    hashFour(wasm, regions, slotBytes, order.slice(done, done + lanes), messages, digests)
  }
  const last = order[done]
  if (last !== undefined) digests[last] = sha256(messages[last] ?? none)
  regions.input.fill(0)
  regions.digests.fill(0)
  return digests
}

/** Indexes of the messages up to a length, from short ones to long ones. */
function byLength(messages: readonly Uint8Array[], mostBytes: number): number[] {
  const order: number[] = []
  for (let i = 0; i < messages.length; i++) if (lengthOf(messages, i) <= mostBytes) order.push(i)
  return order.sort((a, b) => lengthOf(messages, a) - lengthOf(messages, b))
}

/** Where there is no message, the lane hashes an empty one. */
function lengthOf(messages: readonly Uint8Array[], index: number | undefined): number {
  return index === undefined ? 0 : (messages[index]?.length ?? 0)
}

function hashFour(
  wasm: WasmExports,
  { input, digests }: Regions,
  slotBytes: number,
  four: readonly number[],
  messages: readonly Uint8Array[],
  results: Uint8Array[],
): void {
  for (let lane = 0; lane < four.length; lane++)
    input.set(messages[four[lane] ?? 0] ?? none, lane * slotBytes)
  const [first, second, third, fourth] = four
  wasm.sha256Four(
    lengthOf(messages, first),
    lengthOf(messages, second),
    lengthOf(messages, third),
    lengthOf(messages, fourth),
  )
  for (let lane = 0; lane < four.length; lane++) {
    results[four[lane] ?? 0] = digests.slice(lane * digestBytes, (lane + 1) * digestBytes)
  }
}
