/** Our engine behind the lines of native/mine.c, for a process that starts with other flags of V8. */
import { createInterface } from 'node:readline'
import { createWasmEngine } from '@chartseal/core/engine'
import { costOf } from '../measure.js'
import { hitText, unreachable } from './nonce-loop.js'

const engine = createWasmEngine({ turbo: true })
const prefix = Buffer.from(process.argv[2] ?? '', 'hex')

function search(target: Uint8Array, count: number): string {
  const hit = engine.searchNonce({ prefix, target, from: 0n, count })
  return hit === null ? 'none' : hitText(hit.nonce, hit.hash)
}

for await (const line of createInterface({ input: process.stdin })) {
  const [command, first = '', second = ''] = line.split(' ')
  if (command === 'find') {
    process.stdout.write(`${search(Buffer.from(first, 'hex'), Number(second))}\n`)
  } else {
    const { cpuSeconds, wallSeconds } = await costOf(() => search(unreachable, Number(first)))
    process.stdout.write(`${cpuSeconds} ${wallSeconds}\n`)
  }
}
