/** A story of steps. Each step checks what it did and is attacked; the story remembers how both went. */
import { ChartsealError } from '@chartseal/core/errors'
import type { Clock } from '@chartseal/core/ports'
import { messageOf } from './io.js'

/** What happened in a step. */
export type Event =
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'check'; readonly text: string; readonly held: boolean; readonly problem: string | null }
  | { readonly kind: 'attack'; readonly text: string; readonly held: boolean; readonly answer: string }

export interface StepResult {
  readonly title: string
  readonly events: readonly Event[]
  readonly elapsedMs: number
}

/** Who is told while the story goes on. */
export interface Narrator {
  stepStarts(number: number, title: string): void
  happened(event: Event): void
}

/** A step failed in a way that leaves nothing for the next ones to go on with. */
export class StoryEnded extends Error {
  override readonly name = 'StoryEnded'
}

export class Story {
  readonly #narrator: Narrator
  readonly #clock: Clock
  readonly #steps: StepResult[] = []

  constructor(narrator: Narrator, clock: Clock) {
    this.#narrator = narrator
    this.#clock = clock
  }

  get steps(): readonly StepResult[] {
    return this.#steps
  }

  /** Runs one step and gives what the next ones need of it. @throws StoryEnded when it breaks */
  async step<Outcome>(title: string, run: (stage: Stage) => Promise<Outcome>): Promise<Outcome> {
    const events: Event[] = []
    const startMs = this.#clock.nowMs()
    this.#narrator.stepStarts(this.#steps.length + 1, title)
    const stage = new Stage(event => {
      events.push(event)
      this.#narrator.happened(event)
    })
    try {
      return await run(stage)
    } catch (error) {
      stage.check('the step runs to its end', false, messageOf(error))
      throw new StoryEnded(title, { cause: error })
    } finally {
      this.#steps.push({ title, events, elapsedMs: this.#clock.nowMs() - startMs })
    }
  }
}

/** What a step uses to tell, to check and to attack. */
export class Stage {
  readonly #tell: (event: Event) => void

  constructor(tell: (event: Event) => void) {
    this.#tell = tell
  }

  note(text: string): void {
    this.#tell({ kind: 'note', text })
  }

  check(text: string, held: boolean, problem: string | null = null): void {
    this.#tell({ kind: 'check', text, held, problem })
  }

  /** An attack that must be refused with exactly this code; anything else is a failure of the demo. */
  async attack(text: string, code: string, attempt: () => unknown): Promise<void> {
    this.answer(text, code, await answerTo(attempt))
  }

  /** An attack whose answer came another way than by an error. */
  answer(text: string, expected: string, answer: string): void {
    this.#tell({ kind: 'attack', text, held: answer === expected, answer })
  }
}

async function answerTo(attempt: () => unknown): Promise<string> {
  try {
    await attempt()
    return 'accepted'
  } catch (error) {
    return error instanceof ChartsealError ? error.code : messageOf(error)
  }
}
