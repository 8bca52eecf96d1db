/**
 * A folder that holds the keys of one pair, sealed under a passphrase. Every change is one step: take the lock, read,
 * change, put the new state in the old one's place, and only then let anything leave. Byte table:
 * docs/spec/ring-folder.md.
 */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { attempt, type FileLock, removeTemporaries, replaceFile } from '@chartseal/core/files'
import { AeadKey } from '@chartseal/core/keys'
import { formatPhc, hardenPassphrase, type PassphraseParameters, parsePhc } from '@chartseal/kdf-keyring'
import { type Device, forgets, wipeDevice } from '../device.js'
import { encodeDevice } from '../device-cbor.js'
import { clinicError } from '../errors.js'
import type { Change, Refused } from '../world.js'
import {
  type FolderOptions,
  fileSystemOf,
  keyFile,
  lockFolder,
  readKeyFile,
  readState,
  requireNoRing,
  stateFile,
} from './ring-files.js'
import {
  type FolderKeys,
  type OpenedState,
  openFolderKeys,
  openState,
  sealFolderKeys,
  sealState,
} from './ring-keys.js'

/** A reader without a lock meets a writer between its two files at most this often. */
const maxReads = 5

/** One step on a device: a change, or a refusal that changes it all the same. */
export type Step<Result> = (device: Device) => Promise<Change<Result> | Refused> | Change<Result> | Refused

/** @throws ChartsealError `ring/exists`, `ring/busy`, `files/failed`, and what `hardenPassphrase` refuses */
export async function createFolder(
  options: FolderOptions & {
    readonly parameters: PassphraseParameters
    /** For a file system that is not the computer's own. */
    readonly makeFolder?: (folder: string) => Promise<unknown>
  },
  device: Device,
): Promise<void> {
  const { folder, passphrase, random, parameters, makeFolder = makePrivateFolder } = options
  await attempt('create', () => makeFolder(folder), folder)
  await attempt('fsync of the folder', () => fileSystemOf(options).syncFolder(dirname(folder)), folder)
  const opened = new RingFolder(options, await lockFolder(options))
  try {
    await opened.tidy()
    await requireNoRing(folder, options.fileSystem)
    const phc = formatPhc(parameters)
    using folderKey = AeadKey.generate(random)
    using passphraseKey = await hardenPassphrase(passphrase, parameters, options.argon2id)
    // The key comes last: a folder without it is none, and can be made again.
    await opened.writeState(folderKey, device)
    await opened.writeKeys(phc, passphraseKey, [folderKey])
  } finally {
    await opened.release()
  }
}

/**
 * One step. The new state is durable when this resolves, and the answer of the step is given out only then. Old and new
 * secrets are wiped at the end. A step that destroys a secret takes a new key for the folder: copies of the old state
 * do not open with it.
 * @throws ChartsealError `ring/no-folder`, `ring/busy`, `ring/damaged`, `ring/wrong-passphrase`, `files/failed`,
 * `files/lock-lost`, and what the step refuses
 */
export async function changeDevice<Result>(options: FolderOptions, step: Step<Result>): Promise<Result> {
  return withDeviceFolder(options, folder => folder.change(step))
}

/** A folder whose passphrase was hardened. */
export interface DeviceFolder {
  /** One step, as {@link changeDevice} does it. */
  change<Result>(step: Step<Result>): Promise<Result>
}

/** Several steps, with the lock free between them: the passphrase is hardened once. @throws as {@link changeDevice} */
export async function withDeviceFolder<Result>(
  options: FolderOptions,
  use: (folder: DeviceFolder) => Promise<Result>,
): Promise<Result> {
  // The slow part goes before the lock: the parameters of the passphrase never change.
  const { phc } = await readKeyFile(options)
  using passphraseKey = await hardenPassphrase(options.passphrase, parsePhc(phc), options.argon2id)
  return await use({
    async change(step) {
      const opened = new RingFolder(options, await lockFolder(options))
      try {
        await opened.tidy()
        return await opened.change(passphraseKey, step)
      } finally {
        await opened.release()
      }
    },
  })
}

