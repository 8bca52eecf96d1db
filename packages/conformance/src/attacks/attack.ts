import { ChartsealError } from '@chartseal/core/errors'
import type { Tools } from '../interop/operation.js'

/** Which of the two is told of: the published design, or what is in its place. */
export type Version = 'v1' | 'v2'

/** Takes one line of what happens. */
export type Tell = (line: string) => void

/** Throws what version 2 refuses it with, or gives its word where it refuses in words; anything else was accepted. */
export type Attempt = () => unknown

/** What somebody does to a published design, and the same on version 2. */
export interface Attack {
  readonly name: string
  /** What it does, in one line. */
  readonly title: string
  /** Entries of docs/errata.md. */
  readonly errata: readonly string[]
  /** `package`: our reader of the published format; `model`: the rules of the published code that matter, written anew. */
  readonly against: 'package' | 'model'
  /** What version 2 answers: a code, or the word that it refuses with. */
  readonly refusal: string
  /** Whether the published design is broken now. */
  breaks(tools: Tools, tell: Tell): boolean | Promise<boolean>
  /** Makes what version 2 has in its place, sees that it works, and gives the attempt on it. */
  prepare(tools: Tools, tell: Tell): Attempt | Promise<Attempt>
}

export interface ToldLine {
  readonly version: Version
  readonly text: string
}

/** An attack that was run on both. */
export interface RanAttack {
  readonly attack: Attack
  readonly isBroken: boolean
  /** What version 2 answered; `accepted` when it did not refuse. */
  readonly answer: string
  /** The message of its refusal; `null` where it has none. */
  readonly reason: string | null
  /** The published design is broken, and version 2 refused by the name that it should. */
  readonly ok: boolean
  readonly told: readonly ToldLine[]
}

/** Runs one attack on both, and tells line by line what happens. @throws whatever is no refusal */
export async function runAttack(
  attack: Attack,
  tools: Tools,
  onTold: (line: ToldLine) => void = () => undefined,
): Promise<RanAttack> {
  const told: ToldLine[] = []
  const tellOf =
    (version: Version): Tell =>
    text => {
      told.push({ version, text })
      onTold({ version, text })
    }
  const isBroken = await attack.breaks(tools, tellOf('v1'))
  const refused = await answerTo(await attack.prepare(tools, tellOf('v2')))
  return { attack, isBroken, ...refused, ok: isBroken && refused.answer === attack.refusal, told }
}

async function answerTo(attempt: Attempt): Promise<Pick<RanAttack, 'answer' | 'reason'>> {
  try {
    const word = await attempt()
    return { answer: typeof word === 'string' ? word : 'accepted', reason: null }
  } catch (error) {
    if (error instanceof ChartsealError) return { answer: error.code, reason: error.message }
    throw error
  }
}

/** Says what was shown, where it was. */
export function shown(did: boolean, tell: Tell, line: string): boolean {
  if (did) tell(line)
  return did
}

/** What is there by construction. @throws Error */
export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('internal: it must be there')
  return value
}

/** A copy in which one byte is another. */
export function changedAt(bytes: Uint8Array, place: number, mask: number): Uint8Array {
  return bytes.map((byte, i) => (i === place ? byte ^ mask : byte))
}

/** What must hold in version 2 before it is attacked. @throws Error */
export function requireWorks(works: boolean, what: string): void {
  if (!works) throw new Error(`internal: version 2 does not work before it is attacked: ${what}`)
}
