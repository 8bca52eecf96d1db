/** What officers agree on before they make the key of a log, and what they agree on when they have it. Table: docs/spec/log-signers.md. */
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { sha256 } from '@chartseal/core/hkdf'
import { JsonObject, toJsonText } from '@chartseal/core/json'
import { openNote, parseNote, parseVerifierKey, plainText } from '@chartseal/tlog'
import { formatSignerGroup, parseSignerGroup, type SignerGroup } from '@chartseal/tlog/threshold'
import { wordsOfHash } from '../key-words.js'
import { officerVerifier } from './log-officer-key.js'
import { formatOfficer, type LogOfficer, parseOfficers } from './log-officers.js'
import { logOfficerError } from './log-signer-errors.js'
import { requireThreshold } from './log-threshold.js'

/** A text, and the file that it was in, for people. */
export interface GivenText {
  readonly text: string
  readonly file: string
}

export interface LogTerms {
  /** The name of the log. */
  readonly origin: string
  /** So many of the officers sign. */
  readonly threshold: number
  /** In the order of their numbers. */
  readonly officers: readonly LogOfficer[]
  /** The verifier key of the server, which asks the officers' signers. */
  readonly server: string
}

/** The log's key, and who holds it. */
export interface HeldGroup {
  readonly group: SignerGroup
  readonly officers: readonly LogOfficer[]
}

const termsLabel = 'chartseal/log-terms/v1'
const groupLabel = 'chartseal/log-group/v1'
const wordsLabel = encodeUtf8('chartseal/log-group-words/v1\0')
/** 160 bits: whoever deceives two officers seeks two groups with the same words. */
const groupWordCount = 20

/** The hash of a text that others name it by: SHA-256 in hexadecimal. */
export const hashOf = (text: string): string => encodeHex(sha256(encodeUtf8(text)))

export function formatTerms({ origin, threshold, officers, server }: LogTerms): string {
  const json = { v: 1, origin, threshold, officers: officers.map(formatOfficer), server }
  return `${termsLabel}\n${toJsonText(json)}\n`
}

/** @throws ChartsealError `log-officer/bad-making`, `log-officer/bad-threshold` */
export function parseTerms(given: GivenText): LogTerms {
  return readAs(given, () => {
    const text = plainText(given.text)
    const json = jsonBehind(termsLabel, text)
    const terms = {
      origin: json.text('origin'),
      threshold: json.count('threshold'),
      officers: officersIn(json),
      server: json.text('server'),
    }
    if (parseVerifierKey(terms.server).name !== terms.origin)
      throw new Refusal('the key of its server has another name than the log')
    requireThreshold(terms.threshold, terms.officers.length)
    if (formatTerms(terms) !== text) throw new Refusal('it is not written as it should be')
    return terms
  })
}

/** What every officer signs when the key is made, and what all of them read to each other. */
export function formatGroup({ group, officers }: HeldGroup): string {
  const json = { v: 1, group: formatSignerGroup(group), officers: officers.map(formatOfficer) }
  return `${groupLabel}\n${toJsonText(json)}\n`
}

/**
 * Twenty words for one group: its key, its commitments, its officers.
 * @example groupWords(held) // 'mango radial oasis …'
 */
export function groupWords(held: HeldGroup): string {
  return wordsOfHash(wordsLabel, formatGroup(held), groupWordCount)
}

/** The group that all its officers signed, in one file or several. @throws ChartsealError `log-officer/bad-making` */
export function parseGroup(files: readonly GivenText[]): HeldGroup {
  const [first = { text: '', file: '' }] = files
  const held = saidGroup(first)
  const signed = files.flatMap(given =>
    readAs(given, () => {
      const verifiers = held.officers.map(({ name, key }) => officerVerifier(name, key))
      const { text, verified } = openNote(plainText(given.text), verifiers)
      if (text !== formatGroup(held)) throw new Refusal('it is of another key, or of other officers')
      return verified.map(({ name }) => name)
    }),
  )
  const missing = held.officers.find(({ name }) => !signed.includes(name))
  if (missing !== undefined) throw badMaking(first.file, `${missing.name} did not sign it`)
  return held
}

/** The group that a file is about, whoever signed it. @throws ChartsealError `log-officer/bad-making` */
export function saidGroup(given: GivenText): HeldGroup {
  return readAs(given, () => groupIn(parseNote(plainText(given.text)).text))
}

function groupIn(text: string): HeldGroup {
  const json = jsonBehind(groupLabel, text)
  const held = { group: parseSignerGroup(json.text('group')), officers: officersIn(json) }
  if (held.officers.length !== held.group.key.count) throw new Refusal('it has another number of officers')
  requireThreshold(held.group.key.threshold, held.officers.length)
  if (formatGroup(held) !== text) throw new Refusal('it is not written as it should be')
  return held
}

/** The one object behind a first line, of version 1. @throws ChartsealError `json/invalid`, {@link Refusal} */
export function jsonBehind(label: string, text: string): JsonObject {
  const [first, line = '', end, ...others] = text.split('\n')
  if (first !== label || end !== '' || others.length > 0) throw new Refusal(`it does not begin with ${label}`)
  const json = JsonObject.parse(line)
  if (json.count('v') !== 1) throw new Refusal('it has another version')
  return json
}

/** @throws ChartsealError `json/invalid`, `log-officer/bad-list` */
export function officersIn(json: JsonObject): readonly LogOfficer[] {
  return parseOfficers(json.texts('officers').join('\n'))
}

/** Why a file is not taken; it becomes an error that names the file. */
export class Refusal extends Error {}

/** @throws ChartsealError `log-officer/bad-making` in place of what is wrong with the text */
export function readAs<Result>({ file }: Pick<GivenText, 'file'>, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal) throw badMaking(file, error.message)
    if (!(error instanceof ChartsealError) || error.code.startsWith('log-officer/bad-')) throw error
    throw badMaking(file, error.message)
  }
}

export function badMaking(file: string, reason: string): Error {
  return logOfficerError('log-officer/bad-making', { file, reason })
}
