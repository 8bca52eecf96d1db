import { createHash, hash } from 'node:crypto'
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

export const hashing = async (): Promise<readonly Case[]> => [...sizes.map(wholeCase), piecesCase()]

function wholeCase([label, size]: readonly [string, number]): Case {
  return hashCase(`sha256-${size}`, `SHA-256 of ${label}`, size, [
    ['WASM engine', createWasmEngine().sha256],
    ['WASM engine without SIMD', createWasmEngine({ simd: false }).sha256],
    ['JS engine', createJsEngine().sha256],
    ['@noble/hashes', noble],
    ['node:crypto', data => hash('sha256', data, 'buffer')],
  ])
}

const pieceBytes = 4096

function piecesCase(): Case {
  const wasm = createWasmEngine()
  const js = createJsEngine()
  return hashCase('sha256-pieces', `SHA-256 of 1 MiB in pieces of ${pieceBytes} bytes`, 1_048_576, [
    ['WASM engine', inPieces(() => wasm.createSha256())],
    ['JS engine', inPieces(() => js.createSha256())],
    ['@noble/hashes', inPieces(() => noble.create())],
    ['node:crypto', inPieces(() => createHash('sha256'))],
  ])
}

interface Hasher {
  update(data: Uint8Array): unknown
  digest(): Uint8Array
}

function inPieces(create: () => Hasher): Hash {
  return message => {
    const hasher = create()
    for (let start = 0; start < message.length; start += pieceBytes) {
      hasher.update(message.subarray(start, start + pieceBytes))
    }
    return hasher.digest()
  }
}

function hashCase(
  id: string,
  title: string,
  size: number,
  hashes: readonly (readonly [string, Hash])[],
): Case {
  const message = pattern(size)
  const contenders = hashes.map(([name, hash]) =>
    inProcess(
      name,
      () => hash(message),
      amount => {
        for (let i = 0; i < amount; i++) hash(message)
      },
    ),
  )
  return { id, title, unit: 'MB/s', perUnit: size / 1e6, contenders }
}
