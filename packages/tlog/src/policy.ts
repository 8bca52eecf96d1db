/**
 * Trust policies, C2SP tlog-policy: which logs and which witnesses are believed, and how many of the latter. Two
 * histories of one log can both be accepted only by two quorums whose common witnesses are all dishonest, so a policy
 * is as strong as the smallest overlap of two of its quorums.
 */
import { encodeHex } from '@chartseal/core/encoding'
import { parseDecimal } from './checkpoint.js'
import { tlogError } from './errors.js'
import { type CosignatureVerifier, parseCosignatureKey, parseVerifierKey, publicKeyOf } from './keys.js'
import type { NoteVerifier } from './note.js'
import { plainText } from './text.js'

const maxLines = 1024
/** How many dishonest witnesses a policy has to bear unless the caller says otherwise. */
const defaultDishonest = 1

export interface PolicyLog {
  readonly verifier: NoteVerifier
  readonly url?: string
}

export interface PolicyWitness {
  readonly name: string
  readonly verifier: CosignatureVerifier
  readonly url?: string
}

/** A witness by name, or so many of the members. */
export type Quorum = string | { readonly threshold: number; readonly members: readonly Quorum[] }

export interface Policy {
  readonly logs: readonly PolicyLog[]
  readonly witnesses: readonly PolicyWitness[]
  /** `null`: no cosignature is asked for. */
  readonly quorum: Quorum | null
}

export interface PolicyOptions {
  /** Two histories must not both be accepted while so many witnesses are dishonest; 1 unless given. */
  readonly dishonest?: number
  /** Takes a policy that is weaker than that. */
  readonly allowWeak?: boolean
}

/**
 * Reads a policy file.
 * @throws ChartsealError `tlog/bad-policy` with the line, `tlog/weak-policy`
 */
export function parsePolicy(text: string, options: PolicyOptions = {}): Policy {
  const reader = new PolicyReader()
  const lines = plainText(text)
    .split('\n')
    .map(line => line.trimEnd())
  if (lines.length > maxLines) throw bad(maxLines, 'the file is too long')
  for (const [i, line] of lines.entries()) reader.read(i + 1, line)
  const policy = reader.finish(lines.length)
  refuseWeak(policy, options)
  return policy
}

/** Any `threshold` of these witnesses. @throws ChartsealError `tlog/weak-policy`; RangeError for a threshold that is none */
export function policyOf(
  logs: readonly PolicyLog[],
  witnesses: readonly PolicyWitness[],
  threshold: number,
  options: PolicyOptions = {},
): Policy {
  if (!Number.isInteger(threshold) || threshold < 0 || threshold > witnesses.length) {
    throw new RangeError('a threshold is an integer from 0 to the number of witnesses')
  }
  const keys = new Set(witnesses.map(({ verifier }) => keyText(verifier.verifierKey)))
  // Quorums count names: one name for two keys would let one cosignature count twice.
  const names = new Set(witnesses.map(({ name }) => name))
  if (Math.min(keys.size, names.size) < witnesses.length) throw new RangeError('a witness is listed twice')
  const quorum = threshold === 0 ? null : { threshold, members: witnesses.map(({ name }) => name) }
  const policy = { logs, witnesses, quorum }
  refuseWeak(policy, options)
  return policy
}

/** Whether these witnesses, by their names in the policy, are enough. */
export function isQuorum({ quorum }: Policy, cosigned: ReadonlySet<string>): boolean {
  return quorum === null || isMet(quorum, cosigned)
}

function isMet(quorum: Quorum, cosigned: ReadonlySet<string>): boolean {
  if (typeof quorum === 'string') return cosigned.has(quorum)
  return quorum.members.filter(member => isMet(member, cosigned)).length >= quorum.threshold
}

/** How many witnesses two quorums have in common at the least; 2k − n for k of n. */
export function smallestOverlap({ quorum }: Policy): number {
  return quorum === null ? 0 : overlapOf(quorum)
}

// Each name is a member once, so members share no witness, and the overlaps of those that both must choose add up.
function overlapOf(quorum: Quorum): number {
  if (typeof quorum === 'string') return 1
  const { threshold, members } = quorum
  const inBoth = Math.max(0, 2 * threshold - members.length)
  const overlaps = members.map(overlapOf).sort((a, b) => a - b)
  return overlaps.slice(0, inBoth).reduce((sum, overlap) => sum + overlap, 0)
}

