/** The folder of one officer's signer, as all who open it see it. Table: docs/spec/log-signers.md. */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt, openKeyValue } from '@chartseal/core/files'
import { SecretBytes } from '@chartseal/core/keys'
import { type LogSigner, type LogSignerOptions, openLogSigner } from '@chartseal/tlog/threshold'
import type { World } from '../world.js'
import { exists } from './audit-folder.js'
import { contentOf, FileSeal, isSealed } from './file-seal.js'
import type { HeldShare } from './log-officers.js'
import { logOfficerError } from './log-signer-errors.js'

export interface SignerFolderOptions extends World {
  /** Absolute. */
  readonly folder: string
  /** `null`: the key lies there as it is, for the owner of the file alone. */
  readonly passphrase: string | null
}

export interface SignerPaths {
  readonly key: string
  /** A key that is being made; gone once its share is there. */
  readonly making: string
  readonly share: string
  /** What this officer signed when the key was made. */
  readonly group: string
  /** What was signed, twice: whoever puts a backup of one back has the other. */
  readonly seen: string
  readonly signed: string
  /** Is there from the moment that the share was handed on. */
  readonly handedOn: string
}

export const pathsOf = (folder: string): SignerPaths => ({
  key: join(folder, 'officer.key'),
  making: join(folder, 'making'),
  share: join(folder, 'share'),
  group: join(folder, 'group'),
  seen: join(folder, 'seen'),
  signed: join(folder, 'signed'),
  handedOn: join(folder, 'handed-on'),
})

export type OpenMemoryOptions = Pick<SignerFolderOptions, 'folder' | 'random' | 'clock'> &
  Pick<LogSignerOptions, 'known' | 'onFork'>

/** The signer over what the folder remembers, for this process alone; `closing` is told what to end. */
export async function openOver(
  { folder, random, clock, known, onFork }: OpenMemoryOptions,
  { group, signer, share }: HeldShare,
  beginning: Pick<LogSignerOptions, 'isNew' | 'begin'>,
  closing: (() => Promise<void> | void)[],
): Promise<LogSigner> {
  const paths = pathsOf(folder)
  for (const path of [paths.seen, paths.signed])
    await attempt('make', () => mkdir(path, { recursive: true, mode: 0o700 }), path)
  const store = await openKeyValue(paths.seen, { random })
  closing.push(() => store.close())
  const beside = await openKeyValue(paths.signed, { random })
  closing.push(() => beside.close())
  return openLogSigner({
    group,
    signer,
    share,
    store,
    beside,
    ...beginning,
    clock,
    random,
    ...(known === undefined ? {} : { known }),
    ...(onFork === undefined ? {} : { onFork }),
  })
}

/** The secret of the officer; the caller wipes it. @throws ChartsealError `log-officer/no-key`, `log-officer/sealed`, `enrolment/wrong-passphrase` */
export async function officerKeyIn({
  folder,
  passphrase,
  random,
  argon2id,
}: SignerFolderOptions): Promise<SecretBytes> {
  const path = pathsOf(folder).key
  if (!(await exists(path))) throw logOfficerError('log-officer/no-key', { folder })
  const file = new Uint8Array(await attempt('read', () => readFile(path), path))
  if (isSealed(file) && passphrase === null) throw logOfficerError('log-officer/sealed', { folder })
  using seal =
    isSealed(file) && passphrase !== null ? await FileSeal.open(file, passphrase, { random, argon2id }) : null
  const bytes = contentOf(file, seal)
  try {
    return new SecretBytes(bytes)
  } finally {
    bytes.fill(0)
  }
}

export async function textIn(path: string): Promise<string> {
  return attempt('read', () => readFile(path, 'utf8'), path)
}
