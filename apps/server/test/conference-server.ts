/** A conference at a server in a process of its own, with people in it. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { systemClock } from '@chartseal/core/system'
import { patience } from '@chartseal/testkit'
import { expect, vi } from 'vitest'
import type { Person } from './conference-people.js'
import { upTo } from './conference-world.js'
import type { Caller } from './server-process.js'

/** All come from one address here. */
export const roomy = ['--network-rate', '100000', '--hello-rate', '100000'] as const

/** Asked until there is one: the server may just start, and what was signed before that is stale. */
export function ticketOf(caller: Caller, { id }: { readonly id: string }): Promise<string> {
  const body = encodeUtf8(JSON.stringify({ v: 1, until_ms: systemClock.nowMs() + 3_600_000 }))
  return vi.waitFor(async () => {
    const sent = await caller.send('PUT', `/v1/conferences/${id}`, body, 'application/json')
    if (sent.status !== 200) throw new Error(`no ticket: ${sent.body}`)
    return String(JSON.parse(sent.body).ticket)
  }, patience)
}

export const said = (first: number, last: number): readonly string[] =>
  upTo(last, first).map(one => `message ${one}`)

/** All of them, in order, and nothing else. */
export async function expectTexts(people: readonly Person[], texts: readonly string[]): Promise<void> {
  await vi.waitFor(() => {
    const late = people.filter(one => one.texts.length < texts.length).length
    if (late > 0) throw new Error(`${late} of ${people.length} have not got everything`)
  }, patience)
  for (const one of people) expect(one.texts).toEqual(texts)
}
