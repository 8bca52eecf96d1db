/**
 * An audit log in a folder. `<folder>/log` holds what can be served to everybody, `<folder>/subjects` the wrapped keys
 * of patients; the keys of the log itself are in another folder, which no backup should have. Table:
 * docs/spec/audit-v2.md.
 */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type EntryRequest, entryCodec, openSubjectKeys, type SubjectKeys } from '@chartseal/audit'
import { SigningKey } from '@chartseal/core/ed25519'
import { decodeHex, decodeUtf8, encodeHex } from '@chartseal/core/encoding'
import { openKeyValue } from '@chartseal/core/files'
import { JsonObject, toJsonText } from '@chartseal/core/json'
import type { Random } from '@chartseal/core/ports'
import {
  type Cosign,
  cosignBy as cosignByPolicy,
  ed25519Signer,
  httpWitness,
  type LogWriter,
  type LogWriterOptions,
  openLogWriter,
  parsePolicy,
} from '@chartseal/tlog'
import { fileStorage } from '@chartseal/tlog/fs'
import { auditFolderError } from '../errors.js'
import type { World } from '../world.js'

/** Where a log is; both paths are absolute. */
export interface AuditPlace {
  readonly folder: string
  /** Where the log's own keys are; by default the folder's name and `.keys`. */
  readonly keys?: string | undefined
}

export interface AuditFolderOptions extends AuditPlace, World {}

/** What anybody may know of a log. */
export interface LogDescription {
  readonly origin: string
  readonly verifierKey: string
}

export interface AuditFolderPaths {
  readonly description: string
  /** What can be served to everybody. */
  readonly log: string
  readonly subjects: string
  readonly keys: string
  readonly logKeys: string
  readonly signingKey: string
}

/** The paths inside of a log's folders. */
export function auditFolderPaths({ folder, keys: given }: AuditPlace): AuditFolderPaths {
  const keys = given ?? `${folder.replace(/\/+$/, '')}.keys`
  return {
    description: join(folder, 'log.json'),
    log: join(folder, 'log'),
    subjects: join(folder, 'subjects'),
    keys,
    logKeys: join(keys, 'log-keys'),
    signingKey: join(keys, 'signing.key'),
  }
}

/**
 * Makes both folders and all keys.
 * @throws ChartsealError `audit-folder/exists`, `note/malformed` for an invalid origin
 */
export async function createAuditFolder(
  options: AuditFolderOptions & { readonly origin: string },
): Promise<LogDescription> {
  const { folder, origin, random } = options
  if (await isAuditFolder(options)) throw auditFolderError('audit-folder/exists', { folder })
  const paths = auditFolderPaths(options)
  using signingKey = SigningKey.generate(random)
  const { verifierKey } = ed25519Signer(origin, signingKey)
  for (const path of [folder, paths.subjects, paths.keys, paths.logKeys]) {
    await mkdir(path, { recursive: true, mode: 0o700 })
  }
  await writeNew(paths.signingKey, `${encodeHex(signingKey.reveal())}\n`, 0o600)
  await writeNew(paths.description, `${toJsonText({ origin, verifier_key: verifierKey })}\n`, 0o644)
  const opened = await openAuditFolder(options)
  await opened.close()
  return { origin, verifierKey }
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  await writeFile(path, text, { flag: 'wx', mode, flush: true })
}

export async function isAuditFolder(place: AuditPlace): Promise<boolean> {
  return (await stat(auditFolderPaths(place).description).catch(() => null)) !== null
}

/** @throws ChartsealError `audit-folder/missing`, `json/invalid` */
export async function describeAuditFolder(place: AuditPlace): Promise<LogDescription> {
  const { folder } = place
  if (!(await isAuditFolder(place))) throw auditFolderError('audit-folder/missing', { folder })
  const json = JsonObject.parse(await readFile(auditFolderPaths(place).description, 'utf8'))
  return { origin: json.text('origin'), verifierKey: json.text('verifier_key') }
}

/** The keys of patients, held by this process alone. */
export interface OpenKeys {
  readonly origin: string
  readonly keys: SubjectKeys
  close(): Promise<void>
}

export async function openKeys(options: AuditPlace & { readonly random: Random }): Promise<OpenKeys> {
  const { origin } = await describeAuditFolder(options)
  const { random } = options
  const paths = auditFolderPaths(options)
  const store = await openKeyValue(paths.subjects, { random })
  try {
    const logKeys = await openKeyValue(paths.logKeys, { random })
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
export interface AuditFolder extends OpenKeys {
  readonly writer: LogWriter<EntryRequest>
}

export type WriterExtras = Partial<
  Pick<LogWriterOptions<EntryRequest>, 'cosign' | 'policy' | 'dropPolicy' | 'known'>
>

/** @throws ChartsealError `audit-folder/missing`, and what opening keys and log refuses */
export async function openAuditFolder(
  options: AuditFolderOptions,
  extras: WriterExtras = {},
): Promise<AuditFolder> {
  const open = await openKeys(options)
  const paths = auditFolderPaths(options)
  try {
    const signingKey = await readSigningKey(paths.signingKey)
    const { origin, keys } = open
    const { clock, random } = options
    const codec = entryCodec({ origin, keys, random })
    const signer = ed25519Signer(origin, signingKey)
    const storage = fileStorage(paths.log, { random })
    const writer = await openLogWriter({ storage, codec, origin, signer, clock, random, cosignBy, ...extras })
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

/** The witnesses that a log remembers are asked over HTTP. */
function cosignBy(policy: string): Cosign {
  // Whether it is strong enough was decided when it was given.
  return cosignByPolicy(parsePolicy(policy, { allowWeak: true }), ({ url }) =>
    url === undefined ? null : httpWitness(url, fetch),
  )
}

async function readSigningKey(path: string): Promise<SigningKey> {
  const bytes = decodeHex(decodeUtf8(await readFile(path)).trimEnd())
  try {
    return new SigningKey(bytes)
  } finally {
    bytes.fill(0)
  }
}
