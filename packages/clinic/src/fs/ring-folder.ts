/**
 * A folder that holds the keys of one pair, sealed under a passphrase. Every change is one step: take the lock, read,
 * change, put the new state in the old one's place, and only then let anything leave. Byte table:
 * docs/spec/ring-folder.md.
 */
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { concat } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { openBytes, sealBytes } from '@chartseal/core/chunked'
import { encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError, coreError } from '@chartseal/core/errors'
import { type FileLock, type FileSystem, lockFile, nodeFileSystem, replaceFile } from '@chartseal/core/files'
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { formatPhc, hardenPassphrase, type PassphraseParameters, parsePhc } from '@chartseal/kdf-keyring'
import { type Device, decodeDevice, encodeDevice, wipeDevice } from '../device.js'
import { clinicError } from '../errors.js'
import type { Change } from '../world.js'

const version = 2
const usualWaitSeconds = 20
const waitMs = 50
const keyLabel = 'chartseal/ring-folder/v2'
const stateLabel = 'chartseal/ring-state/v2'

export interface FolderOptions {
  readonly folder: string
  readonly passphrase: string
  readonly random: Random
  readonly fileSystem?: FileSystem
  /** How long another process is waited for; 20 unless given. */
  readonly waitSeconds?: number
}

/** @throws ChartsealError `ring/exists`, `files/failed`, and what `hardenPassphrase` refuses */
export async function createFolder(
  options: FolderOptions & { readonly parameters: PassphraseParameters },
  state: Device,
): Promise<void> {
  const { folder, passphrase, random, parameters } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const lock = await lockFolder(options)
  try {
    if (await isRingFolder(folder)) throw clinicError('ring/exists', { folder })
    const phc = formatPhc(parameters)
    using folderKey = AeadKey.generate(random)
    using passphraseKey = await hardenPassphrase(passphrase, parameters)
    const sealed = sealBytes(passphraseKey, folderKey.reveal(), contextOf(keyLabel, phc), random)
    // The key comes last: a folder without it is none, and can be made again.
    await writeState(options, folderKey, state)
    await replaceFile(keyFile(folder), encodeCbor({ v: version, phc, sealed }), replacing(options))
  } finally {
    await lock.release()
  }
}

/**
 * One step. The new state is durable when this resolves, and the answer of the step is given out only then. Old and new
 * secrets are wiped at the end.
 * @throws ChartsealError `ring/no-folder`, `ring/busy`, `ring/damaged`, `open/failed` for a wrong passphrase,
 * `files/failed`
 */
export async function changeDevice<Result>(options: FolderOptions, step: Step<Result>): Promise<Result> {
  return withDeviceFolder(options, folder => folder.change(step))
}

type Step<Result> = (device: Device) => Promise<Change<Result>> | Change<Result>

/** A folder whose passphrase was accepted. */
export interface DeviceFolder {
  /** One step, as {@link changeDevice} does it. */
  change<Result>(step: Step<Result>): Promise<Result>
}

/** Several steps, with the lock free between them: the passphrase is hardened once. @throws as {@link changeDevice} */
export async function withDeviceFolder<Result>(
  options: FolderOptions,
  use: (folder: DeviceFolder) => Promise<Result>,
): Promise<Result> {
  const { folder } = options
  if (!(await isRingFolder(folder))) throw clinicError('ring/no-folder', { folder })
  // The slow part goes before the lock: the folder's key never changes.
  using folderKey = await openFolderKey(options)
  return await use({
    async change(step) {
      const lock = await lockFolder(options)
      try {
        return await runStep(options, folderKey, step)
      } finally {
        await lock.release()
      }
    },
  })
}

async function runStep<Result>(
  options: FolderOptions,
  key: AeadKey,
  step: (device: Device) => Promise<Change<Result>> | Change<Result>,
): Promise<Result> {
  const before = await readState(options.folder, key)
  try {
    const { result, device } = await step(before)
    if (device === null) return result
    try {
      await writeState(options, key, device)
    } finally {
      wipeDevice(device)
    }
    return result
  } finally {
    wipeDevice(before)
  }
}

export async function isRingFolder(folder: string): Promise<boolean> {
  return (await stat(keyFile(folder)).catch(() => null))?.isFile() ?? false
}

const keyFile = (folder: string): string => join(folder, 'key')
const stateFile = (folder: string): string => join(folder, 'state')
const contextOf = (label: string, phc = ''): Uint8Array => concat(encodeUtf8(label), encodeUtf8(phc))
const replacing = ({ random, fileSystem = nodeFileSystem }: FolderOptions) =>
  ({ mode: 0o600, random, fileSystem }) as const

async function lockFolder(options: FolderOptions): Promise<FileLock> {
  const { folder, random, waitSeconds = usualWaitSeconds } = options
  for (let tries = (waitSeconds * 1000) / waitMs; ; tries--) {
    try {
      return await lockFile(stateFile(folder))
    } catch (error) {
      if (!(error instanceof ChartsealError) || error.code !== 'files/locked') throw error
      if (tries <= 0) throw clinicError('ring/busy', { seconds: waitSeconds })
      // Not in step with another that waits: two claims at once are both refused.
      await wait(waitMs * (0.5 + (random.bytes(1)[0] ?? 0) / 255))
    }
  }
}

async function openFolderKey({ folder, passphrase }: FolderOptions): Promise<AeadKey> {
  const { phc, sealed } = await readKeyFile(folder)
  using passphraseKey = await hardenPassphrase(passphrase, parsePhc(phc))
  const bytes = opened(passphraseKey, sealed, contextOf(keyLabel, phc))
  try {
    return new AeadKey(bytes)
  } finally {
    bytes.fill(0)
  }
}

async function readKeyFile(folder: string): Promise<{ readonly phc: string; readonly sealed: Uint8Array }> {
  try {
    const fields = CborFields.decode(Uint8Array.from(await readFile(keyFile(folder))), ['v', 'phc', 'sealed'])
    fields.count('v', version, version)
    return { phc: fields.text('phc'), sealed: fields.bytes('sealed') }
  } catch (error) {
    throw clinicError('ring/damaged', {
      file: 'key',
      reason: error instanceof Error ? error.message : '',
    })
  }
}

async function readState(folder: string, key: AeadKey): Promise<Device> {
  const sealed = Uint8Array.from(await readFile(stateFile(folder)))
  return decodeDevice(opened(key, sealed, contextOf(stateLabel)))
}

async function writeState(options: FolderOptions, key: AeadKey, state: Device): Promise<void> {
  const bytes = encodeDevice(state)
  try {
    const sealed = sealBytes(key, bytes, contextOf(stateLabel), options.random)
    await replaceFile(stateFile(options.folder), sealed, replacing(options))
  } finally {
    bytes.fill(0)
  }
}

function opened(key: AeadKey, sealed: Uint8Array, context: Uint8Array): Uint8Array {
  try {
    return openBytes(key, sealed, context)
  } catch {
    throw coreError('open/failed', {})
  }
}
