/** What the drivers of a conference are given in their tests. */
import type { Link, LinkReceiver } from '@chartseal/clinic/conference'
import type { ManualTimer } from '@chartseal/testkit'
import { expect } from 'vitest'

export const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)
/** Half of every limit: a back-off of 125, 250, 500 ms … */
export const half = { bytes: (size: number) => new Uint8Array(size).fill(128, 0, 1) }
export const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** A way whose connections a test opens, feeds and ends. */
export class FakeWay {
  readonly sent: number[][] = []
  readonly receivers: LinkReceiver[] = []
  closed = 0
  refusal: Error | null = null

  async connect(receiver: LinkReceiver): Promise<Link> {
    if (this.refusal !== null) throw this.refusal
    const sent: number[] = []
    this.sent.push(sent)
    this.receivers.push(receiver)
    return { send: ([value = 0]) => sent.push(value), close: () => (this.closed += 1) }
  }

  get newest(): LinkReceiver {
    const receiver = this.receivers.at(-1)
    if (receiver === undefined) throw new Error('nobody has connected')
    return receiver
  }
}

/** A journal whose writes end when a test says so. */
export class SlowJournal {
  readonly writes: string[] = []
  readonly #ends: ((error?: Error) => void)[] = []

  append(records: readonly Uint8Array[]): Promise<void> {
    return this.#write(`append ${records.map(([value]) => value)}`)
  }

  replace(records: readonly Uint8Array[]): Promise<void> {
    return this.#write(`replace ${records.map(([value]) => value)}`)
  }

  put([value]: Uint8Array): Promise<void> {
    return this.#write(`put ${value}`)
  }

  async end(error?: Error): Promise<void> {
    this.#ends.shift()?.(error)
    await turn()
  }

  #write(what: string): Promise<void> {
    this.writes.push(what)
    return new Promise((resolve, reject) => {
      this.#ends.push(error => (error === undefined ? resolve() : reject(error)))
    })
  }
}

/** Gives out what a test wants for an input, and notes the inputs that are no ticks. */
export class FakeMachine<Input extends { readonly kind: string }, Output> {
  readonly inputs: string[] = []
  isOver = false
  answers: Partial<Record<Input['kind'], readonly Output[]>> = {}

  handle(input: Input): readonly Output[] {
    if (input.kind !== 'tick') this.inputs.push(input.kind)
    const kind: Input['kind'] = input.kind
    if (kind === 'end' || kind === 'close') this.isOver = true
    const answer = this.answers[kind] ?? []
    delete this.answers[kind]
    return answer
  }
}

export const over = expect.objectContaining({ code: 'driver/over' })

export const persist = (value: number): { kind: 'persist'; record: Uint8Array } => ({
  kind: 'persist',
  record: bytes(value),
})
/** What waits, but for the tick of a host or a seat. */
export const waits = ({ waiting }: ManualTimer, tickMs: number): readonly number[] =>
  waiting.filter(ms => ms !== tickMs)
