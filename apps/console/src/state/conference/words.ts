/** The words of one conference: on the screen at once, and on disk with the record that they came with. */
import { type Signal, signal } from '@preact/signals'
import { newWordKey, readWords, type Word, wordRow } from '../../conference/word-row.js'
import type { Beside, Unlocked } from '../../pairs/pairs.js'
import type { KnownRows } from '../../store/sealed-rows.js'

export type NewWord = Omit<Word, 'key' | 'atMs'> & { readonly atMs?: number }

export class Words {
  /** In the order in which they came here. */
  readonly all: Signal<readonly Word[]> = signal<readonly Word[]>([])
  readonly #unlocked: Unlocked
  readonly #ref: string
  readonly #known: KnownRows<Word> = new Map()
  #unwritten = new Map<string, Word>()

  constructor(unlocked: Unlocked, ref: string) {
    this.#unlocked = unlocked
    this.#ref = ref
  }

  /** Once from disk for whoever adds to them; and again for who only shows what another tab adds. */
  async read(): Promise<void> {
    // What could not be written was not acknowledged either: it comes again.
    this.#unwritten = new Map()
    this.all.value = await readWords(this.#unlocked, this.#ref, this.#known)
  }

  /** What is the same is there once: after a crash the last ones may come again. */
  add(word: NewWord, isSame: (known: Word) => boolean = () => false): void {
    if (this.all.value.some(isSame)) return
    const { clock, random } = this.#unlocked
    const key = newWordKey(this.#ref, clock, random)
    this.#put({ atMs: clock.nowMs(), ...word, key })
  }

  change(isMeant: (word: Word) => boolean, next: Partial<Pick<Word, 'state'>>): void {
    for (const word of this.all.value.filter(isMeant)) this.#put({ ...word, ...next })
  }

  /** The rows of what was not written yet; the caller writes them. */
  take(): Beside {
    const rows = [...this.#unwritten.values()].map(wordRow)
    this.#unwritten = new Map()
    return rows
  }

  /** Writes what came with no record of its own. */
  async flush(): Promise<void> {
    const unwritten = this.#unwritten
    const rows = this.take()
    try {
      if (rows.length > 0) await this.#unlocked.rows.write(rows)
    } catch (error) {
      // The next write has them, or says so again.
      this.#unwritten = new Map([...unwritten, ...this.#unwritten])
      throw error
    }
  }

  #put(word: Word): void {
    this.#unwritten.set(word.key, word)
    const at = this.all.value.findIndex(({ key }) => key === word.key)
    this.all.value = at < 0 ? [...this.all.value, word] : this.all.value.with(at, word)
  }
}
