/**
 * The folder of one officer's signer of a log (Node only): the officer's key, the share, and what was signed. Table:
 * docs/spec/log-signers.md.
 */
import { mkdir } from 'node:fs/promises'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { attempt, replaceFile } from '@chartseal/core/files'
import { hpkeKeyPair, x25519Kem } from '@chartseal/core/hpke'
import type { SecretBytes } from '@chartseal/core/keys'
import { newArgon2id } from '@chartseal/kdf-keyring'
import {
  formatSignerGroup,
  type LogSigner,
  type LogSignerOptions,
  type SignerGroup,
} from '@chartseal/tlog/threshold'
import { exists } from './audit-folder.js'
import { FileSeal } from './file-seal.js'
import { formatHandOn, groupAfter, type HandOnFile, joinHandedOn, parseHandOn } from './log-hand-on.js'
import { officerKeyOf } from './log-officer-key.js'
import {
  formatOfficerKey,
  type HeldShare,
  isOfficerName,
  type LogOfficer,
  openShare,
  sealShare,
} from './log-officers.js'
import { logOfficerError } from './log-signer-errors.js'
import { officerKeyIn, openOver, pathsOf, type SignerFolderOptions, textIn } from './log-signer-folder.js'
import type { GivenText } from './log-terms.js'
import { requireThreshold } from './log-threshold.js'

export { type HandOnFile, heldAfter, parseHandOn } from './log-hand-on.js'
export { type ComplaintFiles, judgeComplaint } from './log-making.js'
export { beginMaking, complain, dealMaking, type Finished, finishMaking } from './log-making-folder.js'
export { isOfficerName, type LogOfficer, parseOfficers } from './log-officers.js'
export { type LogOfficerErrors, logOfficerError } from './log-signer-errors.js'
export type { SignerFolderOptions } from './log-signer-folder.js'
export {
  formatTerms,
  type GivenText,
  groupWords,
  type HeldGroup,
  type LogTerms,
  parseGroup,
  parseTerms,
} from './log-terms.js'

/**
 * Makes an officer's key in a new folder; the line to hand over to whoever makes the log.
 * @throws ChartsealError `log-officer/has-key`, `files/failed`; RangeError for a name that no list can have
 */
export async function createOfficer(name: string, options: SignerFolderOptions): Promise<string> {
  const { folder, passphrase, random, argon2id } = options
  if (!isOfficerName(name)) throw new RangeError('a name has letters, digits, dots and dashes')
  await attempt('make', () => mkdir(folder, { recursive: true, mode: 0o700 }), folder)
  const path = pathsOf(folder).key
  if (await exists(path)) throw logOfficerError('log-officer/has-key', { folder })
  const { secret } = hpkeKeyPair(x25519Kem, random)
  using own = secret
  using seal =
    passphrase === null ? null : await FileSeal.create(passphrase, newArgon2id(random), { random, argon2id })
  await replaceFile(path, seal === null ? own.reveal() : seal.seal(own.reveal()), { random })
  return formatOfficerKey(name, officerKeyOf(own))
}

/** A signer that this process runs. */
export interface HeldSigner {
  readonly group: SignerGroup
  /** From 1. */
  readonly number: number
  readonly signer: LogSigner
  close(): Promise<void>
}

export interface OpenSignerOptions extends SignerFolderOptions, Pick<LogSignerOptions, 'known' | 'onFork'> {
  /** At the first start of who did not make the key: the files of all who hand it on. */
  readonly handedOn?: readonly GivenText[] | undefined
}

/**
 * Opens a signer for this process alone; a share that is given is taken into the folder first.
 * @throws ChartsealError `log-officer/…`, `log-signer/forgot`, `enrolment/wrong-passphrase`, `files/locked`, `files/failed`
 */
