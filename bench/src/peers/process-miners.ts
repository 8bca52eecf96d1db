/** Miners in processes of their own: Python, C, and our engine under a flag of V8. They speak the lines of mine.c. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Contender, Skipped } from '../measure.js'
import { startLineProcess } from './line-process.js'
import { compileNative } from './native.js'
import { easy, easyRange } from './nonce-loop.js'

function processMiner(name: string, command: string, args: readonly string[]): Contender {
  const { ask, work, close } = startLineProcess(command, args)
  const target = Buffer.from(easy).toString('hex')
  return { name, answer: async () => Buffer.from(await ask(`find ${target} ${easyRange}`)), work, close }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export function pythonMiner(prefix: Uint8Array): Contender | Skipped {
  const name = 'Python hashlib, copy()'
  if (spawnSync('python3', ['--version']).status !== 0) return { name, skipped: 'there is no python3' }
  const script = fileURLToPath(new URL('../../native/mine.py', import.meta.url))
  return processMiner(name, 'python3', [script, hexOf(prefix)])
}

interface NativeMode {
  readonly name: string
  readonly instructions: readonly string[]
  readonly flags: readonly string[]
}

/** The limit of this CPU, then that of vectors of 128 and 256 bits without instructions for SHA. */
export const nativeModes: readonly NativeMode[] = [
  { name: 'C, SHA-NI, midstate, two streams', instructions: [], flags: [] },
  { name: 'C, the same work in four lanes', instructions: ['avx'], flags: ['-mavx', '-DLANES=4'] },
  { name: 'C, the same work in eight lanes', instructions: ['avx2'], flags: ['-mavx2', '-DLANES=8'] },
]

export function nativeMiner(prefix: Uint8Array, mode: NativeMode): Contender | Skipped {
  const { name } = mode
  const instructions = ['sha_ni', 'sse4_1', ...mode.instructions]
  const native = compileNative('mine', instructions, ['-msha', '-msse4.1', ...mode.flags])
  return 'skipped' in native ? { name, ...native } : processMiner(name, native.path, [hexOf(prefix)])
}

const turboFlag = '--experimental-wasm-revectorize'
export const turboName: string = `WASM engine, ${turboFlag}`

/** The revectorizer of V8 makes 256-bit vectors of pairs of ours; it is experimental, so never a default. */
export function turboMiner(prefix: Uint8Array): Contender | Skipped {
  const name = turboName
  if (Number(process.versions.node.split('.')[0]) < 24)
    return { name, skipped: 'V8 of this Node has no revectorizer' }
  const script = fileURLToPath(new URL('./turbo-process.js', import.meta.url))
  return processMiner(name, process.execPath, [turboFlag, script, hexOf(prefix)])
}
