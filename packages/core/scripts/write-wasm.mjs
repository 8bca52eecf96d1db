/** Last step of the build: writes `dist/engine.wasm` from the committed bytes. Nothing is compiled here. */
import { writeFileSync } from 'node:fs'
import { wasmBase64 } from '../dist/engine/wasm-bytes.generated.js'

writeFileSync(new URL('../dist/engine.wasm', import.meta.url), Buffer.from(wasmBase64, 'base64'))
