/** What custodians decide, and what officers judge afterwards. */
import type { ShareEnvelope } from '@chartseal/shamir'
import type { Roster } from '../roster.js'
import { thumbprintOf } from '../signed-request.js'
import type { World } from '../world.js'
import { requireReleasable } from './apply.js'
import { signStatement } from './codec.js'
import { requireAsked } from './deadlines.js'
import { breakGlassError } from './errors.js'
import { type Parcel, sealedHashOf, sealShare } from './sealed-share.js'
import { requireOwnShare } from './share.js'
import { requireRostered, standingIn } from './standing.js'
import { type EmergencyState, newestOf } from './state.js'
import type {
  Denial,
  EmergencyRequest,
  Release,
  Reviewed,
  ReviewVerdict,
  Signatory,
  Statement,
} from './statements.js'

/**
 * "No log, no key": whether a custodian may release now, by what their own device knows.
 * @param state as `replayEmergency` gave it, with the log and the witnesses that this device has pinned
 * @param roster as this device has checked it
 * @param nowMs by the clock of this device
 * @throws ChartsealError `break-glass/not-rostered`, `break-glass/not-custodian`, `break-glass/self`,
 * `break-glass/no-witness`, `break-glass/conflict`, `break-glass/deadline`, `break-glass/denied`, `break-glass/expired`,
 * `break-glass/over`
 */
export function requireRelease(state: EmergencyState, kid: string, roster: Roster, nowMs: number): void {
  const { by } = state.request
  if (standingIn(roster, by).role !== 'doctor')
    throw breakGlassError('break-glass/not-rostered', { kid: by, needed: 'a doctor' })
  requireRostered(roster, kid)
  requireAsked(state.request.content, nowMs)
  requireReleasable(state, kid, nowMs)
}

/**
 * Seals the share of a custodian to the key of the request, and signs that. The share stays the caller's.
 * @throws ChartsealError as `requireRelease` and `requireOwnShare` do, and `key/small-order`
 */
export async function makeRelease(
  signatory: Signatory,
  state: EmergencyState,
  share: ShareEnvelope,
  { clock, random, roster }: World & { readonly roster: Roster },
): Promise<Parcel<Release>> {
  const kid = thumbprintOf(signatory.verifyingKey)
  const atMs = clock.nowMs()
  requireRelease(state, kid, roster, atMs)
  requireOwnShare(state.set, kid, share)
  const { content, hash: request } = state.request
  const sealed = sealShare(share, content.key, { use: 'release', subject: request, kid }, random)
  const release = { kind: 'release', request, atMs, share: sealedHashOf(sealed) } as const
  return { statement: await signStatement(signatory, 'release', release), shares: [sealed] }
}

/** A denial, of a custodian or within the waiting time of an officer. @throws ChartsealError `break-glass/invalid` */
export async function makeDenial(
  signatory: Signatory,
  request: Statement<EmergencyRequest>,
  text: string,
  { clock }: Pick<World, 'clock'>,
): Promise<Statement<Denial>> {
  const content = { kind: 'denial', request: request.hash, atMs: clock.nowMs(), text } as const
  return signStatement(signatory, 'denial', content)
}

/** What an officer or an auditor says of all that this state has. @throws ChartsealError `break-glass/invalid` */
export async function makeReviewed(
  signatory: Signatory,
  state: EmergencyState,
  { verdict, text }: { readonly verdict: ReviewVerdict; readonly text: string },
  { clock }: Pick<World, 'clock'>,
): Promise<Statement<Reviewed>> {
  const about = { request: state.request.hash, seen: newestOf(state).event.hash, atMs: clock.nowMs() }
  return signStatement(signatory, 'reviewed', { kind: 'reviewed', ...about, verdict, text })
}
