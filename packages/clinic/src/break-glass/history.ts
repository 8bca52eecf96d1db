/** What a clinic shows of a request, checked by whoever reads it: nothing of it is believed. */
import { decodeAccessEntry, openAccessEntry, type ReceiptOptions } from '@chartseal/audit/access'
import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import { applyEvent, markWitnessed, standingThen, startEmergency } from './apply.js'
import { parseEmergencyEvent, parseEmergencySet } from './codec.js'
import { maxSkewMs } from './deadlines.js'
import { eventEntryBytes, officerMark } from './entries.js'
import { breakGlassError } from './errors.js'
import { type EmergencyState, type EventFacts, newestOf, type Standing } from './state.js'
import type { EmergencyEvent, EmergencyRequest, EmergencySet, Statement } from './statements.js'

/** An event as the clinic shows it. */
export interface ShownEvent {
  /** The statement. */
  readonly bytes: Uint8Array
  /** The entry of the log, and what opens its commitment. */
  readonly entry: Uint8Array
  readonly salt: Uint8Array
  /** A tlog-proof with the leaf; `null` while no checkpoint with cosignatures covers it. */
  readonly receipt: string | null
}

export interface HistoryOptions extends ReceiptOptions {
  /** The clinic, as this device knows it. */
  readonly origin: string
  /** What the roster says of whoever signed; left out where an earlier roster counted. */
  readonly standingOf?: (kid: string) => Standing
}

/**
 * Follows a request from its set to its newest event: signatures, the order, the times, the chain of entries, each receipt
 * against the pinned log and its witnesses. What the clinic leaves out at the end cannot be seen here.
 * @param options `log` and `policy` as this device has pinned them
 * @throws ChartsealError `break-glass/other-clinic`, `break-glass/broken-history`, `break-glass/no-receipt`,
 * `break-glass/no-witness`, and as `parseEmergencySet` and `parseEmergencyEvent` do
 */
export function replayEmergency(
  setBytes: Uint8Array,
  events: readonly ShownEvent[],
  options: HistoryOptions,
): EmergencyState {
  const set = parseEmergencySet(setBytes)
  if (set.content.origin !== options.origin)
    throw breakGlassError('break-glass/other-clinic', { what: 'set' })
  let state: EmergencyState | null = null
  let lastIndex = -1
  for (const shown of events) {
    const event = parseEmergencyEvent(shown.bytes)
    const taken = taking(set, state, event, shown, options)
    const receipt = receiptOf(taken, shown, options)
    if (receipt !== null && receipt.index <= lastIndex) throw broken('the order is not that of the log')
    lastIndex = receipt?.index ?? lastIndex
    const isWitnessed = (receipt?.witnesses ?? 0) >= set.content.policy.witnesses
    state = isWitnessed ? markWitnessed(taken, event.hash) : taken
  }
  return state ?? raise(broken('there is no event'))
}

/** The state after an event at the time that its entry says. */
function taking(
  set: Statement<EmergencySet>,
  before: EmergencyState | null,
  event: Statement<EmergencyEvent>,
  { entry }: ShownEvent,
  { standingOf }: HistoryOptions,
): EmergencyState {
  const [atMs, isOfficer] = [timeIn(entry), decoded(entry).ids[4] === officerMark]
  const facts: EventFacts = {
    nowMs: atMs,
    standing: standingOf?.(event.by) ?? standingThen({ event, isOfficer }),
  }
  const state = following(() =>
    before === null ? startEmergency(set, requestIn(event), facts) : applyEvent(before, event, facts),
  )
  if (state === before) throw broken('an event is there twice')
  if (newestOf(state).atMs !== atMs) throw broken('the times go back')
  const previous = before === null ? set.hash : newestOf(before).event.hash
  if (!equal(entry, eventEntryBytes(event, { set, request: state.request, previous, atMs, isOfficer })))
    throw broken('an entry of the log is about something else')
  return state
}

function requestIn(event: Statement<EmergencyEvent>): Statement<EmergencyRequest> {
  const { content } = event
  if (content.kind !== 'request') throw broken('it does not begin with a request')
  return { ...event, content }
}

/** A clinic that took what no clinic takes is not believed, whatever the reason; a missing receipt says so itself. */
function following(step: () => EmergencyState): EmergencyState {
  try {
    return step()
  } catch (error) {
    if (!(error instanceof ChartsealError) || passed.includes(error.code)) throw error
    throw broken(error.code)
  }
}

const passed: readonly string[] = ['break-glass/no-witness', 'break-glass/broken-history']

function timeIn(entry: Uint8Array): number {
  const [, , , atMs = ''] = decoded(entry).ids
  if (!/^(?:0|[1-9]\d{0,15})$/.test(atMs)) throw broken('an entry has no time')
  return Number(atMs)
}

function decoded(entry: Uint8Array): ReturnType<typeof decodeAccessEntry> {
  try {
    return decodeAccessEntry(entry)
  } catch {
    throw broken('an entry cannot be read')
  }
}

function receiptOf(
  state: EmergencyState,
  { entry, salt, receipt }: ShownEvent,
  options: ReceiptOptions,
): { readonly index: number; readonly witnesses: number } | null {
  const proven = receipt === null ? null : openReceipt({ receipt, salt, entry }, options)
  if (proven === null) return null
  const { index, leaf, checkpoint } = proven
  // A clinic that took something later than its log has it could have waited for nothing.
  if (leaf.atMs < newestOf(state).atMs - maxSkewMs) throw broken('an entry is older than what it is about')
  return { index, witnesses: checkpoint.witnesses.length }
}

/** `null` while too few of the pinned witnesses have cosigned. */
function openReceipt(
  shown: Parameters<typeof openAccessEntry>[0],
  options: ReceiptOptions,
): ReturnType<typeof openAccessEntry> | null {
  try {
    return openAccessEntry(shown, options)
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'checkpoint/quorum') return null
    if (error instanceof ChartsealError)
      throw breakGlassError('break-glass/no-receipt', { reason: error.code })
    if (error instanceof RangeError) throw breakGlassError('break-glass/no-receipt', { reason: 'the salt' })
    throw error
  }
}

const broken = (reason: string): Error => breakGlassError('break-glass/broken-history', { reason })

function raise(error: Error): never {
  throw error
}
