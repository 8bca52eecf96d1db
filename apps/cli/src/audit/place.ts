/**
 * An audit log as the command line keeps it. `<folder>/log` holds what can be served to everybody, `<folder>/subjects`
 * the wrapped keys of patients; the keys of the log itself lie in another folder, which no backup should have. Table:
 * docs/spec/audit-v2.md.
 */
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type EntryRequest, entryCodec, openSubjectKeys, type SubjectKeys } from '@chartseal/audit'
import { SigningKey } from '@chartseal/core/ed25519'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { openKeyValue } from '@chartseal/core/files'
import { ed25519Signer, type LogWriter, type LogWriterOptions, openLogWriter } from '@chartseal/tlog'
import { fileStorage } from '@chartseal/tlog/fs'
import { pathOf, readJson, readLine, writeBytes } from '../io/files.js'
import type { Io } from '../io/io.js'
import { toJsonText } from '../io/json-text.js'
import { auditFolderError } from './errors.js'

export interface PlaceOptions {
  readonly keys?: string
}

/** What anybody may know of a log. */
export interface LogDescription {
  readonly origin: string
  readonly verifierKey: string
}

const described = (folder: string): string => join(folder, 'log.json')
const signingFile = (keys: string): string => join(keys, 'signing.key')

export function logFolder(io: Io, folder: string): string {
  return join(pathOf(io, folder), 'log')
}

export function keysFolder(folder: string, { keys }: PlaceOptions): string {
  return keys ?? `${folder.replace(/\/+$/, '')}.keys`
}

/** Makes both folders and all keys. @throws ChartsealError `audit/folder-exists`, `note/malformed` for an origin that is none */
export async function createPlace(
  io: Io,
  folder: string,
  options: PlaceOptions & { readonly origin: string },
): Promise<LogDescription> {
  if (await isPlace(io, folder)) throw auditFolderError('audit/folder-exists', { folder })
  const keys = keysFolder(folder, options)
  using signingKey = SigningKey.generate(io.random)
  const { origin } = options
  const { verifierKey } = ed25519Signer(origin, signingKey)
  for (const path of [folder, join(folder, 'subjects'), keys, join(keys, 'log-keys')]) {
    await mkdir(pathOf(io, path), { recursive: true, mode: 0o700 })
  }
  await writeBytes(io, signingFile(keys), `${encodeHex(signingKey.reveal())}\n`, { secret: true })
  await writeBytes(io, described(folder), `${toJsonText({ origin, verifier_key: verifierKey })}\n`)
  const place = await openPlace(io, folder, options)
  await place.close()
  return { origin, verifierKey }
}

export async function isPlace(io: Io, folder: string): Promise<boolean> {
  return (await stat(pathOf(io, described(folder))).catch(() => null)) !== null
}

/** @throws ChartsealError `audit/no-folder`, `json/invalid` */
export async function describePlace(io: Io, folder: string): Promise<LogDescription> {
  if (!(await isPlace(io, folder))) throw auditFolderError('audit/no-folder', { folder })
  const json = await readJson(io, described(folder))
  return { origin: json.text('origin'), verifierKey: json.text('verifier_key') }
}

/** The keys of patients, held by this process alone. */
export interface OpenKeys {
  readonly origin: string
  readonly keys: SubjectKeys
  close(): Promise<void>
}

export async function openKeys(io: Io, folder: string, options: PlaceOptions): Promise<OpenKeys> {
  const { origin } = await describePlace(io, folder)
  const { random } = io
  const store = await openKeyValue(join(pathOf(io, folder), 'subjects'), { random })
  try {
    const secrets = join(pathOf(io, keysFolder(folder, options)), 'log-keys')
    const logKeys = await openKeyValue(secrets, { random })
    try {
      const keys = await openSubjectKeys({ store, logKeys, random })
      const close = async (): Promise<void> => {
        keys.close()
        await logKeys.close()
        await store.close()
      }
      return { origin, keys, close }
    } catch (error) {
      await logKeys.close()
      throw error
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** A log that this process writes. */
export interface OpenPlace extends OpenKeys {
  readonly writer: LogWriter<EntryRequest>
}

export type WriterExtras = Partial<Pick<LogWriterOptions<EntryRequest>, 'cosign' | 'known'>>

/** @throws ChartsealError `audit/no-folder`, and what opening keys and log refuses */
export async function openPlace(
  io: Io,
  folder: string,
  options: PlaceOptions,
  extras: WriterExtras = {},
): Promise<OpenPlace> {
  const open = await openKeys(io, folder, options)
  try {
    const signingKey = await readSigningKey(io, folder, options)
    const { origin, keys } = open
    const { clock, random } = io
    const codec = entryCodec({ origin, keys, random })
    const signer = ed25519Signer(origin, signingKey)
    const storage = fileStorage(logFolder(io, folder), { random })
    const writer = await openLogWriter({ storage, codec, origin, signer, clock, random, ...extras })
    const close = async (): Promise<void> => {
      try {
        await writer.close()
      } finally {
        signingKey.wipe()
        await open.close()
      }
    }
    return { ...open, writer, close }
  } catch (error) {
    await open.close()
    throw error
  }
}

async function readSigningKey(io: Io, folder: string, options: PlaceOptions): Promise<SigningKey> {
  const bytes = decodeHex(await readLine(io, signingFile(keysFolder(folder, options))))
  try {
    return new SigningKey(bytes)
  } finally {
    bytes.fill(0)
  }
}
