/** Where the events of a conference are told: lines for people, objects for machines, in the order in which they came. */
import { toJsonText } from '@chartseal/core/json'
import { visible } from '@chartseal/core/text'
import { type Io, write } from '../../io/io.js'
import type { Told } from './words.js'

export interface Teller {
  tell(told: Told): void
  /** Resolves when everything that was told is on the screen, or taken by whoever reads it. */
  shown(): Promise<void>
  /** Resolves when everything that was told is taken. A list is drawn no more after it. */
  flush(): Promise<void>
}

/** Without holding up the conference. */
export class LineTeller implements Teller {
  readonly #io: Io
  readonly #json: boolean
  #last: Promise<void> = Promise.resolve()

  constructor(io: Io, json: boolean) {
    this.#io = io
    this.#json = json
  }

  tell({ text, answer }: Told): void {
    const line = `${this.#json ? toJsonText(answer) : visible(text)}\n`
    this.#last = this.#last.then(() => write(this.#io.stdout, line))
  }

  shown(): Promise<void> {
    return this.#last
  }

  flush(): Promise<void> {
    return this.#last
  }
}
