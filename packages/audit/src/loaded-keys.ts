/** Keys of patients that are in memory: the last ones that were used for something new. */
import { type SubjectKey, type Tagger, taggerOf } from './body.js'

/** A key and what is derived from it. Belongs to the store, which wipes it: not to be kept. */
export interface LoadedKey {
  readonly key: SubjectKey
  readonly tag: Tagger
}

const maxLoaded = 10_000

export class LoadedKeys {
  /** In the order of their loading. */
  readonly #keys = new Map<string, LoadedKey>()

  get(id: string): LoadedKey | undefined {
    return this.#keys.get(id)
  }

  /** The oldest makes room; somebody may be using it, so it is not wiped. */
  keep(id: string, key: SubjectKey): LoadedKey {
    const loaded = { key, tag: taggerOf(key) }
    const [oldest] = this.#keys.size < maxLoaded ? [] : this.#keys.keys()
    if (oldest !== undefined) this.#keys.delete(oldest)
    this.#keys.set(id, loaded)
    return loaded
  }

  forget(id: string): void {
    this.#keys.get(id)?.key.wipe()
    this.#keys.delete(id)
  }

  wipe(): void {
    for (const { key } of this.#keys.values()) key.wipe()
    this.#keys.clear()
  }
}
