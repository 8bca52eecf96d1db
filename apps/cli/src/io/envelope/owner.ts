/** Who signs the grant lists of a record: a key in a file, or the person of a ring folder. */
import { wipeDevice } from '@chartseal/clinic'
import { readDevice, requireRing } from '@chartseal/clinic/fs'
import { thumbprintOf } from '@chartseal/clinic/signed-request'
import { SigningKey } from '@chartseal/core/ed25519'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import type { Random } from '@chartseal/core/ports'
import { type Owner, ownerOf } from '@chartseal/ipfs-envelope'
import type { Command } from 'commander'
import { UsageError } from '../errors.js'
import { inFile, pathOf, readLine } from '../files.js'
import type { Io } from '../io.js'
import { readSecret } from '../secrets.js'

export interface OwnerOptions {
  readonly ownerKey?: string
  readonly ring?: string
  readonly ringPassphraseFile?: string
}

export function withOwner(command: Command): Command {
  return command
    .option('--owner-key <file>', 'the key that signs for the owner: a file of envelope keygen')
    .option('--ring <folder>', 'or a ring, whose person is the owner')
    .option(
      '--ring-passphrase-file <file>',
      'the passphrase of the ring, one line; else CHARTSEAL_PASSPHRASE or a prompt',
    )
}

/** The key as text: 64 hexadecimal digits and a line end. */
export function newOwnerKey(random: Random): { readonly text: string; readonly kid: string } {
  using key = SigningKey.generate(random)
  return { text: `${encodeHex(key.reveal())}\n`, kid: kidOf(ownerOf(key)) }
}

/** What people compare, and what the page of a clinic calls a device by: RFC 7638 over the key. */
export const kidOf = ({ verifyingKey }: Pick<Owner, 'verifyingKey'>): string => thumbprintOf(verifyingKey)

/** @throws UsageError unless exactly one is given */
export async function useOwner<Result>(
  io: Io,
  { ownerKey, ring, ringPassphraseFile }: OwnerOptions,
  use: (owner: Owner) => Promise<Result>,
): Promise<Result> {
  if ((ownerKey === undefined) === (ring === undefined))
    throw new UsageError('give --owner-key FILE, or --ring FOLDER')
  if (ring !== undefined) return useRing(io, ring, ringPassphraseFile, use)
  using key = await readOwnerKey(io, ownerKey ?? '')
  return await use(ownerOf(key))
}

/** The caller wipes it. */
export async function readOwnerKey(io: Io, file: string): Promise<SigningKey> {
  const text = await readLine(io, file)
  return inFile(file, () => {
    const bytes = decodeHex(text)
    try {
      return new SigningKey(bytes)
    } finally {
      bytes.fill(0)
    }
  })
}

async function useRing<Result>(
  io: Io,
  ring: string,
  passphraseFile: string | undefined,
  use: (owner: Owner) => Promise<Result>,
): Promise<Result> {
  const folder = pathOf(io, ring)
  await requireRing(folder)
  const passphrase = await readSecret(io, {
    file: passphraseFile,
    option: '--ring-passphrase-file',
    variable: 'CHARTSEAL_PASSPHRASE',
    question: `Passphrase of ${ring}`,
  })
  const device = await readDevice({ folder, passphrase, random: io.random, argon2id: io.argon2id })
  try {
    return await use(ownerOf(device.self.signingKey))
  } finally {
    wipeDevice(device)
  }
}
