/** Last step of the build: writes `dist/engine.wasm`, the SIMD build, from the committed bytes. Nothing is compiled here. */
import { writeFileSync } from 'node:fs'
import { simdBase64 } from '../dist/engine/wasm-bytes.generated.js'

writeFileSync(new URL('../dist/engine.wasm', import.meta.url), Buffer.from(simdBase64, 'base64'))
