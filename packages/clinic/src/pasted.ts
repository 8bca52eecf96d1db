/**
 * One reader of pasted text. It finds what Chartseal writes as text in whatever chats, mail programs and people make of
 * it, and hands the strict spelling to the strict parser of its format: nothing is accepted here that is refused there.
 */
import type { ChartsealError } from '@chartseal/core/errors'
import { pastedError } from './errors.js'
import { beginnings, type Found, kindNames, type PastedKind } from './pasted/found.js'
import { framesIn } from './pasted/frames.js'
import { linesIn } from './pasted/lines.js'
import { mnemonicsIn } from './pasted/mnemonics.js'
import { plainTextOf, textOfBytes } from './pasted/plain.js'

export type { Found, PastedKind } from './pasted/found.js'

/** The longest message three times over: wrapped, quoted or in UTF-16. */
export const maxPastedBytes: number = 72 * 1024 * 1024
/** Copies included: a message has at most 64 parts. */
const maxFound = 4096

export interface PastedOptions {
  /** What the caller can use; everything unless given. */
  readonly wanted?: readonly PastedKind[]
  /** The word list of SLIP-0039; without it mnemonics are known by their shape alone. */
  readonly words?: readonly string[] | null
}

export interface Pasted {
  /** What was wanted and is sound, each text once, messages and parts in their order. */
  readonly found: readonly Found[]
  /** What looks like something wanted and is not sound. */
  readonly broken: readonly Found[]
  /** Why nothing was found; `null` when something was. */
  readonly refusal: ChartsealError | null
}

/** Finds what was wanted in a text or in the bytes of a file; never throws for data. */
export function readPasted(input: string | Uint8Array, options: PastedOptions = {}): Pasted {
  if (input.length > maxPastedBytes)
    return refused(pastedError('pasted/too-large', { limitBytes: maxPastedBytes }))
  const plain = plainTextOf(typeof input === 'string' ? input : textOfBytes(input))
  const all = new Map<string, Found>()
  let count = 0
  for (const found of textsIn(plain, options.words ?? null)) {
    if (++count > maxFound) return refused(pastedError('pasted/too-many', { limit: maxFound }))
    if (!all.has(found.text)) all.set(found.text, found)
  }
  return settled(plain, [...all.values()], options.wanted)
}

/**
 * What was wanted, at least one.
 * @throws ChartsealError `pasted/…`, saying what is wrong with the text
 */
export function requirePasted(
  input: string | Uint8Array,
  wanted: readonly PastedKind[],
  words: readonly string[] | null = null,
): readonly string[] {
  const { found, broken, refusal } = readPasted(input, { wanted, words })
  // A broken one beside sound ones may be the one that is missed.
  const wrong = refusal ?? broken[0]?.refusal ?? null
  if (wrong !== null) throw wrong
  return found.map(({ text }) => text)
}

function* textsIn(plain: string, words: readonly string[] | null): Generator<Found> {
  yield* framesIn(plain)
  yield* linesIn(plain)
  yield* mnemonicsIn(plain, words)
}

function settled(plain: string, all: readonly Found[], wanted: readonly PastedKind[] | undefined): Pasted {
  const asked = all.filter(({ kind }) => wanted?.includes(kind) ?? true)
  const found = asked.filter(({ refusal }) => refusal === null)
  const broken = asked.filter(({ refusal }) => refusal !== null)
  const refusal = found.length > 0 ? null : (broken[0]?.refusal ?? nothing(plain, all, wanted))
  return { found, broken, refusal }
}

function nothing(
  plain: string,
  all: readonly Found[],
  wanted: readonly PastedKind[] = ['message', 'share', 'pairing-code', 'mnemonic'],
): ChartsealError {
  if (plain.trim() === '') return pastedError('pasted/empty', {})
  const names = listOf(wanted.map(kind => kindNames[kind]))
  const [other] = all
  if (other !== undefined)
    return pastedError('pasted/other-kind', { found: kindNames[other.kind], wanted: names })
  const begins = listOf(wanted.map(kind => beginnings[kind]))
  return pastedError('pasted/not-found', { wanted: names, begins })
}

const listOf = (names: readonly string[]): string => [...new Set(names)].join(' or ')

const refused = (refusal: ChartsealError): Pasted => ({ found: [], broken: [], refusal })
