/**
 * Compiles the engine from source and compares it, by SHA-256, with the bytes that are committed and shipped.
 * Exit 1 on a difference; `--write` replaces the committed bytes instead.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const core = fileURLToPath(new URL('../packages/core/', import.meta.url))
const generated = join(core, 'src/engine/wasm-bytes.generated.ts')

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

function compile() {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-wasm-'))
  try {
    const outFile = join(folder, 'engine.wasm')
    const compiler = join(core, 'node_modules/assemblyscript/bin/asc.js')
    const args = [compiler, '--config', 'asconfig.json', '--outFile', outFile]
    const { status } = spawnSync(process.execPath, args, { cwd: core, stdio: ['ignore', 2, 2] })
    if (status !== 0) throw new Error(`the AssemblyScript compiler ended with exit code ${status}`)
    return readFileSync(outFile)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const source = bytes => `// Compiled from assembly/ by scripts/check-wasm.mjs --write. Do not edit.

/** SHA-256 of the module, hexadecimal. */
export const wasmSha256: string = '${sha256(bytes)}'

/** The module, ${bytes.length} bytes. */
export const wasmBase64: string =
  '${bytes.toString('base64')}'
`

function committed() {
  const text = readFileSync(generated, 'utf8')
  const base64 = /wasmBase64: string =\s+'([^']*)'/.exec(text)?.[1] ?? ''
  return { text, bytes: Buffer.from(base64, 'base64') }
}

const fresh = compile()
const summary = `${fresh.length} bytes, SHA-256 ${sha256(fresh)}`
if (process.argv.includes('--write')) {
  writeFileSync(generated, source(fresh))
  process.stdout.write(`engine.wasm written: ${summary}\n`)
} else {
  const { text, bytes } = committed()
  const same = sha256(bytes) === sha256(fresh) && text === source(fresh)
  process.stdout.write(
    same
      ? `engine.wasm is reproducible: ${summary}\n`
      : `engine.wasm differs from its source: committed ${sha256(bytes)}, compiled ${sha256(fresh)}\n` +
          'Run: node scripts/check-wasm.mjs --write\n',
  )
  process.exitCode = same ? 0 : 1
}
