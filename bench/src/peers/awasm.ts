/** awasm-noble, where somebody put it: `npm install --prefix node_modules/.cache/awasm @awasm/noble` (Node 22.22). */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { type Contender, inProcess, type Skipped } from '../measure.js'
import { easy, easyRange, hitText, isAtMost, messageWith, unreachable } from './nonce-loop.js'

interface Awasm {
  readonly sha256: { parallel(messages: readonly Uint8Array[]): readonly Uint8Array[] }
}

const name = '@awasm/noble, parallel()'
const batch = 64

export async function awasmMiner(prefix: Uint8Array): Promise<Contender | Skipped> {
  const home = new URL('../../../node_modules/.cache/awasm/', import.meta.url)
  try {
    const { sha256 }: Awasm = await import(pathToFileURL(createRequire(home).resolve('@awasm/noble')).href)
    return inProcess(
      name,
      () => Buffer.from(search(sha256, prefix, easy, easyRange)),
      amount => search(sha256, prefix, unreachable, amount),
    )
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND'
    return { name, skipped: isAbsent ? 'it is not installed' : `it does not load: ${error}` }
  }
}

function search(sha256: Awasm['sha256'], prefix: Uint8Array, target: Uint8Array, count: number): string {
  const messages = Array.from({ length: batch }, () => messageWith(prefix))
  for (let start = 0; start < count; start += batch) {
    for (const [i, message] of messages.entries()) {
      new DataView(message.buffer).setUint32(prefix.length, start + i, true)
    }
    const hashes = sha256.parallel(messages)
    const hit = hashes.findIndex(hash => isAtMost(hash, target))
    if (hit >= 0) return hitText(start + hit, hashes[hit] ?? target)
  }
  return 'none'
}
