/** What officers give each other while they make the key of a log that nobody ever has. Table: docs/spec/log-signers.md. */
import { equal } from '@chartseal/core/bytes'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { FrostGroup, groupOfParts, isRightPart, type KeyPart, SigningShare } from '@chartseal/core/frost'
import { hpkePublicKey, x25519Kem } from '@chartseal/core/hpke'
import { type JsonObject, toJsonText } from '@chartseal/core/json'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { openNote, plainText } from '@chartseal/tlog'
import { type SignerGroup, signerGroup } from '@chartseal/tlog/threshold'
import { officerVerifier } from './log-officer-key.js'
import { openSealed, sealFor } from './log-sealed.js'
import {
  badMaking,
  formatTerms,
  type GivenText,
  hashOf,
  jsonBehind,
  type LogTerms,
  parseTerms,
  Refusal,
  readAs,
} from './log-terms.js'

/** The first word of one officer: what everybody may know of the officer's own secret. */
export interface Beginning {
  readonly part: KeyPart
  /** What parts of it are judged by. */
  readonly polynomial: FrostGroup
  /** X25519, of this making alone: parts are sealed for it. */
  readonly key: Uint8Array
  /** The note as it was read. */
  readonly note: string
  /** What the others name it by. */
  readonly hash: string
}

/** The second word of one officer: a part for each, sealed. */
export interface Deal {
  readonly signer: number
  /** The hashes of the beginnings that it was dealt for. */
  readonly begun: readonly string[]
  readonly parts: readonly string[]
}

/** Somebody was given a wrong part, and shows all that was sealed for them: this making is over. */
export interface Complaint {
  readonly signer: number
  readonly begun: readonly string[]
  readonly dealer: number
  readonly secret: Uint8Array
}

const beginLabel = 'chartseal/log-begin/v1'
const dealLabel = 'chartseal/log-deal/v1'
const complaintLabel = 'chartseal/log-complaint/v1'

/** What the officer signs. */
export function formatBeginning(terms: LogTerms, part: KeyPart, key: Uint8Array): string {
  const { signer, commitments, proof } = part
  return formatted(beginLabel, terms, signer, {
    key: encodeHex(key),
    commitments: commitments.map(encodeHex),
    proof: encodeHex(proof),
  })
}

/** @throws ChartsealError `log-officer/bad-making` */
export function parseBeginning(terms: LogTerms, given: GivenText): Beginning {
  return readAs(given, () => {
    const { signer, json, text } = saidIn(terms, given, beginLabel)
    const part = {
      signer,
      commitments: json.texts('commitments').map(decodeHex),
      proof: json.hex('proof'),
    }
    const key = json.hex('key')
    if (!isRightPart({ threshold: terms.threshold, count: terms.officers.length }, part))
      throw new Refusal(`${nameIn(terms, signer)} does not show that the secret is known`)
    if (key.length !== x25519Kem.publicKeyBytes || formatBeginning(terms, part, key) !== text)
      throw new Refusal('it is not written as it should be')
    const polynomial = FrostGroup.of(part.commitments, terms.officers.length)
    return { part, polynomial, key, note: given.text, hash: hashOf(text) }
  })
}

/** One of each officer, by number. @throws ChartsealError `log-officer/bad-making` naming who is missing */
export function parseBeginnings(terms: LogTerms, files: readonly GivenText[]): readonly Beginning[] {
  const all = files.map(given => parseBeginning(terms, given))
  return oneOfEach(terms, all, ({ part }) => part.signer)
}

/** What the officer signs: the parts of a secret, each sealed for the key in a beginning. */
export function formatDeal(
  terms: LogTerms,
  signer: number,
  beginnings: readonly Beginning[],
  parts: readonly SigningShare[],
  random: Random,
): string {
  const sealed = beginnings.map(({ key }, i) => {
    const part = parts[i]
    if (part === undefined) throw new Error('internal: an officer without a part')
    return readAs({ file: `the beginning of ${nameIn(terms, i + 1)}` }, () =>
      sealFor(dealLabel, key, part.reveal(), random),
    )
  })
  return formatted(dealLabel, terms, signer, { begun: beginnings.map(({ hash }) => hash), parts: sealed })
}

/** @throws ChartsealError `log-officer/bad-making` */
export function parseDeal(terms: LogTerms, given: GivenText): Deal {
  return readAs(given, () => {
    const { signer, json, text } = saidIn(terms, given, dealLabel)
    const [begun, parts] = [json.texts('begun'), json.texts('parts')]
    const isRight = [begun, parts].every(({ length }) => length === terms.officers.length)
    if (!isRight || formatted(dealLabel, terms, signer, { begun, parts }) !== text)
      throw new Refusal('it is not written as it should be')
    return { signer, begun, parts }
  })
}

/** One of each officer, all for the same beginnings. @throws ChartsealError `log-officer/bad-making` naming who dealt for others */
export function parseDeals(
  terms: LogTerms,
  beginnings: readonly Beginning[],
  files: readonly GivenText[],
): readonly Deal[] {
  const all = files.map(given => {
    const deal = parseDeal(terms, given)
    requireSame(terms, beginnings, deal, given.file)
    return deal
  })
  return oneOfEach(terms, all, ({ signer }) => signer)
}

/** @throws ChartsealError `log-officer/bad-making` naming who has another beginning, and whose */
export function requireSame(
  terms: LogTerms,
  beginnings: readonly Beginning[],
  { signer, begun }: Pick<Deal, 'signer' | 'begun'>,
  file: string,
): void {
  const other = beginnings.findIndex(({ hash }, i) => hash !== begun[i])
  if (other < 0) return
  const [dealer, whose] = [nameIn(terms, signer), nameIn(terms, other + 1)]
  throw badMaking(
    file,
    `${dealer} dealt for another beginning of ${whose} than the one here. Compare the two files: whoever signed two is not honest`,
  )
}

