/** What a statement of break-glass is refused with. Table: docs/spec/clinic-api.md. */
import { codesOf, type Rules } from './problem-rules.js'

const make = 'Make and sign it as the specification says.'
const look = 'Fetch the request, and see what came of it.'
const other = 'Let somebody do it who may.'

export const breakGlassProblems = {
  'break-glass/invalid': { status: 400, next: make },
  'break-glass/bad-signature': { status: 400, next: make },
  'break-glass/policy': { status: 400, next: make },
  'break-glass/other-clinic': { status: 400, next: 'Take the origin from GET /v1/clinic.' },
  'break-glass/other-request': { status: 400, next: make },
  'break-glass/not-rostered': { status: 403, next: 'Ask the officers for a roster that names the device.' },
  'break-glass/not-custodian': { status: 403, next: other },
  'break-glass/self': { status: 403, next: other },
  'break-glass/not-requester': { status: 403, next: 'Open it on the device that asked.' },
  'break-glass/deadline': { status: 400, next: 'Ask anew, with times that the set allows.' },
  'break-glass/no-witness': {
    status: 503,
    next: 'Send the same request again after retry_ms; then call whoever runs the clinic.',
  },
  'break-glass/waiting': { status: 409, next: 'Wait for that time, then open it.' },
  'break-glass/undecided': { status: 409, next: 'Call another custodian.' },
  'break-glass/denied': { status: 409, next: 'If the emergency goes on, ask anew and call the custodians.' },
  'break-glass/expired': { status: 409, next: 'If the emergency goes on, ask anew.' },
  'break-glass/over': { status: 409, next: 'If the emergency goes on, ask anew.' },
  'break-glass/not-over': { status: 409, next: 'Close it first, or wait until its time is over.' },
  'break-glass/opened': { status: 409, next: 'Close it.' },
  'break-glass/not-opened': { status: 409, next: look },
  'break-glass/conflict': { status: 409, next: look },
  'break-glass/stale': { status: 409, next: 'Fetch the request, look at what came, and sign anew.' },
} as const satisfies Rules<string>

export type BreakGlassCode = keyof typeof breakGlassProblems

export const breakGlassCodes: readonly BreakGlassCode[] = codesOf(breakGlassProblems)
