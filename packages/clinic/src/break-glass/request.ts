/** What the requester signs: to ask, to open, to close. */
import { hpkeKeyPair, x25519Kem } from '@chartseal/core/hpke'
import type { SecretBytes } from '@chartseal/core/keys'
import type { World } from '../world.js'
import { signStatement } from './codec.js'
import { requireTimes } from './deadlines.js'
import { idBytes } from './layouts.js'
import type { EmergencyState } from './state.js'
import type {
  Closed,
  EmergencyReason,
  EmergencyRequest,
  EmergencySet,
  Opened,
  Signatory,
  Statement,
} from './statements.js'

/** What a doctor says who needs a record now. Times in milliseconds since 1970. */
export interface Asking {
  readonly reason: EmergencyReason
  /** Why, for custodians, officers and the patient: 1 to 500 characters. */
  readonly text: string
  readonly decideByMs: number
  readonly accessUntilMs: number
}

/**
 * Signs a request with a key of its own. Keep `secret` before the request leaves: without it nothing that is released can be
 * opened.
 * @throws ChartsealError `break-glass/invalid`, `break-glass/deadline`, `break-glass/expired`, `break-glass/waiting`,
 * `break-glass/bad-signature`
 */
export async function makeEmergencyRequest(
  signatory: Signatory,
  set: Statement<EmergencySet>,
  { reason, text, decideByMs, accessUntilMs }: Asking,
  { clock, random }: World,
): Promise<{ readonly secret: SecretBytes; readonly statement: Statement<EmergencyRequest> }> {
  const { secret, publicKey: key } = hpkeKeyPair(x25519Kem, random)
  const createdMs = clock.nowMs()
  const content = {
    ...({ kind: 'request', origin: set.content.origin, id: random.bytes(idBytes), set: set.hash } as const),
    ...{ reason, text, createdMs, decideByMs, accessUntilMs, key },
  }
  requireTimes(set.content.policy, content, createdMs)
  return { secret, statement: await signStatement(signatory, 'request', content) }
}

/** The requester asks for what was released: the log has it before anything is given. */
export async function makeOpened(
  signatory: Signatory,
  { request }: EmergencyState,
  { clock }: Pick<World, 'clock'>,
): Promise<Statement<Opened>> {
  const content = { kind: 'opened', request: request.hash, atMs: clock.nowMs() } as const
  return signStatement(signatory, 'opened', content)
}

/** Ends the access, or takes back a request that was not opened. @throws ChartsealError `break-glass/invalid` */
export async function makeClosed(
  signatory: Signatory,
  { request }: EmergencyState,
  text: string,
  { clock }: Pick<World, 'clock'>,
): Promise<Statement<Closed>> {
  const content = { kind: 'closed', request: request.hash, atMs: clock.nowMs(), text } as const
  return signStatement(signatory, 'closed', content)
}
