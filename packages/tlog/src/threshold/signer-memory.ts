/**
 * What a signer remembers: the newest checkpoint that it gave a share for. It stands in two places, of which the larger
 * one counts, so that a backup of one of them that is put back makes nobody forget.
 */
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { type Checkpoint, parseCheckpoint } from '../checkpoint.js'
import { parseNote } from '../note.js'
import type { WitnessStore } from '../witness.js'
import { logSignerError } from './errors.js'
import type { SignerGroup } from './group.js'

const name = 'signed'

/** A checkpoint, as the server or the log itself signed it. */
export interface Remembered {
  readonly note: string
  readonly text: string
  readonly checkpoint: Checkpoint
}

export class SignerMemory {
  readonly #group: SignerGroup
  readonly #places: readonly WitnessStore[]
  #latest: Remembered | null

  private constructor(group: SignerGroup, places: readonly WitnessStore[], latest: Remembered | null) {
    this.#group = group
    this.#places = places
    this.#latest = latest
  }

  /**
   * @param begin where nothing was ever signed with the share: the note to begin with, which others signed before, or
   * an empty text; the places are made its memory
   * @throws ChartsealError `log-signer/forgot`
   */
  static async open(
    group: SignerGroup,
    places: readonly WitnessStore[],
    begin: string | null,
  ): Promise<SignerMemory> {
    const found = await Promise.all(places.map(place => place.get(name)))
    const notes = found.flatMap(bytes => (bytes === null ? [] : [noteIn(group, decodeUtf8(bytes))]))
    // An interrupted beginning is begun again.
    const isRight = begin === null ? notes.length > 0 : notes.every(note => note === '' || note === begin)
    if (!isRight) throw forgot(group)
    const [first = null, ...others] = [...notes, begin ?? ''].filter(note => note !== '').map(readNote)
    const latest = others.reduce(
      (a, b) => (a !== null && a.checkpoint.size >= b.checkpoint.size ? a : b),
      first,
    )
    const memory = new SignerMemory(group, places, latest)
    await memory.#write(latest?.note ?? '')
    return memory
  }

  /** `null` when nothing was signed. */
  get latest(): Remembered | null {
    return this.#latest
  }

  /** Durable in all places when it resolves; when it rejects, what was remembered before still is. */
  async put(next: Remembered): Promise<void> {
    await this.#write(next.note)
    this.#latest = next
  }

  async #write(note: string): Promise<void> {
    const bytes = encodeUtf8(`${this.#group.verifier.verifierKey}\n${note}`)
    for (const place of this.#places) await place.put(name, bytes)
  }
}

export function readNote(note: string): Remembered {
  const { text } = parseNote(note)
  return { note, text, checkpoint: parseCheckpoint(text) }
}

/** Empty where nothing was signed. */
function noteIn(group: SignerGroup, value: string): string {
  const border = value.indexOf('\n') + 1
  if (value.slice(0, border) !== `${group.verifier.verifierKey}\n`) throw forgot(group)
  return value.slice(border)
}

function forgot({ origin }: SignerGroup): Error {
  return logSignerError('log-signer/forgot', { origin })
}
