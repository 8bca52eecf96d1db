/** What hashing is wherever it runs: whole messages, and one that comes in pieces. */
import { sha256 as noble } from '@noble/hashes/sha2.js'
import { type Case, type Contender, inProcess, type Skipped } from '../measure.js'
import { pattern } from '../pattern.js'
import { type EngineName, engineNames, onEngine } from '../peers/engine.js'

export type Hash = (message: Uint8Array<ArrayBuffer>) => Uint8Array | Promise<Uint8Array>

export interface Hasher {
  update(data: Uint8Array): unknown
  digest(): Uint8Array
}

/** The platform's own. */
export interface PlatformHash {
  readonly name: string
  readonly hash: Hash
  /** `null` where it takes whole messages only. */
  readonly create: (() => Hasher) | null
}

const sizes = [
  ['64 B', 64],
  ['1 KiB', 1024],
  ['1 MiB', 1_048_576],
] as const

const pieceBytes = 4096

export const hashingCases = (theirs: PlatformHash): readonly Case[] => [
  ...sizes.map(size => wholeCase(size, theirs)),
  piecesCase(theirs),
]

function wholeCase([label, size]: readonly [string, number], theirs: PlatformHash): Case {
  const message = pattern(size)
  const contender = (name: string, hash: Hash): Contender => hashContender(name, hash, message)
  return {
    id: `sha256-${size}`,
    title: `SHA-256 of ${label}`,
    unit: 'MB/s',
    perUnit: size / 1e6,
    contenders: [
      ...engineNames.map(name => onEngine(name, (_, engine) => contender(name, engine.sha256))),
      contender('@noble/hashes', noble),
      contender(theirs.name, theirs.hash),
    ],
  }
}

const enginesInPieces: readonly EngineName[] = ['WASM engine', 'JS engine']

function piecesCase({ name: platform, create }: PlatformHash): Case {
  const size = 1_048_576
  const message = pattern(size)
  const contender = (name: string, make: () => Hasher): Contender =>
    hashContender(name, inPieces(make), message)
  const skipped: Skipped = { name: platform, skipped: 'it takes whole messages only' }
  return {
    id: 'sha256-pieces',
    title: `SHA-256 of 1 MiB in pieces of ${pieceBytes} bytes`,
    unit: 'MB/s',
    perUnit: size / 1e6,
    contenders: [
      ...enginesInPieces.map(name =>
        onEngine(name, (_, engine) => contender(name, () => engine.createSha256())),
      ),
      contender('@noble/hashes', () => noble.create()),
      create === null ? skipped : contender(platform, create),
    ],
  }
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

/** A promise is waited for, everything else is not: a turn of the event loop would cost more than 64 bytes. */
function hashContender(name: string, hash: Hash, message: Uint8Array<ArrayBuffer>): Contender {
  return inProcess(
    name,
    () => hash(message),
    async amount => {
      for (let i = 0; i < amount; i++) {
        const digest = hash(message)
        if (digest instanceof Promise) await digest
      }
    },
  )
}
