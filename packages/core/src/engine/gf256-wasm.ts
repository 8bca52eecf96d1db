/** Carries out plans in the WebAssembly module. */
import type { RowMachine } from './gf256-bulk.js'
import { rowsBytes } from './gf256-plan.js'
import type { WasmExports } from './wasm-module.js'

export function makeWasmRows(wasm: WasmExports): RowMachine {
  const { buffer } = wasm.memory
  const plan = new Int32Array(buffer, wasm.PLAN.value)
  let loaded: Int32Array | undefined
  return {
    rows: new Uint8Array(buffer, wasm.ROWS.value, rowsBytes),
    run({ parts }, length) {
      for (const part of parts) {
        if (part !== loaded) plan.set(part)
        loaded = part
        wasm.gfRun(length)
      }
    },
  }
}
