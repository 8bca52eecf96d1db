/** The file of a care team (Node only): one person's state of one thread, sealed under a passphrase. */
import { basename, dirname } from 'node:path'
import {
  type FileLock,
  type FileSystem,
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
import { careTeamError } from '../team/errors.js'
import { type CareTeam, openCareTeam, parseCareTeamFile, sealCareTeam } from '../team/file.js'
import { lockWhole, readWhole } from './whole-file.js'

export interface CareTeamFileOptions {
  readonly path: string
  readonly passphrase: string
  readonly random: Random
  readonly argon2id?: Argon2id | undefined
  readonly fileSystem?: FileSystem
}

/** A file that is held. */
export interface HeldCareTeam extends CareTeam {
  /** Puts another state in its place, durably. */
  store(next: CareTeam): Promise<void>
  /** The same, then `leave` lets what is unsent leave, and then it counts as sent. */
  storeAndSend(next: CareTeam, leave: () => Promise<void>): Promise<void>
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
    const place = { ...options, phc, key, lock }
    try {
      return await run({
        ...held,
        store: next => storeTeam(place, next),
        storeAndSend: (next, leave) => storeAndSend(place, next, leave),
      })
    } finally {
      wipeTeam(held.team)
    }
  } finally {
    await lock.release()
  }
}

interface HeldPlace extends CareTeamFileOptions {
  readonly phc: string
  readonly key: AeadKey
  readonly lock: FileLock
}

async function storeTeam(
  { path, random, phc, key, lock, fileSystem = nodeFileSystem }: HeldPlace,
  next: CareTeam,
): Promise<void> {
  try {
    await replaceFile(path, sealCareTeam(next, phc, key, random), { fileSystem, lock })
  } finally {
    wipeTeam(next.team)
  }
}

/** Killed before it has left, it is in the file; killed afterwards, it leaves once more. */
async function storeAndSend(place: HeldPlace, next: CareTeam, leave: () => Promise<void>): Promise<void> {
  const { path, random, phc, key, lock, fileSystem = nodeFileSystem } = place
  const sent = sealCareTeam({ ...next, unsent: [] }, phc, key, random)
  await storeTeam(place, next)
  await leave()
  await replaceFile(path, sent, { fileSystem, lock })
}

async function wholeOf(fileSystem: FileSystem, path: string): Promise<Uint8Array> {
  const bytes = await readWhole(fileSystem, path)
  if (bytes === null) throw careTeamError('care-team/missing', { file: path })
  return bytes
}

function lockFor(path: string, fileSystem: FileSystem): Promise<FileLock> {
  return lockWhole(path, fileSystem, holder => careTeamError('care-team/in-use', holder))
}
