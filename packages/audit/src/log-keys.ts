/** The log key, and the change that is under way: what must never be in a backup of the key store. */
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import type { KeyValue, Random } from '@chartseal/core/ports'
import { entryError } from './errors.js'
import type { LogKey } from './wrapped-keys.js'

const keyPrefix = 'log-key/'
const pendingName = 'pending'
const pendingFields = ['generation', 'name']
const decidedFields = ['generation', 'name', 'actor', 'at']

/** Who decided that a key is destroyed, and when, in milliseconds since 1970. */
export interface ShredDecision {
  readonly actor: string
  readonly at: number
}

/** Generation 0: the store is being made. Otherwise the key under `name`, of this generation, is being destroyed. */
export interface Pending {
  readonly generation: number
  readonly name: string
  /** What the log is to record of it; `null` where nobody asked for a record. */
  readonly decision: ShredDecision | null
}

/** The log keys there are, oldest first: one, or two while one replaces the other. */
export async function readLogKeys(store: KeyValue): Promise<readonly LogKey[]> {
  const names = await store.keys(keyPrefix)
  return Promise.all(
    names.map(async name => {
      const bytes = await store.get(name)
      const generation = Number(name.slice(keyPrefix.length))
      if (bytes?.length !== AeadKey.sizeBytes || !Number.isSafeInteger(generation) || generation < 1)
        throw entryError('audit/bad-key-store', {})
      const key = new AeadKey(bytes)
      bytes.fill(0)
      return { generation, key }
    }),
  )
}

/** Makes the log key of this generation; resolves once it is durable. */
export async function addLogKey(store: KeyValue, generation: number, random: Random): Promise<LogKey> {
  const key = AeadKey.generate(random)
  await store.put(nameOf(generation), key.reveal())
  return { generation, key }
}

/** Destroys the log key of this generation; resolves once that is durable. */
export async function destroyLogKey(store: KeyValue, { generation, key }: LogKey): Promise<void> {
  await store.delete(nameOf(generation))
  key.wipe()
}

function nameOf(generation: number): string {
  return keyPrefix + generation.toString().padStart(10, '0')
}

export async function readPending(store: KeyValue): Promise<Pending | null> {
  const bytes = await store.get(pendingName)
  if (bytes === null) return null
  try {
    return pendingIn(bytes)
  } catch {
    throw entryError('audit/bad-key-store', {})
  }
}

function pendingIn(bytes: Uint8Array): Pending {
  const value = decodeCbor(bytes)
  const isDecided = typeof value === 'object' && value !== null && 'actor' in value
  const fields = new CborFields(value, isDecided ? decidedFields : pendingFields)
  return {
    generation: fields.count('generation'),
    name: fields.text('name'),
    decision: isDecided ? { actor: fields.text('actor'), at: fields.count('at') } : null,
  }
}

export async function writePending(store: KeyValue, { generation, name, decision }: Pending): Promise<void> {
  const value = decision === null ? {} : { actor: decision.actor, at: decision.at }
  await store.put(pendingName, encodeCbor({ generation, name, ...value }))
}

export async function clearPending(store: KeyValue): Promise<void> {
  await store.delete(pendingName)
}
