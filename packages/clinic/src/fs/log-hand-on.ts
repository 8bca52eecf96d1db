/** The file by which one officer hands a log's key on to others. Table: docs/spec/log-signers.md. */
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import {
  FrostGroup,
  groupHandedOn,
  type HandedOn,
  handOn,
  joinParts,
  SigningShare,
} from '@chartseal/core/frost'
import { toJsonText } from '@chartseal/core/json'
import type { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { isOf, openNote, parseCheckpoint, parseNote, plainText } from '@chartseal/tlog'
import { formatSignerGroup, parseSignerGroup, type SignerGroup, signerGroup } from '@chartseal/tlog/threshold'
import { sealingHalf } from './log-officer-key.js'
import { formatOfficer, type HeldShare, type LogOfficer, numberOf } from './log-officers.js'
import { openSealed, sealFor } from './log-sealed.js'
import { logOfficerError } from './log-signer-errors.js'
import { type HeldGroup, jsonBehind, officersIn, Refusal } from './log-terms.js'

/** What one officer gives to those who come after, as everybody may read it; the parts are sealed. */
export interface HandOnFile extends HandedOn {
  /** Before. */
  readonly group: SignerGroup
  /** Everybody who hands it on, by number. */
  readonly from: readonly number[]
  /** Those who come after, by number; as many sign as there are commitments. */
  readonly officers: readonly LogOfficer[]
  /** Of each of them: the sealed part. */
  readonly parts: readonly string[]
  /** The newest checkpoint that the officer signed; empty for none. */
  readonly signed: string
}

const label = 'chartseal/log-hand-on/v1'

export interface HandOnRequest {
  readonly held: HeldShare
  readonly from: readonly number[]
  readonly threshold: number
  readonly officers: readonly LogOfficer[]
  /** The newest checkpoint that was signed with the share; empty for none. */
  readonly signed: string
}

/** The text of the file. @throws ChartsealError `frost/bad-group` for signers who cannot hand it on */
export function formatHandOn(
  { held, from, threshold, officers, signed }: HandOnRequest,
  random: Random,
): string {
  const { group, signer, share } = held
  const made = handOn(
    { group: group.key, from, signer, share },
    { threshold, count: officers.length },
    random,
  )
  try {
    const parts = made.parts.map((part, i) =>
      sealFor(label, sealingHalf(officers[i]?.key ?? new Uint8Array()), part.reveal(), random),
    )
    const json = {
      v: 1,
      group: formatSignerGroup(group),
      from,
      signer,
      officers: officers.map(formatOfficer),
      commitments: made.commitments.map(encodeHex),
      parts,
      signed,
    }
    return `${label}\n${toJsonText(json)}\n`
  } finally {
    for (const part of made.parts) part.wipe()
  }
}

/** @param file for people @throws ChartsealError `log-officer/bad-hand-on` */
export function parseHandOn(text: string, file: string): HandOnFile {
  try {
    const json = jsonBehind(label, plainText(text))
    const group = parseSignerGroup(json.text('group'))
    const [officers, parts] = [officersIn(json), json.texts('parts')]
    if (parts.length !== officers.length) throw new Refusal('it has another number of parts than officers')
    return {
      group,
      from: json.integers('from').map(Number),
      signer: json.count('signer'),
      officers,
      commitments: json.texts('commitments').map(decodeHex),
      parts,
      signed: signedIn(group, json.text('signed')),
    }
  } catch (error) {
    const isOurs = error instanceof Refusal || error instanceof ChartsealError
    if (!isOurs || (error instanceof ChartsealError && error.code === 'log-officer/bad-hand-on')) throw error
    throw badHandOn(file, error.message)
  }
}

/** Only what the server asked for, or the log published: nobody makes those who come after believe in another history. */
function signedIn({ origin, verifier, server }: SignerGroup, note: string): string {
  if (note === '') return note
  const { text } = openNote(note, [verifier, server])
  if (parseCheckpoint(text).origin === origin) return note
  throw badHandOn('', 'its newest checkpoint is of another log')
}

/** The group of those who come after, from the files of all who hand it on. @throws ChartsealError `log-officer/bad-hand-on` */
export function groupAfter(files: readonly HandOnFile[]): SignerGroup {
  const [first, ...others] = files
  if (first === undefined) throw badHandOn('', 'there is none')
  const isOne = others.every(one => termsOf(one) === termsOf(first)) && files.length === first.from.length
  if (!isOne) throw badHandOn('', 'the files are not one of each who hands it on')
  requireBeginning(files)
  const { group, from, officers, commitments } = first
  try {
    const to = { threshold: commitments.length, count: officers.length }
    // Of each by itself, too: one that gives somebody nothing is refused by everybody alike.
    for (const one of files) FrostGroup.of(one.commitments, to.count)
    const key = groupHandedOn({ group: group.key, from }, files, to)
    return signerGroup(group.origin, key, group.server.verifierKey)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw badHandOn('', error.message)
  }
}

/** The same, with who they are. @throws ChartsealError `log-officer/bad-hand-on` */
export function heldAfter(files: readonly HandOnFile[]): HeldGroup {
  return { group: groupAfter(files), officers: files[0]?.officers ?? [] }
}

const termsOf = ({ group, from, officers, commitments }: HandOnFile): string =>
  [formatSignerGroup(group), from.join(), commitments.length, ...officers.map(formatOfficer)].join('\n')

/** A new officer's share, and the checkpoint to begin with. The caller wipes the share. */
export function joinHandedOn(
  files: readonly HandOnFile[],
  secret: SecretBytes,
): { readonly held: HeldShare; readonly signed: string } {
  const group = groupAfter(files)
  const signer = numberOf(files[0]?.officers ?? [], secret)
  if (signer === null) throw badHandOn('', 'nothing in it is for the key in this folder')
  const parts = files.map(({ parts: sealed }) => partOf(sealed[signer - 1], secret))
  try {
    for (const [i, { commitments, officers, signer: number }] of files.entries()) {
      const part = parts[i]
      if (part === undefined || !FrostGroup.of(commitments, officers.length).holds(signer, part))
        throw badHandOn('', `the part of signer ${number} is not what was announced`)
    }
    const share = joinParts(group.key, signer, parts)
    return { held: { group, signer, share }, signed: requireBeginning(files) }
  } finally {
    for (const part of parts) part.wipe()
  }
}

/**
 * What those who come after begin with: what all signed last, or what the log published where that is the newest. A
 * larger one of a single officer is not taken: a server that has two histories had it signed by that one alone.
 * @throws ChartsealError `log-officer/bad-hand-on`
 */
function requireBeginning(files: readonly HandOnFile[]): string {
  const [first = '', ...others] = files.map(({ signed }) => signed)
  if (others.every(note => textOf(note) === textOf(first))) return first
  const newest = Math.max(...files.map(({ signed }) => sizeOf(signed)))
  const published = files.find(({ group, signed }) => sizeOf(signed) === newest && isPublished(group, signed))
  if (published !== undefined) return published.signed
  throw badHandOn(
    '',
    'they signed different checkpoints last. Once the log has published the newest, let each hand on again with that: --known FILE',
  )
}

const textOf = (note: string): string => (note === '' ? '' : parseNote(note).text)
const sizeOf = (note: string): number => (note === '' ? -1 : parseCheckpoint(textOf(note)).size)

function isPublished({ verifier }: SignerGroup, note: string): boolean {
  return parseNote(note).signatures.some(signature => isOf(verifier, signature))
}

function partOf(sealed = '', secret: SecretBytes): SigningShare {
  const bytes = openSealed(label, secret, sealed)
  if (bytes?.length !== SigningShare.sizeBytes)
    throw badHandOn('', 'a part does not open with the key in this folder')
  try {
    return new SigningShare(bytes)
  } finally {
    bytes.fill(0)
  }
}

function badHandOn(file: string, reason: string): Error {
  return logOfficerError('log-officer/bad-hand-on', { file, reason })
}