/**
 * The device as it is stored; the caller wipes it. Neither lock nor write: it works where nothing can be written.
 * @throws ChartsealError `ring/no-folder`, `ring/damaged`, `ring/wrong-passphrase`, `files/failed`
 */
export async function readDevice(options: FolderOptions): Promise<Device> {
  const { phc } = await readKeyFile(options)
  using passphraseKey = await hardenPassphrase(options.passphrase, parsePhc(phc), options.argon2id)
  for (let left = maxReads; left > 0; left--) {
    const found = await readOnce(options, passphraseKey)
    if (found === null) continue
    found.key.wipe()
    return found.device
  }
  throw clinicError('ring/wrong-passphrase', {})
}

/** `null` when the state does not open: it was changed, or another process is changing both files. */
async function readOnce(options: FolderOptions, passphraseKey: AeadKey): Promise<OpenedState | null> {
  const keys = openFolderKeys(await readKeyFile(options), passphraseKey)
  return openState(await readState(options), keys)
}

/** The folder while this process holds its lock. */
class RingFolder {
  readonly #options: FolderOptions
  readonly #lock: FileLock

  constructor(options: FolderOptions, lock: FileLock) {
    this.#options = options
    this.#lock = lock
  }

  /** Before anything is read: what killed processes left would outlive the keys that it holds. */
  async tidy(): Promise<void> {
    await removeTemporaries(this.#options.folder, ['state', 'key'], this.#options)
    await this.#lock.settle()
  }

  async change<Result>(passphraseKey: AeadKey, step: Step<Result>): Promise<Result> {
    const file = await readKeyFile(this.#options)
    const keys = openFolderKeys(file, passphraseKey)
    const found = openState(await readState(this.#options), keys)
    if (found === null) throw clinicError('ring/wrong-passphrase', {})
    using current = found.key
    try {
      // A process died while it changed the key: one of the two opens the state, the other nothing.
      if (keys.length > 1) await this.writeKeys(file.phc, passphraseKey, [current])
      const after = await step(found.device)
      if (after.device !== null) {
        try {
          await this.#store(file.phc, passphraseKey, found, after.device)
        } finally {
          wipeDevice(after.device)
        }
      }
      if ('refusal' in after) throw after.refusal
      return after.result
    } finally {
      wipeDevice(found.device)
    }
  }

  /**
   * With a new key in three durable moves: both keys, the state under the new one, the new one alone. Killed behind any
   * of them, the folder opens.
   */
  async #store(phc: string, passphraseKey: AeadKey, before: OpenedState, after: Device): Promise<void> {
    if (!before.isOlder && !forgets(before.device, after)) return this.writeState(before.key, after)
    using next = AeadKey.generate(this.#options.random)
    await this.writeKeys(phc, passphraseKey, [before.key, next])
    await this.writeState(next, after)
    await this.writeKeys(phc, passphraseKey, [next])
  }

  async writeState(key: AeadKey, device: Device): Promise<void> {
    const bytes = encodeDevice(device)
    try {
      await this.#replace(stateFile(this.#options.folder), sealState(key, bytes, this.#options.random))
    } finally {
      bytes.fill(0)
    }
  }

  async writeKeys(phc: string, passphraseKey: AeadKey, keys: FolderKeys): Promise<void> {
    const bytes = sealFolderKeys(phc, passphraseKey, keys, this.#options.random)
    await this.#replace(keyFile(this.#options.folder), bytes)
  }

  async release(): Promise<void> {
    await this.#lock.release()
  }

  async #replace(path: string, bytes: Uint8Array): Promise<void> {
    const { random } = this.#options
    const fileSystem = fileSystemOf(this.#options)
    await replaceFile(path, bytes, { mode: 0o600, random, fileSystem, lock: this.#lock })
  }
}

const makePrivateFolder = (folder: string): Promise<unknown> =>
  mkdir(folder, { recursive: true, mode: 0o700 })
