/** What was said in a conference, as this device keeps it: one row each, sealed as messages are. */
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import type { Clock, Random } from '@chartseal/core/ports'
import type { Unlocked } from '../pairs/pairs.js'
import { rowName } from '../store/row-time.js'
import { refuseNewer } from '../store/row-version.js'
import type { KnownRows } from '../store/sealed-rows.js'

const version = 1
const fields = ['v', 'kind', 'pair', 'name', 'text', 'at', 'seq', 'state', 'id']
const wordPrefix = 'word/'

/** `said`, `emergency`: to all. `to`, `from`: between two alone, by this device and to it. `missed`: so many are gone. */
const wordKinds = ['said', 'emergency', 'to', 'from', 'missed'] as const
export type WordKind = (typeof wordKinds)[number]

/**
 * Of one's own: it waits here, it left, the other side has it, or never will. Of an emergency that came: `new` until a person says that
 * they have read it. Otherwise `there`.
 */
const wordStates = ['waiting', 'sent', 'received', 'lost', 'new', 'there'] as const
export type WordState = (typeof wordStates)[number]

export interface Word {
  readonly key: string
  readonly kind: WordKind
  /** The pair of a word between two; empty otherwise. */
  readonly pairId: string
  /** The other side's name at that moment; empty otherwise. */
  readonly name: string
  readonly text: string
  readonly atMs: number
  /** Of what was said to all: its number; of `missed`, how many; 0 otherwise. */
  readonly sequence: number
  readonly state: WordState
  /** Of a word between two: its seat and its number there. Of `missed`: the first number. Empty otherwise. */
  readonly id: string
}

/** @param ref the conference, or the seat */
export const wordsOf = (ref: string): string => `${wordPrefix}${ref}/`

export function newWordKey(ref: string, clock: Clock, random: Random): string {
  return `${wordsOf(ref)}${rowName({ clock, random })}`
}

export function wordRow(word: Word): readonly [key: string, bytes: Uint8Array] {
  const { key, kind, pairId, name, text, atMs, sequence, state, id } = word
  return [key, encodeCbor({ v: version, kind, pair: pairId, name, text, at: atMs, seq: sequence, state, id })]
}

/** @throws ChartsealError `cbor/invalid`, `console/newer-page` */
function decodeWord(key: string, bytes: Uint8Array): Word {
  const map = new CborFields(refuseNewer(decodeCbor(bytes), version), fields)
  map.count('v', version, version)
  const [kind, state] = [map.text('kind'), map.text('state')]
  return {
    key,
    kind: wordKinds.find(one => one === kind) ?? 'said',
    pairId: map.text('pair'),
    name: map.text('name'),
    text: map.text('text'),
    atMs: map.count('at'),
    sequence: map.count('seq'),
    state: wordStates.find(one => one === state) ?? 'there',
    id: map.text('id'),
  }
}

/** In the order in which they came here. */
export const readWords = (
  { rows }: Unlocked,
  ref: string,
  known: KnownRows<Word>,
): Promise<readonly Word[]> => rows.readOnce(wordsOf(ref), known, decodeWord)
