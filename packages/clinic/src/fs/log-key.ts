/** The key of a log in a file, for its owner alone: whole, or that of a server whose log others sign together. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SigningKey } from '@chartseal/core/ed25519'
import { decodeHex, decodeUtf8, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { attempt, replaceFile } from '@chartseal/core/files'
import type { Random } from '@chartseal/core/ports'
import {
  type Cosign,
  cosignBy as cosignByPolicy,
  ed25519Signer,
  type FetchLike,
  httpWitness,
  type NoteSigner,
  parsePolicy,
} from '@chartseal/tlog'
import {
  checkpointBy,
  formatSignerGroup,
  httpSigner,
  parseSignerGroup,
  type SignerGroup,
  type ThresholdSigner,
} from '@chartseal/tlog/threshold'
import { exists } from './audit-folder.js'
import { type HandOnFile, heldAfter } from './log-hand-on.js'
import { isSignerUrl } from './log-officers.js'
import { logOfficerError } from './log-signer-errors.js'
import type { HeldGroup } from './log-terms.js'

/**
 * Makes a key in a new file; the verifier key of the log. The folder of the file is made where it is missing.
 * @throws ChartsealError `files/failed` (with `EEXIST` when there is one), `note/malformed` for an invalid origin
 */
export async function createLogKey(path: string, origin: string, random: Random): Promise<string> {
  using key = SigningKey.generate(random)
  const { verifierKey } = ed25519Signer(origin, key)
  const folder = dirname(path)
  await attempt('make', () => mkdir(folder, { recursive: true, mode: 0o700 }), folder)
  await writeNew(path, `${encodeHex(key.reveal())}\n`, 0o600)
  return verifierKey
}

export async function readLogKey(path: string): Promise<SigningKey> {
  const text = decodeUtf8(await attempt('read', () => readFile(path), path))
  return keyFrom(text.trimEnd())
}

/** Where a signer of a log that several hold is reached. */
export interface SignerPlace {
  readonly name: string
  readonly url: string
}

/** The key of a log as its server has it. The caller wipes it. */
export interface LogKey {
  /** What readers of the log are configured with. */
  readonly verifierKey: string
  /** Signs checkpoints. */
  readonly signer: NoteSigner | ThresholdSigner
  /** Signs what is no checkpoint: the same key, or the server's own where others hold that of the log. */
  readonly own: NoteSigner
  /** Who holds the key of the log, and asks them; `null` where the server does. */
  readonly together: { readonly signer: ThresholdSigner; readonly places: readonly SignerPlace[] } | null
  wipe(): void
  [Symbol.dispose](): void
}

/**
 * The key in a file: 64 hexadecimal digits, and where several hold the key of the log, a line that says which key that is
 * and one for each signer.
 * @throws ChartsealError `files/failed`, `encoding/invalid`, `log-officer/bad-key-file`
 */
export async function openLogKey(path: string, origin: string, ask: FetchLike = fetch): Promise<LogKey> {
  const [digits = '', ...lines] = decodeUtf8(await attempt('read', () => readFile(path), path))
    .trimEnd()
    .split('\n')
  const key = keyFrom(digits)
  try {
    const own = ed25519Signer(origin, key)
    const together = lines.length === 0 ? null : togetherIn(path, lines, own, ask)
    const signer = together?.signer ?? own
    const wipe = (): void => key.wipe()
    return { verifierKey: signer.verifierKey, signer, own, together, wipe, [Symbol.dispose]: wipe }
  } catch (error) {
    key.wipe()
    throw error
  }
}

function togetherIn(
  file: string,
  [first = '', ...lines]: readonly string[],
  server: NoteSigner,
  ask: FetchLike,
): NonNullable<LogKey['together']> {
  const refused = (reason: string): Error => logOfficerError('log-officer/bad-key-file', { file, reason })
  if (first === awaited) throw refused('its officers have not made the key yet; then: init --log-group')
  const group = parseSignerGroup(first)
  if (group.server.verifierKey !== server.verifierKey)
    throw refused('its first line is not the key that the signers know')
  const places = lines.map(line => {
    const [word, name, url, ...others] = line.split(' ')
    if (
      word !== 'signer' ||
      name === undefined ||
      url === undefined ||
      others.length > 0 ||
      !isSignerUrl(url)
    )
      throw refused('a line is not: signer NAME URL')
    return { name, url }
  })
  if (places.length !== group.key.count) throw refused(`it must name ${group.key.count} signers`)
  const ways = places.map(({ name, url }) => httpSigner(name, url, ask))
  return { signer: checkpointBy({ group, server, ways }), places }
}

