import { answers, operations, type Tools } from '@chartseal/conformance/interop'
import { systemRandom } from '@chartseal/core/system'
import { fixedClock } from '@chartseal/testkit'

export type Reply = Readonly<Record<string, unknown>>

export const noonMs: number = Date.UTC(2026, 6, 15, 12)

const tools: Tools = { clock: fixedClock(noonMs), random: systemRandom }

/** The answer to one request. */
export async function ask(request: Readonly<Record<string, unknown>>): Promise<Reply> {
  const [reply] = await askLines(`${JSON.stringify(request)}\n`)
  return reply ?? {}
}

/** Every answer to an input of several lines, or of what should be a line. */
export async function askLines(input: string | Uint8Array): Promise<Reply[]> {
  async function* stream(): AsyncGenerator<string | Uint8Array> {
    yield input
  }
  const replies: Reply[] = []
  for await (const answer of answers(stream(), operations, tools)) replies.push(JSON.parse(answer))
  return replies
}
