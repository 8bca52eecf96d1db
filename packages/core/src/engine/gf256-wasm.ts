/** Carries out plans in the WebAssembly module. */
import type { RowMachine } from './gf256-bulk.js'
import { type OrdinarySharing, type Plan, rowsBytes } from './gf256-plan.js'
import type { WasmExports } from './wasm-module.js'

/** What `gfShares` computes in registers; assembly/gf256-shares.ts. */
const maxThreshold = 5
const maxCount = 15

export function makeWasmRows(wasm: WasmExports): RowMachine {
  const { buffer } = wasm.memory
  const hasLanes = wasm.LANES.value > 1
  const planRegion = new Int32Array(buffer, wasm.PLAN.value)
  let loaded: Int32Array | undefined
  const runParts = (parts: Plan['parts'], length: number): void => {
    for (const part of parts) {
      if (part !== loaded) planRegion.set(part)
      loaded = part
      wasm.gfRun(length)
    }
  }
  return {
    rows: new Uint8Array(buffer, wasm.ROWS.value, rowsBytes),
    run({ parts, ordinary, blockBytes }, length) {
      if (!hasLanes || ordinary === null || !fits(ordinary)) runParts(parts, length)
      else wasm.gfShares(ordinary.threshold, ordinary.count, length, blockBytes)
    },
  }
}

const fits = ({ threshold, count }: OrdinarySharing): boolean =>
  threshold <= maxThreshold && count > 1 && count <= maxCount