/** The second line, as long as officers make the key of the log. */
const awaited = 'officers'

/**
 * The verifier key of a server whose officers are to make the key of its log. Its own key is made where there is none; one
 * that awaits them stays.
 * @throws ChartsealError `log-officer/bad-key-file` where the log has a key, `files/failed`, `note/malformed`
 */
export async function serverOfTerms(path: string, origin: string, random: Random): Promise<string> {
  const kept = await textIfThere(path)
  const [digits = '', ...lines] = kept.trimEnd().split('\n')
  if (kept !== '' && lines.join() !== awaited)
    throw logOfficerError('log-officer/bad-key-file', { file: path, reason: 'the log has its key already' })
  using own = kept === '' ? SigningKey.generate(random) : keyFrom(digits)
  const { verifierKey } = ed25519Signer(origin, own)
  const folder = dirname(path)
  await attempt('make', () => mkdir(folder, { recursive: true, mode: 0o700 }), folder)
  if (kept === '') await writeNew(path, `${encodeHex(own.reveal())}\n${awaited}\n`, 0o600)
  return verifierKey
}

/**
 * Names those who made the key of a log in the server's file. Where they stand there already, it stays as it is: URLs may
 * have been corrected. Durable when it resolves.
 * @throws ChartsealError `log-officer/bad-making` for a key that is not for this server, `log-officer/bad-key-file`
 */
export async function takeGroup(
  path: string,
  origin: string,
  held: HeldGroup,
  random: Random,
): Promise<void> {
  const { group, officers } = held
  const [digits = '', line] = (await textIfThere(path)).split('\n')
  if (digits === '' || (line !== awaited && line !== formatSignerGroup(group))) {
    const reason = 'it was not made by log-signer terms, or the log has another key'
    throw logOfficerError('log-officer/bad-key-file', { file: path, reason })
  }
  using own = keyFrom(digits)
  if (group.origin !== origin || group.server.verifierKey !== ed25519Signer(origin, own).verifierKey)
    throw logOfficerError('log-officer/bad-making', {
      file: path,
      reason: 'they made the key for another server or log',
    })
  if (line === awaited) await replaceFile(path, encodeUtf8(formatSharedKey(own, group, officers)), { random })
}

/**
 * Names those to whom the key of a log was handed on in the server's file; its own key stays. Durable when it resolves.
 * @throws ChartsealError `log-officer/bad-hand-on` for files that hand on another key
 */
export async function nameSuccessors(
  path: string,
  files: readonly HandOnFile[],
  random: Random,
): Promise<HeldGroup> {
  const [digits = '', group = ''] = (await attempt('read', () => readFile(path, 'utf8'), path)).split('\n')
  const next = heldAfter(files)
  if (!files.every(one => formatSignerGroup(one.group) === group))
    throw logOfficerError('log-officer/bad-hand-on', { file: path, reason: 'they are of another log' })
  using own = keyFrom(digits)
  await replaceFile(path, encodeUtf8(formatSharedKey(own, next.group, next.officers)), { random })
  return next
}

/** The file of a server of which others hold the log's key. */
function formatSharedKey(own: SigningKey, group: SignerGroup, places: readonly SignerPlace[]): string {
  const signers = places.map(({ name, url }) => `signer ${name} ${url}`)
  return `${[encodeHex(own.reveal()), formatSignerGroup(group), ...signers].join('\n')}\n`
}

function keyFrom(digits: string): SigningKey {
  const bytes = decodeHex(digits)
  try {
    return new SigningKey(bytes)
  } finally {
    bytes.fill(0)
  }
}

async function textIfThere(path: string): Promise<string> {
  return (await exists(path)) ? attempt('read', () => readFile(path, 'utf8'), path) : ''
}

export async function writeNew(path: string, text: string, mode: number): Promise<void> {
  await attempt('create', () => writeFile(path, text, { flag: 'wx', mode, flush: true }), path)
}

/** The witnesses that a log remembers are asked over HTTP. */
export function cosignByHttp(policy: string): Cosign {
  // Whether it is strong enough was decided when it was given.
  return cosignByPolicy(parsePolicy(policy, { allowWeak: true }), ({ url }) =>
    url === undefined ? null : httpWitness(url, fetch),
  )
}
