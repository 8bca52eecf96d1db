/** Options that several commands under `chartseal shares` have. */
import { decodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import {
  type DescribedSet,
  messageKind,
  parseDrillChallenge,
  parseRefreshedSet,
  parseShareSet,
  wipeShares,
} from '@chartseal/shamir'
import type { Command } from 'commander'
import type { CommonOptions, OutputOptions } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { inFile, readBytes } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { readSecret } from '../../io/secrets.js'
import { readShareFile } from '../../io/share-envelopes.js'

export interface SplitOptions extends CommonOptions {
  readonly threshold: number
  readonly shares: number
  readonly outDir: string
  readonly secretFile?: string
  readonly hex?: boolean
  readonly force?: boolean
  readonly label?: string
  readonly format?: 'text' | 'bytes'
  readonly v1?: boolean
}

export interface KnownSetOptions {
  readonly set?: string
  readonly root?: string
}

export interface CombineOptions extends OutputOptions, KnownSetOptions {
  readonly hex?: boolean
  readonly v1?: boolean
  readonly threshold?: number
  readonly lenient?: boolean
}

export async function readSecretToSplit(
  io: Io,
  { secretFile, hex = false }: { readonly secretFile?: string; readonly hex?: boolean },
): Promise<SecretBytes> {
  if (secretFile !== undefined && !hex) return new SecretBytes(await readBytes(io, secretFile))
  const text = await readSecret(io, {
    file: secretFile,
    option: '--secret-file',
    variable: 'CHARTSEAL_SECRET',
    question: 'Secret to split',
  })
  return new SecretBytes(hex ? decodeHex(text) : encodeUtf8(text))
}

/** Which set is meant, known from the split, a kit sheet or a log. */
export function withKnownSet(command: Command): Command {
  return command
    .option('--set <file>', 'share-set.cbor of the split or of a refresh: only that set counts')
    .option('--root <hex>', 'the root of the set, in place of --set')
}

export async function readRoot(io: Io, { set, root }: KnownSetOptions): Promise<Uint8Array | null> {
  if (root !== undefined && set !== undefined) throw new UsageError('give --set or --root, not both')
  if (root !== undefined) return rootOfHex(root)
  return set === undefined ? null : rootOfFile(io, set)
}

function rootOfHex(text: string): Uint8Array {
  const root = decodeHex(text)
  if (root.length !== 32) throw new UsageError('--root must have 64 hexadecimal digits')
  return root
}

async function rootOfFile(io: Io, file: string): Promise<Uint8Array> {
  return readMessage(io, file, bytes => {
    const kind = messageKind(bytes)
    if (kind === 'refreshed-set') return parseRefreshedSet(bytes).root
    return (kind === 'drill-challenge' ? parseDrillChallenge(bytes) : parseShareSet(bytes)).root
  })
}

/** A message of a drill or refresh from a file, which a refusal names. */
export async function readMessage<Value>(
  io: Io,
  file: string,
  parse: (bytes: Uint8Array) => Value,
): Promise<Value> {
  const bytes = await readBytes(io, file)
  return inFile(file, () => parse(bytes))
}

/** A whole description: from share-set.cbor, or from any share of the set. */
export async function readDescribedSet(io: Io, file: string): Promise<DescribedSet> {
  const bytes = await readBytes(io, file)
  if (messageKind(bytes) !== null) return readMessage(io, file, parseShareSet)
  const share = await readShareFile(io, file, bytes)
  const { setId, threshold, numShares, root } = share
  const sizeBytes = share.y.reveal().length
  wipeShares([share])
  return { setId, threshold, numShares, root, sizeBytes }
}
