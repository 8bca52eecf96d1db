/** What a page or a process pays before the first hash: sizes, making an engine, a cold start. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { fromBigIntBE } from '@chartseal/core/bytes'
import { createJsEngine, createWasmEngine, type Engine } from '@chartseal/core/engine'
import { targetOf } from '@chartseal/emr-ledger/v1'
import type { Fact } from '../facts.js'
import { type Case, type Contender, inProcess } from '../measure.js'
import { notebookHeader, notebookPrefix } from '../notebook.js'

const message = new TextEncoder().encode('abc')

export const loading = async (): Promise<readonly Case[]> => [
  {
    id: 'instantiate',
    title: 'Making an engine and hashing three bytes',
    unit: 'ms',
    perUnit: 1,
    contenders: [
      maker('WASM engine', createWasmEngine),
      maker('WASM engine without SIMD', () => createWasmEngine({ simd: false })),
      maker('JS engine', createJsEngine),
    ],
  },
  {
    id: 'cold-start',
    title: 'Fresh process, from the first import of ours to the nonce of the notebook (5687)',
    unit: 'ms',
    perUnit: 1,
    contenders: [starter('core/engine alone', engineArguments()), starter('emr-ledger', ['ledger'])],
  },
]

export async function sizes(): Promise<readonly Fact[]> {
  const module = readFileSync(fileURLToPath(import.meta.resolve('@chartseal/core/engine.wasm')))
  return [
    { id: 'wasm-raw', title: '.wasm, raw', value: module.length, unit: 'bytes' },
    { id: 'wasm-gzip', title: '.wasm, gzip -9', value: gzipSync(module, { level: 9 }).length, unit: 'bytes' },
  ]
}

function maker(name: string, create: () => Engine): Contender {
  const run = (amount: number): void => {
    for (let i = 0; i < amount; i++) create().sha256(message)
  }
  return inProcess(name, () => create().sha256(message), run)
}

function engineArguments(): readonly string[] {
  const target = fromBigIntBE(targetOf(notebookHeader.difficulty), 32)
  return ['engine', Buffer.from(notebookPrefix).toString('hex'), Buffer.from(target).toString('hex')]
}

const script = fileURLToPath(new URL('../cold-start.js', import.meta.url))

function starter(name: string, args: readonly string[]): Contender {
  const start = (): readonly string[] => {
    const { stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
    if (stdout === '') throw new Error(`a cold start failed: ${stderr}`)
    return stdout.trim().split(' ')
  }
  return {
    name,
    answer: () => Buffer.from(start()[0] ?? ''),
    work: async amount => {
      const starts = Array.from({ length: amount }, () => start().map(Number))
      const sum = (index: number): number => starts.reduce((total, one) => total + (one[index] ?? 0), 0)
      return { cpuSeconds: sum(1), wallSeconds: sum(2) }
    },
  }
}
