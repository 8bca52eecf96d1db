/** Slots: where two devices that pair leave each other a step, which is read once. */
import { z } from 'zod'
import type { Clinic } from '../clinic/clinic.js'
import type { SlotWait } from '../clinic/slot-wait.js'
import { requestError } from '../errors.js'
import { bytes, json } from '../http/answers.js'
import { count, limits, name16, step } from '../http/names.js'
import { bytesBody, type Operation, operation } from '../http/operation.js'

const none = z.strictObject({})
/** One network may put 6,000 steps while they are kept. */
const slotLimits = { steps: limits.slotSteps, all: 20_000 }
const octets = z.string().describe('opaque bytes')
const slotNames = z.strictObject({ slot: name16, step })

const putSlot = operation({
  method: 'PUT',
  path: '/v1/slots/{slot}/{step}',
  summary: 'Leave a step of a pairing',
  auth: 'open',
  // Anybody may, and it takes room for ten minutes.
  cost: 5,
  codes: ['slot/conflict', 'slot/full', 'server/full'],
  params: slotNames,
  query: none,
  body: bytesBody(limits.slotBytes, octets),
  answer: { status: 200, json: z.strictObject({ kept_ms: z.int() }) },
  async run({ params, bytes: body }, { writes, clock, events, room }) {
    await room.require()
    const nowMs = clock.nowMs()
    const put = await writes.commit(tables =>
      tables.slots.put({ ...params, bytes: body, expiresMs: nowMs + limits.slotMs }, nowMs, slotLimits),
    )
    if (put === 'all-full') throw requestError('server/full', {})
    if (put === 'full') throw requestError('slot/full', {})
    if (put === 'conflict') throw requestError('slot/conflict', {})
    if (put === 'stored') events.slot(params.slot)
    return json({ kept_ms: limits.slotMs })
  },
})

const getSlot = operation({
  method: 'GET',
  path: '/v1/slots/{slot}/{step}',
  summary: 'Take a step of a pairing, once; with wait, as soon as it is there',
  auth: 'open',
  codes: ['slot/empty', 'slot/read'],
  params: slotNames,
  query: z.strictObject({ wait: count(0, 25).optional() }),
  answer: { status: 200, type: 'application/octet-stream' },
  async run({ params, query, network, signal }, clinic) {
    const gone = signal()
    const forMs = clinic.state() === 'stopping' ? 0 : (query.wait ?? 0) * 1_000
    const wait = forMs === 0 ? null : clinic.events.awaitSlot(params.slot, network, forMs, gone)
    try {
      return bytes(await taken(clinic, params, wait, gone))
    } finally {
      wait?.end()
    }
  },
})

/** Looks first, and again as often as something came. */
async function taken(
  clinic: Clinic,
  names: z.output<typeof slotNames>,
  wait: SlotWait | null,
  gone: AbortSignal,
): Promise<Uint8Array> {
  do {
    const found = await takeNow(clinic, names, gone)
    if (found !== null) return found
  } while ((await wait?.next()) === true)
  throw requestError('slot/empty', {})
}

async function takeNow(
  { store, clock }: Clinic,
  { slot, step: name }: z.output<typeof slotNames>,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  // Whoever has gone takes nothing with them.
  const found = signal.aborted ? 'missing' : await store.slots.take(slot, name, clock.nowMs())
  if (found === 'taken') throw requestError('slot/read', {})
  return found === 'missing' ? null : found
}

export const slots: readonly Operation[] = [putSlot, getSlot]
