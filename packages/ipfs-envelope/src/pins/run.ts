import { ChartsealError } from '@chartseal/core/errors'
import type { Clock } from '@chartseal/core/ports'
import { exportCar } from '../car/transfer.js'
import { parseCid } from '../cid/parse.js'
import type { BlockReader } from '../stores/port.js'
import { eachBlock } from '../unixfs/walk.js'
import { type PinPolicy, type PinStep, planPins, type Replica, type ReplicaState } from './plan.js'

/** One of the places where a blob is kept. */
export interface ReplicaStore {
  readonly blocks: BlockReader
  /** Whether the store keeps the blob for good; a node may have blocks that it will forget. */
  keeps(cid: string): Promise<boolean>
  /** Stores what is in a CAR, and keeps it; `null` where nobody may write. */
  readonly receive: ((car: AsyncIterable<Uint8Array>) => Promise<unknown>) | null
}

export interface PinRun {
  readonly cid: string
  readonly policy: PinPolicy
  /** By name, in the order in which copies are made. */
  readonly stores: ReadonlyMap<string, ReplicaStore>
  readonly clock: Clock
  /** Bytes of all blocks, 64 added for each; any number when left out: a check gives nothing out. */
  readonly maxBlobBytes?: number
}

export interface PinOutcome {
  readonly replicas: readonly Replica[]
  readonly whole: number
  /** How many of the wanted replicas there are not. */
  readonly missing: number
}

/**
 * Checks every replica that is due and copies the blob where it lacks, until nothing is left to do. Each store is
 * written once at most. Nobody needs a key for it: the CIDs alone say whether everything is there. A copy is checked
 * like any other replica before it counts.
 * @throws ChartsealError `envelope/bad-cid`, `envelope/unsupported-cid`; what fails in a store is its state
 */
export async function keepPins(run: PinRun, known: readonly Replica[] = []): Promise<PinOutcome> {
  parseCid(run.cid)
  const copied = new Set<string>()
  let replicas = firstKnown(run, known)
  for (;;) {
    const plan = planPins(run.policy, replicas, run.clock.nowMs())
    const steps = plan.steps.filter(step => step.kind === 'check' || !copied.has(step.to))
    if (steps.length === 0) return { replicas, whole: plan.whole, missing: lacking(run.policy, plan.whole) }
    for (const step of steps) {
      if (step.kind === 'copy') copied.add(step.to)
      replicas = withReplica(replicas, await applyPinStep(run, step))
    }
  }
}

const lacking = ({ replicas }: PinPolicy, whole: number): number => Math.max(0, replicas - whole)

function firstKnown({ stores }: PinRun, known: readonly Replica[]): readonly Replica[] {
  return [...stores].map(([store, { receive }]) => {
    const found = known.find(replica => replica.store === store)
    const { state, checkedMs } = found ?? { state: null, checkedMs: 0 }
    return { store, state, checkedMs, writable: receive !== null }
  })
}

const withReplica = (replicas: readonly Replica[], changed: Replica): readonly Replica[] =>
  replicas.map(replica => (replica.store === changed.store ? changed : replica))

/** Does one step; what is known of the store afterwards. A copy is due for a check. */
async function applyPinStep(run: PinRun, step: PinStep): Promise<Replica> {
  const name = step.kind === 'check' ? step.store : step.to
  const store = storeOf(run, name)
  const state = step.kind === 'check' ? await checkReplica(store, run) : await copyTo(store, run, step.from)
  return { store: name, state, checkedMs: run.clock.nowMs(), writable: store.receive !== null }
}

function storeOf({ stores }: PinRun, name: string): ReplicaStore {
  const store = stores.get(name)
  if (store === undefined) throw new RangeError('a step must name one of the stores')
  return store
}

/**
 * Reads every block and compares it with its CID.
 * @throws ChartsealError `envelope/bad-cid`, `envelope/unsupported-cid`
 */
export async function checkReplica(
  { blocks, keeps }: Pick<ReplicaStore, 'blocks' | 'keeps'>,
  { cid, maxBlobBytes = Number.POSITIVE_INFINITY }: Pick<PinRun, 'cid' | 'maxBlobBytes'>,
): Promise<ReplicaState> {
  const root = parseCid(cid)
  const walk = { root: cid, blocks, maxBytes: maxBlobBytes, spentBytes: 0 }
  try {
    if (!(await keeps(cid))) return 'absent'
    for await (const _ of eachBlock(root, walk));
    return 'whole'
  } catch (error) {
    return isDamage(error) ? 'damaged' : 'unreachable'
  }
}

const damages: ReadonlySet<string> = new Set(['envelope/blob-not-found', 'envelope/cid-mismatch'])
const isDamage = (error: unknown): boolean => error instanceof ChartsealError && damages.has(error.code)

/** `null`, which is due for a check, when it was copied. */
async function copyTo(store: ReplicaStore, run: PinRun, from: string): Promise<ReplicaState | null> {
  const { cid, maxBlobBytes = Number.POSITIVE_INFINITY } = run
  try {
    await store.receive?.(exportCar(storeOf(run, from).blocks, [cid], { maxBytes: maxBlobBytes }))
    return null
  } catch {
    return 'unreachable'
  }
}