/** What a dealer gave to one officer, if it is what the dealer announced; `null` for a wrong one. The caller wipes it. */
export function partFrom(
  { polynomial }: Beginning,
  { parts }: Deal,
  signer: number,
  secret: SecretBytes,
): SigningShare | null {
  const bytes = openSealed(dealLabel, secret, parts[signer - 1] ?? '')
  if (bytes?.length !== SigningShare.sizeBytes) return null
  const part = new SigningShare(bytes)
  bytes.fill(0)
  if (polynomial.holds(signer, part)) return part
  part.wipe()
  return null
}

/** The group that all beginnings make. @throws ChartsealError `log-officer/bad-making` */
export function groupMade(terms: LogTerms, beginnings: readonly Beginning[]): SignerGroup {
  return readAs({ file: 'of all beginnings' }, () => {
    const of = { threshold: terms.threshold, count: terms.officers.length }
    const key = groupOfParts(
      of,
      beginnings.map(({ part }) => part),
    )
    return signerGroup(terms.origin, key, terms.server)
  })
}

/** What the officer signs. From then on everybody can open what was sealed for them in this making. */
export function formatComplaint(terms: LogTerms, { signer, begun, dealer, secret }: Complaint): string {
  return formatted(complaintLabel, terms, signer, { begun, dealer, key: encodeHex(secret) })
}

/** @throws ChartsealError `log-officer/bad-making` */
export function parseComplaint(terms: LogTerms, given: GivenText): Complaint {
  return readAs(given, () => {
    const { signer, json, text } = saidIn(terms, given, complaintLabel)
    const complaint = {
      signer,
      begun: json.texts('begun'),
      dealer: json.count('dealer'),
      secret: json.hex('key'),
    }
    const isRight =
      complaint.secret.length === x25519Kem.secretKeyBytes && nameIn(terms, complaint.dealer) !== ''
    if (!isRight || formatComplaint(terms, complaint) !== text)
      throw new Refusal('it is not written as it should be')
    return complaint
  })
}

export interface ComplaintFiles {
  readonly terms: GivenText
  readonly begun: readonly GivenText[]
  /** Of the one who is accused. */
  readonly dealt: GivenText
  readonly complaint: GivenText
}

/**
 * Who lied, as everybody can see from the files: the one who dealt a wrong part, or the one who complained of a right one.
 * @throws ChartsealError `log-officer/bad-making` for files that do not belong together
 */
export function judgeComplaint(files: ComplaintFiles): { readonly liar: string; readonly reason: string } {
  const terms = parseTerms(files.terms)
  const beginnings = parseBeginnings(terms, files.begun)
  const complaint = parseComplaint(terms, files.complaint)
  const deal = parseDeal(terms, files.dealt)
  requireSame(terms, beginnings, deal, files.dealt.file)
  requireSame(terms, beginnings, complaint, files.complaint.file)
  const [accuser, dealer] = [nameIn(terms, complaint.signer), nameIn(terms, complaint.dealer)]
  const [own, other] = [beginnings[complaint.signer - 1], beginnings[complaint.dealer - 1]]
  if (deal.signer !== complaint.dealer || own === undefined || other === undefined)
    throw badMaking(files.dealt.file, `the complaint is about ${dealer}`)
  using secret = new SecretBytes(complaint.secret)
  if (!equal(hpkePublicKey(x25519Kem, secret), own.key))
    return { liar: accuser, reason: `${accuser} complained with another key than the one that was announced` }
  using part = partFrom(other, deal, complaint.signer, secret)
  return part === null
    ? { liar: dealer, reason: `${dealer} gave ${accuser} a part that is not what ${dealer} announced` }
    : { liar: accuser, reason: `${accuser} complained of ${dealer}, who gave the right part` }
}

export const nameIn = ({ officers }: LogTerms, signer: number): string => officers[signer - 1]?.name ?? ''

function formatted(
  label: string,
  terms: LogTerms,
  signer: number,
  more: Parameters<typeof toJsonText>[0] & object,
): string {
  return `${label}\n${toJsonText({ v: 1, terms: hashOf(formatTerms(terms)), signer, ...more })}\n`
}

interface Said {
  readonly signer: number
  readonly json: JsonObject
  readonly text: string
}

/** What an officer of these terms signed. */
function saidIn(terms: LogTerms, given: GivenText, label: string): Said {
  const note = plainText(given.text)
  const verifiers = terms.officers.map(({ name, key }) => officerVerifier(name, key))
  const { text, verified } = openNote(note, verifiers)
  const json = jsonBehind(label, text)
  const signer = json.count('signer')
  if (json.text('terms') !== hashOf(formatTerms(terms))) throw new Refusal('it was made for other terms')
  if (!verified.some(({ name }) => name === nameIn(terms, signer)))
    throw new Refusal('another officer signed it than the one whose it is')
  return { signer, json, text }
}

function oneOfEach<One>(
  terms: LogTerms,
  all: readonly One[],
  signerOf: (one: One) => number,
): readonly One[] {
  const sorted = terms.officers.map(({ name }, i) => {
    const own = all.filter(one => signerOf(one) === i + 1)
    const [first] = own
    if (first === undefined) throw badMaking(`of ${name}`, 'it is missing: take one of each officer')
    if (own.length > 1) throw badMaking(`of ${name}`, 'it is there twice')
    return first
  })
  return sorted
}
