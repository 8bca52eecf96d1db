/** The steps of one officer who makes the key of a log with others, each kept in the folder before it is said. */
import { rm } from 'node:fs/promises'
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { attempt, lockFile, replaceFile } from '@chartseal/core/files'
import { beginPart, joinParts, PartSecret, type SigningShare, sharesOfPart } from '@chartseal/core/frost'
import { hpkeKeyPair, x25519Kem } from '@chartseal/core/hpke'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { parseNote, plainText } from '@chartseal/tlog'
import { formatSignerGroup } from '@chartseal/tlog/threshold'
import { exists } from './audit-folder.js'
import {
  type Beginning,
  formatBeginning,
  formatComplaint,
  formatDeal,
  groupMade,
  nameIn,
  parseBeginnings,
  parseDeal,
  parseDeals,
  partFrom,
  requireSame,
} from './log-making.js'
import { officerKeyOf, sealingHalf, signAs } from './log-officer-key.js'
import { type HeldShare, numberOf, openShare, sealShare } from './log-officers.js'
import { openFile, sealFile } from './log-sealed.js'
import { logOfficerError } from './log-signer-errors.js'
import { officerKeyIn, openOver, pathsOf, type SignerFolderOptions, textIn } from './log-signer-folder.js'
import {
  badMaking,
  formatGroup,
  type GivenText,
  groupWords,
  hashOf,
  type LogTerms,
  parseTerms,
  saidGroup,
} from './log-terms.js'

/** What the folder remembers of a key that is being made. */
interface Making {
  readonly terms: string
  readonly polynomial: PartSecret
  /** What the others seal for, in this making alone. */
  readonly secret: SecretBytes
  /** What this officer said, and the beginnings of all once they are there; empty until then. */
  readonly begun: string
  readonly all: readonly string[]
  readonly dealt: string
  readonly hasComplained: boolean
}

const label = 'chartseal/log-making/v1'
const mostOfficers = 32
const mostBytes = 65_536

export interface BeginOptions extends SignerFolderOptions {
  readonly terms: GivenText
  /** Gives up what the folder made before, and its share where that signed nothing. */
  readonly isAnew?: boolean
}

/**
 * Begins to make a key: what the officer announces, for all others. Called again, the same.
 * @throws ChartsealError `log-officer/…`, `files/locked`, `files/failed`
 */
export function beginMaking(options: BeginOptions): Promise<string> {
  const { folder, random, terms: given, isAnew = false } = options
  const text = plainText(given.text)
  return inFolder(options, async secret => {
    const terms = parseTerms(given)
    const signer = requireOwn(terms, secret, given.file)
    if (await exists(pathsOf(folder).share)) await requireUnused(options, secret)
    using kept = await keptIn(folder, secret)
    if (kept !== null && !isAnew) {
      requireUncomplained(folder, kept)
      if (kept.terms === text) return kept.begun
      throw logOfficerError('log-officer/other-making', { folder, reason: 'it began one with other terms' })
    }
    await forgetShare(folder)
    const of = { threshold: terms.threshold, count: terms.officers.length }
    const { part, secret: made } = beginPart(of, signer, random)
    using polynomial = made
    const pair = hpkeKeyPair(x25519Kem, random)
    using own = pair.secret
    const begun = signAs(nameIn(terms, signer), secret, formatBeginning(terms, part, pair.publicKey))
    const making = {
      terms: text,
      polynomial,
      secret: own,
      begun,
      all: [],
      dealt: '',
      hasComplained: false,
    }
    await keep(folder, secret, making, random)
    return begun
  })
}

/**
 * Deals this officer's secret to all whose beginnings these are. Called again with the same, the same.
 * @throws ChartsealError `log-officer/…`, `files/locked`, `files/failed`
 */
export function dealMaking(
  options: SignerFolderOptions & { readonly begun: readonly GivenText[] },
): Promise<string> {
  const { folder, random, begun } = options
  return inFolder(options, async secret => {
    using kept = await requireKept(folder, secret, 'begin')
    requireUncomplained(folder, kept)
    const { terms, signer } = termsIn(kept, secret)
    const beginnings = parseBeginnings(terms, begun)
    if (hashOf(parseNote(kept.begun).text) !== beginnings[signer - 1]?.hash)
      throw badMaking(`of ${nameIn(terms, signer)}`, 'it is not the beginning in this folder')
    if (kept.dealt !== '') {
      const reason = 'it dealt for other beginnings'
      const isSame = beginningsIn(terms, kept).every(({ hash }, i) => hash === beginnings[i]?.hash)
      if (!isSame) throw logOfficerError('log-officer/other-making', { folder, reason })
      return kept.dealt
    }
    const parts = sharesOfPart(terms.officers.length, kept.polynomial)
    try {
      const dealt = signAs(
        nameIn(terms, signer),
        secret,
        formatDeal(terms, signer, beginnings, parts, random),
      )
      await keep(folder, secret, { ...kept, all: beginnings.map(({ note }) => note), dealt }, random)
      return dealt
    } finally {
      for (const part of parts) part.wipe()
    }
  })
}