function refuseWeak(
  policy: Policy,
  { dishonest = defaultDishonest, allowWeak = false }: PolicyOptions,
): void {
  if (allowWeak || smallestOverlap(policy) > dishonest) return
  throw tlogError('tlog/weak-policy', { dishonest })
}

class PolicyReader {
  readonly #logs: PolicyLog[] = []
  readonly #witnesses: PolicyWitness[] = []
  readonly #defined = new Map<string, Quorum>()
  readonly #members = new Set<string>()
  readonly #keys = new Set<string>()
  #quorum: Quorum | null | undefined

  read(number: number, line: string): void {
    if (/[^\t\x20-\x7e\u0080-\uffff]/.test(line)) throw bad(number, 'it has a control character')
    const [kind, ...items] = line.split(/[ \t]+/).filter(item => item !== '')
    if (kind === undefined || kind.startsWith('#')) return
    if (kind === 'log') this.#readLog(number, items)
    else if (kind === 'witness') this.#readWitness(number, items)
    else if (kind === 'group') this.#readGroup(number, items)
    else if (kind === 'quorum') this.#readQuorum(number, items)
    else throw bad(number, 'it is no log, witness, group or quorum')
  }

  finish(lines: number): Policy {
    if (this.#quorum === undefined) throw bad(lines, 'there is no quorum')
    return { logs: this.#logs, witnesses: this.#witnesses, quorum: this.#quorum }
  }

  #readLog(number: number, [key, url, ...others]: readonly string[]): void {
    if (key === undefined || others.length > 0) throw bad(number, 'a log has a key and perhaps a URL')
    const verifier = keyOf(number, key, parseVerifierKey)
    this.#refuseKnown(number, `log ${keyText(key)}`)
    this.#logs.push(url === undefined ? { verifier } : { verifier, url })
  }

  #readWitness(number: number, [name, key, url, ...others]: readonly string[]): void {
    if (name === undefined || key === undefined || others.length > 0) {
      throw bad(number, 'a witness has a name, a key and perhaps a URL')
    }
    const verifier = keyOf(number, key, parseCosignatureKey)
    this.#refuseKnown(number, `witness ${keyText(key)}`)
    this.#define(number, name, name)
    this.#witnesses.push(url === undefined ? { name, verifier } : { name, verifier, url })
  }

  #readGroup(number: number, [name, count, ...names]: readonly string[]): void {
    if (name === undefined || count === undefined || names.length === 0) {
      throw bad(number, 'a group has a name, a number and members')
    }
    const members = names.map(member => this.#take(number, member))
    const threshold = count === 'all' ? names.length : count === 'any' ? 1 : parseDecimal(count)
    if (threshold === null || threshold < 1 || threshold > names.length) {
      throw bad(number, 'its number is not from 1 to the number of its members')
    }
    this.#define(number, name, { threshold, members })
  }

  #readQuorum(number: number, [name, ...others]: readonly string[]): void {
    if (name === undefined || others.length > 0) throw bad(number, 'a quorum has one name')
    if (this.#quorum !== undefined) throw bad(number, 'there is a quorum already')
    this.#quorum = name === 'none' ? null : this.#find(number, name)
  }

  #find(number: number, name: string): Quorum {
    const found = this.#defined.get(name)
    if (found === undefined) throw bad(number, 'it names what no line before it defines')
    return found
  }

  #take(number: number, name: string): Quorum {
    if (this.#members.has(name)) throw bad(number, 'a name is a member twice')
    this.#members.add(name)
    return this.#find(number, name)
  }

  #define(number: number, name: string, quorum: Quorum): void {
    if (name === 'none' || this.#defined.has(name)) throw bad(number, 'its name is taken')
    this.#defined.set(name, quorum)
  }

  #refuseKnown(number: number, key: string): void {
    if (this.#keys.has(key)) throw bad(number, 'its key is listed already')
    this.#keys.add(key)
  }
}

function keyOf<Key>(number: number, text: string, parse: (text: string) => Key): Key {
  try {
    return parse(text)
  } catch {
    throw bad(number, 'its key cannot be used')
  }
}

const keyText = (verifierKey: string): string => encodeHex(publicKeyOf(verifierKey))

function bad(line: number, reason: string): Error {
  return tlogError('tlog/bad-policy', { line, reason })
}
