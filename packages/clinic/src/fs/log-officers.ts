/** Officers who hold the key of a log together: who they are, and what each is given. Table: docs/spec/log-signers.md. */
import { equal } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { decodeBase64, encodeBase64, encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { SigningShare } from '@chartseal/core/frost'
import type { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { plainText } from '@chartseal/tlog'
import { formatSignerGroup, parseSignerGroup, type SignerGroup } from '@chartseal/tlog/threshold'
import { officerKeyBytes, officerKeyOf, officerVerifier, sealingHalf } from './log-officer-key.js'
import { openFile, sealFile } from './log-sealed.js'
import { logOfficerError } from './log-signer-errors.js'

/** Somebody with a signer of their own. */
export interface LogOfficer {
  readonly name: string
  /** What things are sealed for (X25519), and what signs for them (Ed25519): 64 bytes. */
  readonly key: Uint8Array
  /** Where the server reaches their signer. */
  readonly url: string
}

/** A signer's share, with what it belongs to. The caller wipes it. */
export interface HeldShare {
  readonly group: SignerGroup
  /** From 1. */
  readonly signer: number
  readonly share: SigningShare
}

const shareLabel = 'chartseal/log-share/v1'
const nameForm = /^[\p{L}\p{N}._-]{1,64}$/u

/** `NAME KEY`, as an officer hands it over. */
export function formatOfficerKey(name: string, key: Uint8Array): string {
  return `${name} ${encodeBase64(key)}`
}

/** `NAME KEY URL`, as it stands in the list. */
export function formatOfficer({ name, key, url }: LogOfficer): string {
  return `${formatOfficerKey(name, key)} ${url}`
}

/** Who of them has this secret: their number, from 1; `null` for nobody. @throws ChartsealError `key/wiped` */
export function numberOf(officers: readonly LogOfficer[], secret: SecretBytes): number | null {
  const own = officerKeyOf(secret)
  const at = officers.findIndex(({ key }) => equal(key, own))
  return at < 0 ? null : at + 1
}

/** Whether it can stand in the list, and be the name of a file. */
export function isOfficerName(name: string): boolean {
  return nameForm.test(name) && !name.startsWith('.')
}

/** `NAME KEY URL` a line; empty lines and those with # are left out. @throws ChartsealError `log-officer/bad-list` */
export function parseOfficers(text: string): readonly LogOfficer[] {
  const officers: LogOfficer[] = []
  for (const [i, line] of plainText(text).split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const officer = officerIn(line.trim(), reason =>
      logOfficerError('log-officer/bad-list', { line: i + 1, reason }),
    )
    // One key for two would be two shares for one.
    const twice = officers.some(
      ({ name, key, url }) => name === officer.name || url === officer.url || equal(key, officer.key),
    )
    if (twice)
      throw logOfficerError('log-officer/bad-list', {
        line: i + 1,
        reason: 'its name, key or URL stands there twice',
      })
    officers.push(officer)
  }
  return officers
}

function officerIn(line: string, refused: (reason: string) => Error): LogOfficer {
  const [name = '', key = '', url = '', ...others] = line.split(/\s+/)
  if (url === '' || others.length > 0) throw refused('it has another number of words')
  if (!isOfficerName(name)) throw refused('a name has letters, digits, dots and dashes')
  if (!isSignerUrl(url)) throw refused('its URL is not https://… or http://…')
  return { name, key: keyOf(name, key, refused), url: url.replace(/\/+$/, '') }
}

/** Without a question: two steps are appended to it. */
export function isSignerUrl(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, search, hash, username, password } = new URL(url)
  return /^https?:$/.test(protocol) && `${search}${hash}${username}${password}` === ''
}

function keyOf(name: string, text: string, refused: (reason: string) => Error): Uint8Array {
  try {
    const bytes = decodeBase64(text)
    officerVerifier(name, bytes)
    if (bytes.length === officerKeyBytes) return bytes
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
  }
  throw refused('its key is not what log-signer key prints')
}

/** What the folder of an officer keeps, for that officer's key alone. @throws ChartsealError `key/small-order`, `key/invalid` */
export function sealShare({ group, signer, share }: HeldShare, key: Uint8Array, random: Random): string {
  const bytes = encodeCbor({
    v: 1,
    signer: BigInt(signer),
    share: share.reveal(),
    group: formatSignerGroup(group),
  })
  try {
    return sealFile(shareLabel, sealingHalf(key), bytes, random)
  } finally {
    bytes.fill(0)
  }
}

/** @throws ChartsealError `log-officer/bad-share`, whatever is wrong with it */
export function openShare(text: string, secret: SecretBytes, file: string): HeldShare {
  const bytes = openFile(shareLabel, secret, text)
  if (bytes === null) throw logOfficerError('log-officer/bad-share', { file })
  try {
    return heldIn(bytes, file)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw logOfficerError('log-officer/bad-share', { file })
  }
}

function heldIn(bytes: Uint8Array, file: string): HeldShare {
  try {
    const map = CborFields.decode(bytes, ['v', 'signer', 'share', 'group'])
    map.count('v', 1, 1)
    const secret = map.bytes('share')
    try {
      const held = {
        group: parseSignerGroup(map.text('group')),
        signer: map.count('signer', 32, 1),
        share: new SigningShare(secret),
      }
      if (!held.group.key.holds(held.signer, held.share))
        throw logOfficerError('log-officer/bad-share', { file })
      return held
    } finally {
      secret.fill(0)
    }
  } finally {
    bytes.fill(0)
  }
}