/** What an officer signed, and the words for all to compare. */
export interface Finished {
  readonly note: string
  readonly words: string
}

/**
 * Takes the share that all deals make, and signs what the key is and who holds it. Called again, the same.
 * @throws ChartsealError `log-officer/wrong-part` naming who dealt it, `log-officer/…`, `files/locked`, `files/failed`
 */
export function finishMaking(
  options: SignerFolderOptions & { readonly dealt: readonly GivenText[] },
): Promise<Finished> {
  const { folder, random, dealt } = options
  const paths = pathsOf(folder)
  return inFolder(options, async secret => {
    if (await exists(paths.group)) {
      await forget(folder)
      return finished(await textIn(paths.group), paths.group)
    }
    using kept = await requireKept(folder, secret, 'deal')
    requireUncomplained(folder, kept)
    const { terms, signer } = termsIn(kept, secret)
    using made = shareOf(folder, { terms, signer, kept, dealt })
    await takeShare(options, secret, made)
    const { officers } = terms
    const group = signAs(nameIn(terms, signer), secret, formatGroup({ group: made.group, officers }))
    await replaceFile(paths.group, encodeUtf8(group), { random })
    // Only now: until then all of it can be made again.
    await forget(folder)
    return finished(group, paths.group)
  })
}

const finished = (note: string, file: string): Finished => ({
  note,
  words: groupWords(saidGroup({ text: note, file })),
})

/**
 * Complains of a wrong part: with it everybody can see who lied. The folder takes part in this making no more, as all that was
 * sealed for it can be read by everybody.
 * @throws ChartsealError `log-officer/bad-making` where the part is right, `log-officer/…`, `files/locked`, `files/failed`
 */
export function complain(options: SignerFolderOptions & { readonly dealt: GivenText }): Promise<string> {
  const { folder, random, dealt } = options
  return inFolder(options, async secret => {
    if (await exists(pathsOf(folder).share)) throw logOfficerError('log-officer/has-share', { folder })
    using kept = await requireKept(folder, secret, 'deal')
    const { terms, signer } = termsIn(kept, secret)
    const beginnings = beginningsIn(terms, kept)
    const deal = parseDeal(terms, dealt)
    requireSame(terms, beginnings, deal, dealt.file)
    const dealer = beginnings[deal.signer - 1]
    using part = dealer === undefined ? null : partFrom(dealer, deal, signer, kept.secret)
    if (part !== null) throw badMaking(dealt.file, 'the part in it is right')
    await keep(folder, secret, { ...kept, hasComplained: true }, random)
    const begun = beginnings.map(({ hash }) => hash)
    const complaint = { signer, begun, dealer: deal.signer, secret: kept.secret.reveal() }
    return signAs(nameIn(terms, signer), secret, formatComplaint(terms, complaint))
  })
}

interface Sharing {
  readonly terms: LogTerms
  readonly signer: number
  readonly kept: Making
  readonly dealt: readonly GivenText[]
}

/** The share of this officer, of what all dealt. */
function shareOf(folder: string, { terms, signer, kept, dealt }: Sharing): HeldShare & Disposable {
  const beginnings = beginningsIn(terms, kept)
  const deals = parseDeals(terms, beginnings, dealt)
  const group = groupMade(terms, beginnings)
  const parts: SigningShare[] = []
  try {
    for (const [i, beginning] of beginnings.entries()) {
      const deal = deals[i]
      const part = deal === undefined ? null : partFrom(beginning, deal, signer, kept.secret)
      if (part === null)
        throw logOfficerError('log-officer/wrong-part', { dealer: nameIn(terms, i + 1), folder })
      parts.push(part)
    }
    const share = joinParts(group.key, signer, parts)
    return { group, signer, share, [Symbol.dispose]: () => share.wipe() }
  } finally {
    for (const part of parts) part.wipe()
  }
}

/** Durable when it resolves. A share that was taken before, and died behind it, is the same one. */
async function takeShare(options: SignerFolderOptions, secret: SecretBytes, made: HeldShare): Promise<void> {
  const { folder, random } = options
  const { share } = pathsOf(folder)
  if (await exists(share)) {
    const kept = openShare(await textIn(share), secret, share)
    kept.share.wipe()
    if (formatSignerGroup(kept.group) === formatSignerGroup(made.group)) return
    throw logOfficerError('log-officer/has-share', { folder })
  }
  const closing: (() => Promise<void> | void)[] = []
  try {
    // The memory comes first: a share without one is not taken again.
    await openOver(options, made, { isNew: true }, closing)
    await replaceFile(share, encodeUtf8(sealShare(made, officerKeyOf(secret), random)), { random })
  } finally {
    for (const end of closing.reverse()) await end()
  }
}

