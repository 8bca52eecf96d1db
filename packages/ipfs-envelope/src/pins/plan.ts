/** What to do so that enough stores have a blob: a pure function of what is known. */

export interface PinPolicy {
  /** In how many stores the blob should be, whole; at least 1. */
  readonly replicas: number
  /** How long what a check found is believed, in milliseconds. */
  readonly checkEveryMs: number
}

/**
 * `whole`: every block was there and is what its CID names. `damaged`: a block is missing or another. `absent`: the store
 * does not keep the blob. `unreachable`: nobody knows.
 */
export type ReplicaState = 'whole' | 'damaged' | 'absent' | 'unreachable'

/** What was last found in one store. */
export interface Replica {
  readonly store: string
  /** `null` when it was never checked. */
  readonly state: ReplicaState | null
  readonly checkedMs: number
  /** Whether blobs can be copied there. */
  readonly writable: boolean
}

export type PinStep =
  | { readonly kind: 'check'; readonly store: string }
  | { readonly kind: 'copy'; readonly from: string; readonly to: string }

export interface PinPlan {
  readonly steps: readonly PinStep[]
  /** Stores that have the blob, as far as is known. */
  readonly whole: number
  /** Replicas that are wanted beyond these and that no step makes. */
  readonly missing: number
}

/**
 * Checks come first: nothing is copied while what is known is old. Then damaged replicas are made whole, and as many
 * others as the policy wants, in the order in which the stores are given.
 * @throws RangeError for a policy of no replica, or times that are not numbers
 */
export function planPins(policy: PinPolicy, replicas: readonly Replica[], nowMs: number): PinPlan {
  expectPolicy(policy)
  const whole = replicas.filter(({ state }) => state === 'whole')
  const due = replicas.filter(replica => isDue(replica, policy, nowMs))
  const lacking = Math.max(0, policy.replicas - whole.length)
  if (due.length > 0) {
    const steps = due.map(({ store }) => ({ kind: 'check', store }) as const)
    return { steps, whole: whole.length, missing: lacking }
  }
  const [source] = whole
  if (source === undefined) return { steps: [], whole: 0, missing: lacking }
  const targets = targetsOf(replicas, lacking)
  const steps = targets.map(({ store }) => ({ kind: 'copy', from: source.store, to: store }) as const)
  return { steps, whole: whole.length, missing: Math.max(0, lacking - targets.length) }
}

function expectPolicy({ replicas, checkEveryMs }: PinPolicy): void {
  if (!Number.isSafeInteger(replicas) || replicas < 1) throw new RangeError('replicas must be at least 1')
  if (!(checkEveryMs >= 0)) throw new RangeError('checkEveryMs must not be negative')
}

/** What was found in the future was found under a wrong clock. */
function isDue({ state, checkedMs }: Replica, { checkEveryMs }: PinPolicy, nowMs: number): boolean {
  return state === null || nowMs - checkedMs >= checkEveryMs || checkedMs > nowMs
}

function targetsOf(replicas: readonly Replica[], lacking: number): readonly Replica[] {
  const writable = replicas.filter(replica => replica.writable)
  const damaged = writable.filter(({ state }) => state === 'damaged')
  const absent = writable.filter(({ state }) => state === 'absent')
  return [...damaged, ...absent.slice(0, Math.max(0, lacking - damaged.length))]
}
