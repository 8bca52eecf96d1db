/** The file of a care team (Node only): one person's state of one thread, sealed under a passphrase. */
import { basename, dirname } from 'node:path'
import { ChartsealError } from '@chartseal/core/errors'
import {
  type FileLock,
  type FileSystem,
  type FilesErrors,
  lockFile,
  nodeFileSystem,
  removeTemporaries,
  replaceFile,
} from '@chartseal/core/files'
import type { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { wipeTeam } from '@chartseal/elgamal-session/team'
import {
  type Argon2id,
  formatPhc,
  hardenPassphrase,
  type PassphraseParameters,
  parsePhc,
} from '@chartseal/kdf-keyring'
import { careTeamError } from '../errors.js'
import { type CareTeam, openCareTeam, parseCareTeamFile, sealCareTeam } from '../team/file.js'
import { readWhole } from './conference.js'

export interface CareTeamFileOptions {
  readonly path: string
  readonly passphrase: string
  readonly random: Random
  readonly argon2id?: Argon2id | undefined
  readonly fileSystem?: FileSystem
}

/** A file that is held; `store` puts another state in its place, durably. */
export interface HeldCareTeam extends CareTeam {
  store(next: CareTeam): Promise<void>
}

/**
 * Makes the file of somebody who comes into a care team, for its owner alone.
 * @throws ChartsealError `care-team/exists`, `care-team/in-use`, `files/failed`, and what `hardenPassphrase` refuses
 */
export async function createCareTeamFile(
  options: CareTeamFileOptions & { readonly parameters: PassphraseParameters },
  careTeam: CareTeam,
): Promise<void> {
  const { path, passphrase, parameters, random, argon2id, fileSystem = nodeFileSystem } = options
  const phc = formatPhc(parameters)
  using key = await hardenPassphrase(passphrase, parameters, argon2id)
  const lock = await lockFor(path, fileSystem)
  try {
    if ((await readWhole(fileSystem, path)) !== null) throw careTeamError('care-team/exists', { file: path })
    const bytes = sealCareTeam(careTeam, phc, key, random)
    await replaceFile(path, bytes, { fileSystem, lock })
  } finally {
    await lock.release()
  }
}

/**
 * Changes a care team while nobody else does. What was read is wiped afterwards, and what is stored with it.
 * @throws ChartsealError `care-team/missing`, `care-team/in-use`, `care-team/damaged`, `care-team/wrong-passphrase`,
 * `files/failed`
 */
export async function withCareTeamFile<Result>(
  options: CareTeamFileOptions,
  run: (held: HeldCareTeam) => Promise<Result>,
): Promise<Result> {
  const { path, fileSystem = nodeFileSystem } = options
  // The slow part goes before the lock: the parameters of the passphrase never change.
  const { phc } = parseCareTeamFile(await wholeOf(fileSystem, path))
  using key = await hardenPassphrase(options.passphrase, parsePhc(phc), options.argon2id)
  const lock = await lockFor(path, fileSystem)
  try {
    await removeTemporaries(dirname(path), [basename(path)], { fileSystem })
    await lock.settle()
    const held = openCareTeam(parseCareTeamFile(await wholeOf(fileSystem, path)), key)
    try {
      return await run({ ...held, store: next => storeTeam(options, next, phc, key, lock) })
    } finally {
      wipeTeam(held.team)
    }
  } finally {
    await lock.release()
  }
}

async function storeTeam(
  { path, random, fileSystem = nodeFileSystem }: CareTeamFileOptions,
  next: CareTeam,
  phc: string,
  key: AeadKey,
  lock: FileLock,
): Promise<void> {
  try {
    await replaceFile(path, sealCareTeam(next, phc, key, random), { fileSystem, lock })
  } finally {
    wipeTeam(next.team)
  }
}

async function wholeOf(fileSystem: FileSystem, path: string): Promise<Uint8Array> {
  const bytes = await readWhole(fileSystem, path)
  if (bytes === null) throw careTeamError('care-team/missing', { file: path })
  return bytes
}

async function lockFor(path: string, fileSystem: FileSystem): Promise<FileLock> {
  try {
    return await lockFile(path, { fileSystem })
  } catch (error) {
    if (!isLocked(error)) throw error
    const { host, pid } = error.context
    throw careTeamError('care-team/in-use', { host, pid })
  }
}

type Locked = ChartsealError<'files/locked', FilesErrors['files/locked']>

function isLocked(error: unknown): error is Locked {
  return error instanceof ChartsealError && error.code === 'files/locked'
}