/** One process at a time makes a key in a folder. */
async function inFolder<Result>(
  options: SignerFolderOptions,
  work: (secret: SecretBytes) => Promise<Result>,
): Promise<Result> {
  using secret = await officerKeyIn(options)
  const lock = await lockFile(pathsOf(options.folder).making, { random: options.random })
  try {
    return await work(secret)
  } finally {
    await lock.release()
  }
}

function requireOwn(terms: LogTerms, secret: SecretBytes, file: string): number {
  const signer = numberOf(terms.officers, secret)
  if (signer === null) throw badMaking(file, 'no officer in it has the key of this folder')
  return signer
}

function termsIn(kept: Making, secret: SecretBytes): { readonly terms: LogTerms; readonly signer: number } {
  const terms = parseTerms({ text: kept.terms, file: '' })
  return { terms, signer: requireOwn(terms, secret, '') }
}

function beginningsIn(terms: LogTerms, kept: Making): readonly Beginning[] {
  return parseBeginnings(
    terms,
    kept.all.map(text => ({ text, file: '' })),
  )
}

function requireUncomplained(folder: string, { hasComplained }: Making): void {
  if (hasComplained)
    throw logOfficerError('log-officer/other-making', { folder, reason: 'it complained of a part of it' })
}

async function requireKept(
  folder: string,
  secret: SecretBytes,
  step: 'begin' | 'deal',
): Promise<Making & Disposable> {
  const kept = await keptIn(folder, secret)
  if (kept !== null && (step === 'begin' || kept.dealt !== '')) return kept
  kept?.[Symbol.dispose]()
  throw logOfficerError('log-officer/no-making', { folder, step })
}

async function keptIn(folder: string, secret: SecretBytes): Promise<(Making & Disposable) | null> {
  const { making } = pathsOf(folder)
  if (!(await exists(making))) return null
  const bytes = openFile(label, secret, await textIn(making))
  if (bytes === null) throw badMaking(making, 'it is not for the key in this folder')
  try {
    return makingIn(bytes)
  } finally {
    bytes.fill(0)
  }
}

const names = ['v', 'terms', 'polynomial', 'secret', 'begun', 'all', 'dealt', 'complained']

function makingIn(bytes: Uint8Array): Making & Disposable {
  const map = CborFields.decode(bytes, names)
  map.count('v', 1, 1)
  const [coefficients, key] = [map.bytes('polynomial'), map.bytes('secret', x25519Kem.secretKeyBytes)]
  const [polynomial, secret] = [new PartSecret(coefficients), new SecretBytes(key)]
  coefficients.fill(0)
  key.fill(0)
  return {
    terms: map.text('terms'),
    polynomial,
    secret,
    begun: map.text('begun'),
    all: map.texts('all', mostOfficers, mostBytes),
    dealt: map.text('dealt'),
    hasComplained: map.count('complained', 1) === 1,
    [Symbol.dispose]() {
      polynomial.wipe()
      secret.wipe()
    },
  }
}

async function keep(folder: string, secret: SecretBytes, making: Making, random: Random): Promise<void> {
  const { terms, polynomial, begun, all, dealt, hasComplained } = making
  const bytes = encodeCbor({
    v: 1n,
    terms,
    polynomial: polynomial.reveal(),
    secret: making.secret.reveal(),
    begun,
    all: [...all],
    dealt,
    complained: hasComplained ? 1n : 0n,
  })
  try {
    const text = sealFile(label, sealingHalf(officerKeyOf(secret)), bytes, random)
    await replaceFile(pathsOf(folder).making, encodeUtf8(text), { random })
  } finally {
    bytes.fill(0)
  }
}

/** A share may be given up as long as it signed nothing. @throws ChartsealError `log-officer/has-share` */
async function requireUnused(options: BeginOptions, secret: SecretBytes): Promise<void> {
  const { folder, isAnew = false } = options
  const { share, handedOn } = pathsOf(folder)
  const held = openShare(await textIn(share), secret, share)
  const closing: (() => Promise<void> | void)[] = [() => held.share.wipe()]
  try {
    const { signed } = await openOver(options, held, {}, closing)
    if (!isAnew || signed !== '' || (await exists(handedOn)))
      throw logOfficerError('log-officer/has-share', { folder })
  } finally {
    for (const end of closing.reverse()) await end()
  }
}

/** Of a key that nobody uses. The share goes first: what is remembered without one is of no use to anybody. */
async function forgetShare(folder: string): Promise<void> {
  const { group, share, seen, signed } = pathsOf(folder)
  for (const path of [group, share, seen, signed])
    await attempt('remove', () => rm(path, { recursive: true, force: true }), path)
}

async function forget(folder: string): Promise<void> {
  const { making } = pathsOf(folder)
  await attempt('remove', () => rm(making, { force: true }), making)
}
