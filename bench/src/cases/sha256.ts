import { hash } from 'node:crypto'
import { createJsEngine, createWasmEngine } from '@chartseal/core/engine'
import { sha256 as noble } from '@noble/hashes/sha2.js'
import { type Case, inProcess } from '../measure.js'
import { pattern } from '../pattern.js'

type Hash = (message: Uint8Array) => Uint8Array

const sizes = [
  ['64 B', 64],
  ['1 KiB', 1024],
  ['1 MiB', 1_048_576],
] as const

export const hashing = async (): Promise<readonly Case[]> =>
  sizes.map(([label, size]) => {
    const message = pattern(size)
    const contender = (name: string, hash: Hash) =>
      inProcess(
        name,
        () => hash(message),
        amount => {
          for (let i = 0; i < amount; i++) hash(message)
        },
      )
    return {
      id: `sha256-${size}`,
      title: `SHA-256 of ${label}`,
      unit: 'MB/s',
      perUnit: size / 1e6,
      contenders: [
        contender('WASM engine', createWasmEngine().sha256),
        contender('JS engine', createJsEngine().sha256),
        contender('@noble/hashes', noble),
        contender('node:crypto', data => hash('sha256', data, 'buffer')),
      ],
    }
  })
