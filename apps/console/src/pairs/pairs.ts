/**
 * The pairs of an unlocked device. Every change is one step, as with the folder of a device: take the lock, read, change,
 * store, and only then let anything leave. The lock is the browser's, so that two tabs are as safe as one.
 */
import { type Change, type Device, newDevice, type Refused, wipeDevice } from '@chartseal/clinic'
import type { Clock, Random } from '@chartseal/core/ports'
import type { Argon2id, Role } from '@chartseal/kdf-keyring'
import { consoleError } from '../errors.js'
import type { Locks } from '../store/locks.js'
import type { KnownRows, SealedRows } from '../store/sealed-rows.js'
import { decodePair, encodePair, newPairId, noRecord, notBlocked, type Pair, pairPrefix } from './pair-row.js'

export interface Unlocked {
  readonly rows: SealedRows
  readonly locks: Locks
  readonly clock: Clock
  readonly random: Random
  /** Instead of the one in WebAssembly. */
  readonly argon2id?: Argon2id | undefined
}

/** Rows that are written in one go with the pair. */
export type Beside = readonly (readonly [key: string, bytes: Uint8Array | null])[]

/** What a step leaves: its answer, the pair to keep (`null` when it did not change), and rows beside it. */
export interface PairChange<Result> {
  readonly result: Result
  readonly pair: Pair | null
  readonly beside?: Beside
}

/** A new pair that is not paired with anybody yet; durable when it resolves. */
export async function createPair(unlocked: Unlocked, role: Role, name: string): Promise<string> {
  const { random, clock } = unlocked
  const id = newPairId(random.bytes(16))
  const device = newDevice(role, name, random)
  const about = { slot: '', peerKid: '', peerBox: '', peerCardMs: 0, kit: null, ...notBlocked, ...noRecord }
  try {
    await store(unlocked, { id, device, createdMs: clock.nowMs(), ...about }, [])
  } finally {
    wipeDevice(device)
  }
  return id
}

/** One step on a pair. Secrets of before and after are wiped when it ends. @throws what the step refuses */
export function changePair<Result>(
  unlocked: Unlocked,
  id: string,
  step: (pair: Pair) => Promise<PairChange<Result>> | PairChange<Result>,
): Promise<Result> {
  return unlocked.locks(`chartseal/${pairPrefix}${id}`, async () => {
    const pair = await readPair(unlocked, id)
    try {
      const after = await step(pair)
      if (after.pair !== null || after.beside !== undefined)
        await store(unlocked, after.pair, after.beside ?? [])
      if (after.pair !== null && after.pair.device !== pair.device) wipeDevice(after.pair.device)
      return after.result
    } finally {
      wipeDevice(pair.device)
    }
  })
}

/** One step of a clinic workflow on the pair's device, with what else of the pair changes. */
export function changeDevice<Result>(
  unlocked: Unlocked,
  id: string,
  step: (device: Device) => Change<Result> | Refused,
  also: (pair: Pair, result: Result) => Partial<Omit<Pair, 'id' | 'device'>> = () => ({}),
): Promise<Result> {
  return changePair<Change<Result> | Refused>(unlocked, id, pair => {
    const change = step(pair.device)
    if ('refusal' in change) return { result: change, pair: { ...pair, device: change.device, slot: '' } }
    return {
      result: change,
      pair: { ...pair, device: change.device ?? pair.device, ...also(pair, change.result) },
    }
  }).then(change => {
    if ('refusal' in change) throw change.refusal
    return change.result
  })
}

/** The pair as it is stored; the caller wipes its device. */
export async function readPair({ rows }: Unlocked, id: string): Promise<Pair> {
  const bytes = await rows.get(`${pairPrefix}${id}`)
  if (bytes === null) throw consoleError('console/damaged-row', { row: 'pair' })
  return decodePair(id, bytes)
}

/** What `look` sees of each pair that is sound; secrets are wiped when it returns. */
export function lookAtPairs<Seen>(unlocked: Unlocked, look: (pair: Pair) => Seen): Promise<readonly Seen[]> {
  return lookAtPairsOnce(unlocked, new Map(), look)
}

/** The same; of a pair that did not change since, what `look` gave then. It must hold no secret. */
export function lookAtPairsOnce<Seen>(
  { rows }: Unlocked,
  known: KnownRows<Seen>,
  look: (pair: Pair) => Seen,
): Promise<readonly Seen[]> {
  return rows.readOnce(pairPrefix, known, (key, bytes) => lookAt(key, bytes, look))
}

function lookAt<Seen>(key: string, bytes: Uint8Array, look: (pair: Pair) => Seen): Seen {
  const pair = decodePair(key.slice(pairPrefix.length), bytes)
  try {
    return look(pair)
  } finally {
    wipeDevice(pair.device)
  }
}

/** Gives up a pair that was never finished. */
export async function removePair({ rows, locks }: Unlocked, id: string): Promise<void> {
  await locks(`chartseal/${pairPrefix}${id}`, () => rows.write([[`${pairPrefix}${id}`, null]]))
}

async function store({ rows }: Unlocked, pair: Pair | null, beside: Beside): Promise<void> {
  if (pair === null) return rows.write(beside)
  const bytes = encodePair(pair)
  try {
    await rows.write([[`${pairPrefix}${pair.id}`, bytes], ...beside])
  } finally {
    bytes.fill(0)
  }
}
