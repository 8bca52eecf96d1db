/**
 * Generates the kernels, compiles the engine from source, and compares both with what is committed and shipped: the
 * module by its bytes, whose SHA-256 is printed. Exit 1 on a difference; `--write` replaces what is committed.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const core = fileURLToPath(new URL('../packages/core/', import.meta.url))

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

/** Compiled in packages/core by its own AssemblyScript compiler, with `target`'s options of asconfig.json. */
function compile(target) {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-wasm-'))
  try {
    const outFile = join(folder, 'engine.wasm')
    const compiler = join(core, 'node_modules/assemblyscript/bin/asc.js')
    const args = [compiler, '--config', 'asconfig.json', '--target', target, '--outFile', outFile]
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: core, encoding: 'utf8' })
    if (status !== 0) throw new Error(`the AssemblyScript compiler ended with exit code ${status}\n${stderr}`)
    return readFileSync(outFile)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const exportsOf = ({ target, bytes }) => `
/** The ${target} build, ${bytes.length} bytes. */
export const ${target}Base64: string =
  '${bytes.toString('base64')}'
`

function generateKernels() {
  const generator = join(core, 'assembly/generate-kernels.mjs')
  const { status, stdout } = spawnSync(process.execPath, [generator, '--stdout'], { encoding: 'utf8' })
  if (status !== 0) throw new Error('the generator of the kernels failed')
  return stdout
}

/** Leaves the files as they are unless they are to be written; answers whether they were up to date. */
function settle(file, text) {
  const same = existsSync(file) && readFileSync(file, 'utf8') === text
  if (!same && writes) writeFileSync(file, text)
  const verdict = same ? 'is reproducible' : writes ? 'was written' : 'differs from its source'
  process.stdout.write(`${relative(core, file)} ${verdict}\n`)
  return same || writes
}

const writes = process.argv.includes('--write')
const isKernelCurrent = settle(join(core, 'assembly/kernels.generated.ts'), generateKernels())
const builds = ['simd', 'scalar'].map(target => ({ target, bytes: compile(target) }))
const head = '// Compiled from assembly/ by scripts/check-wasm.mjs --write. Do not edit.\n'
const isModuleCurrent = settle(
  join(core, 'src/engine/wasm-bytes.generated.ts'),
  head + builds.map(exportsOf).join(''),
)
for (const { target, bytes } of builds) {
  process.stdout.write(`${target}: ${bytes.length} bytes, SHA-256 ${sha256(bytes)}\n`)
}
if (!isKernelCurrent || !isModuleCurrent) {
  process.stdout.write('Run: node scripts/check-wasm.mjs --write\n')
  process.exitCode = 1
}