export async function openSignerFolder(options: OpenSignerOptions): Promise<HeldSigner> {
  const { folder } = options
  const { held, signer, close } = await openHeld(options)
  // Only now: whoever hands it on has had the folder before, or will not get it.
  if (await exists(pathsOf(folder).handedOn)) {
    await close()
    throw logOfficerError('log-officer/handed-on', { folder })
  }
  return { group: held.group, number: held.signer, signer, close }
}

interface Opened {
  readonly held: HeldShare
  readonly signer: LogSigner
  close(): Promise<void>
}

async function openHeld(options: OpenSignerOptions): Promise<Opened> {
  const { folder, random } = options
  const paths = pathsOf(folder)
  using secret = await officerKeyIn(options)
  const kept = (await exists(paths.share)) ? await textIn(paths.share) : null
  const { held, text, signed } = kept === null ? takenFrom(options, secret) : keptIn(options, kept, secret)
  const closing: (() => Promise<void> | void)[] = [() => held.share.wipe()]
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end()
  }
  try {
    const signer = await openOver(options, held, kept === null ? { isNew: true, begin: signed } : {}, closing)
    // The memory comes first: a share without one is not taken again.
    if (kept === null) await replaceFile(paths.share, encodeUtf8(text), { random })
    return { held, signer, close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Taken {
  readonly held: HeldShare
  /** What the folder keeps. */
  readonly text: string
  /** What those of before signed last. */
  readonly signed: string
}

function keptIn({ folder, handedOn }: OpenSignerOptions, text: string, secret: SecretBytes): Taken {
  const held = openShare(text, secret, pathsOf(folder).share)
  if (handedOn === undefined || isOfGroup(held, handedOn)) return { held, text, signed: '' }
  held.share.wipe()
  throw logOfficerError('log-officer/has-share', { folder })
}

function isOfGroup({ group }: HeldShare, files: readonly GivenText[]): boolean {
  return formatSignerGroup(groupAfter(parsed(files))) === formatSignerGroup(group)
}

const parsed = (files: readonly GivenText[]): readonly HandOnFile[] =>
  files.map(({ text, file }) => parseHandOn(text, file))

function takenFrom({ folder, handedOn, random }: OpenSignerOptions, secret: SecretBytes): Taken {
  if (handedOn === undefined) throw logOfficerError('log-officer/no-share', { folder })
  const { held, signed } = joinHandedOn(parsed(handedOn), secret)
  return { held, signed, text: sealShare(held, officerKeyOf(secret), random) }
}

export interface HandOnFolderOptions extends SignerFolderOptions, Pick<LogSignerOptions, 'known'> {
  /** All who hand the key on, by number: at least as many as sign. */
  readonly from: readonly number[]
  /** So many of the new officers sign. */
  readonly threshold: number
  readonly officers: readonly LogOfficer[]
}

/**
 * Hands the officer's part of the key on: the text of the file for the new officers and the server. From then on the
 * folder signs nothing, and hands on again to the same ones alone: two sets of officers could sign two histories.
 * @throws ChartsealError `log-officer/…`, `frost/bad-group`, `files/locked` while its signer runs
 */
export async function handOnFolder(options: HandOnFolderOptions): Promise<string> {
  const { folder, from, threshold, officers, random } = options
  requireThreshold(threshold, officers.length)
  const { held, signer, close } = await openHeld(options)
  try {
    // With whom is not in it: whoever is away may be replaced by another of those of before, as a new officer takes one share.
    const terms = [threshold, ...officers.map(({ name, key }) => formatOfficerKey(name, key))].join('\n')
    const path = pathsOf(folder).handedOn
    if ((await exists(path)) && (await textIn(path)) !== terms)
      throw logOfficerError('log-officer/handed-on', { folder })
    const text = formatHandOn({ held, from, threshold, officers, signed: signer.signed }, random)
    // Before anybody has it: or those of before, and those who come after, could each sign a history.
    await replaceFile(path, encodeUtf8(terms), { random })
    return text
  } finally {
    await close()
  }
}
