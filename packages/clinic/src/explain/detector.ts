/** What explaining is made of; each file beside this one knows the things of one package. */
import { type CborValue, decodeCbor, decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import type { Found } from '../pasted/found.js'
import { isText } from '../pasted/plain.js'
import { readPasted } from '../pasted.js'

/** The same bytes in the forms that detectors look at; `null` for a form that they do not have. */
export interface Input {
  readonly bytes: Uint8Array
  /** Without a byte order mark, and the line end that editors and `echo` add. */
  readonly text: string | null
  /** What the reader of pasted text finds, sound or broken. */
  readonly pasted: readonly Found[]
  readonly json: JsonObject | null
  /** The fields of a deterministic CBOR map. */
  readonly cbor: ReadonlyMap<string, CborValue> | null
  /** The items of a deterministic CBOR list. */
  readonly list: readonly CborValue[] | null
  /** The first bytes, one character each: for patterns over broken binary input. */
  readonly head: string
}

/** What is reported. Texts and bytes that came from the input are safe to show to whoever has the input. */
export interface Finding {
  readonly kind: string
  /** Whoever has it has a secret; none of it is in `facts`. */
  readonly secret?: boolean
  /** Other things look the same, and only a key shows which it is. */
  readonly unsure?: boolean
  /** By their names in JSON. */
  readonly facts: { readonly [name: string]: string | number | bigint | Uint8Array }
  /** At which stage, and why, it is refused; `null` when all that can be checked without a key holds. */
  readonly refusal: Refusal | null
  /** What the facts do not say. */
  readonly notes?: readonly string[]
}

export interface Refusal {
  readonly stage: string
  readonly code: string
  readonly reason: string
}

/** `null`: something else. Otherwise it is of this kind, sound or broken; never throws for data. */
export type Detector = (input: Input) => Finding | null

const headLength = 512

export function inputOf(bytes: Uint8Array, words: readonly string[] | null): Input {
  const text = orNull(() =>
    decodeUtf8(bytes)
      .replace(/^\ufeff/, '')
      .replace(/\r?\n$/, ''),
  )
  const value = orNull(() => decodeCbor(bytes))
  return {
    bytes,
    text,
    pasted: isText(bytes) ? pastedIn(bytes, words) : [],
    json: text === null ? null : orNull(() => JsonObject.parse(text)),
    cbor: value === null ? null : mapOf(value),
    list: Array.isArray(value) ? value : null,
    head: String.fromCharCode(...bytes.subarray(0, headLength)),
  }
}

function pastedIn(bytes: Uint8Array, words: readonly string[] | null): readonly Found[] {
  const { found, broken } = readPasted(bytes, { words })
  return [...found, ...broken]
}

/** The fields of a deterministic CBOR map in these bytes; `null` for anything else. */
export function mapIn(bytes: Uint8Array): ReadonlyMap<string, CborValue> | null {
  return orNull(() => mapOf(decodeCbor(bytes)))
}

function mapOf(value: CborValue): ReadonlyMap<string, CborValue> | null {
  const isMap = typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
  return isMap && !Array.isArray(value) ? new Map(Object.entries(value)) : null
}

/** @throws what `attempt` throws and is not the data's mistake */
function orNull<Result>(attempt: () => Result): Result | null {
  try {
    return attempt()
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

/** One check, and what it is called where it refuses. */
export type Stage = readonly [name: string, check: () => unknown]

/** What was read, as facts and further checks. */
export interface Told {
  readonly facts: Finding['facts']
  /** In order; the first that refuses is reported. */
  readonly stages?: readonly Stage[]
}

/** The finding for something of this kind: it is read, its facts are taken, then its stages are checked in order. */
export function explained<Value>(
  about: Omit<Finding, 'facts' | 'refusal'>,
  [stage, read]: readonly [string, () => Value],
  say: (value: Value) => Told,
): Finding {
  const said = settled(stage, () => say(read()))
  if ('code' in said) return { ...about, facts: {}, refusal: said }
  for (const [name, check] of said.stages ?? []) {
    const refusal = settled(name, () => void check())
    if (refusal !== undefined) return { ...about, facts: said.facts, refusal }
  }
  return { ...about, facts: said.facts, refusal: null }
}

/** What `attempt` gives, or how this stage refuses. */
function settled<Result>(stage: string, attempt: () => Result): Result | Refusal {
  try {
    return attempt()
  } catch (error) {
    if (error instanceof ChartsealError) return refusalOf(stage, error)
    throw error
  }
}

/** A time of whoever wrote it: any number, also one that no calendar has. */
export function instantOf(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString()
}

export function refusalOf(stage: string, { code, message }: ChartsealError): Refusal {
  return { stage, code, reason: message }
}
