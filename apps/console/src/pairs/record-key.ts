/**
 * The record key of this device: an X25519 pair to which others seal the keys of records. It is made once, goes with the
 * recovery kit, and its public half is told to the other side of each pair.
 */
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'
import { AgreementKey, publicKeyOf } from '@chartseal/core/x25519'
import { keptKits } from '../kit/kit-row.js'
import { sealQuietly } from '../thread/send.js'
import { type Card, cardBody } from './card.js'
import { mayTell } from './may-write.js'
import { isPaired, type Pair } from './pair-row.js'
import { changePair, lookAtPairs, type Unlocked } from './pairs.js'

const row = 'record-keys'
const version = 1
const secretBytes = 32
/** That of this device, and those that kits brought. */
const maxKeys = 64

/** The secret keys, that of this device first; the others came with kits. The first call makes it. The caller wipes them. */
export function recordKeys(unlocked: Unlocked): Promise<readonly Uint8Array[]> {
  return unlocked.locks('chartseal/record-keys', async () => {
    const found = await storedKeys(unlocked)
    if (found.length > 0) return found
    using made = AgreementKey.generate(unlocked.random)
    await storeKeys(unlocked, [made.reveal()])
    return [made.reveal().slice()]
  })
}

/**
 * What a kit brought is for opening what was sealed to it, and is told to nobody: whoever has the lost device has it, too. The
 * key of this device is its own.
 */
export async function bringRecordKeys(unlocked: Unlocked, keys: readonly Uint8Array[]): Promise<void> {
  if (keys.length === 0) return
  await unlocked.locks('chartseal/record-keys', async () => {
    const stored = await storedKeys(unlocked)
    using made = AgreementKey.generate(unlocked.random)
    const known = stored.length > 0 ? stored : [made.reveal().slice()]
    const texts = new Set(known.map(String))
    const more = keys.filter(key => key.length === secretBytes && !texts.has(String(key)))
    await storeKeys(unlocked, [...known, ...more].slice(0, maxKeys))
    for (const key of known) key.fill(0)
  })
}

/** The public half of this device's key. */
export async function recordPublicKey(unlocked: Unlocked): Promise<Uint8Array> {
  const keys = await recordKeys(unlocked)
  try {
    using key = new AgreementKey(keys[0] ?? new Uint8Array())
    return publicKeyOf(key)
  } finally {
    for (const one of keys) one.fill(0)
  }
}

/** The same as cards say it. */
export async function recordKeyText(unlocked: Unlocked): Promise<string> {
  const { formatRecordKey } = await import('../records/record-text.js')
  return formatRecordKey(await recordPublicKey(unlocked))
}

/**
 * Whether others may learn it: a kit that counts has it, or none counts yet. What is sealed to a key that is in no kit is lost
 * with the device, while the page says that there is a kit.
 */
export async function mayTellRecordKey(unlocked: Unlocked, record: string): Promise<boolean> {
  const roots = new Set(
    (await lookAtPairs(unlocked, ({ kit }) => kit?.root ?? '')).filter(root => root !== ''),
  )
  return (
    roots.size === 0 || (await keptKits(unlocked)).some(kit => roots.has(kit.root) && kit.record === record)
  )
}

/** Tells it to the other side of each pair that was not told: one that is older than this page, or whose other side moved. */
export async function tellRecordKey(unlocked: Unlocked, own: Card): Promise<void> {
  const { record } = own
  if (record === undefined) return
  const isDue = (pair: Pair): boolean => isPaired(pair) && pair.toldRecord !== record
  for (const id of (await lookAtPairs(unlocked, pair => (isDue(pair) ? [pair.id] : []))).flat())
    await changePair(unlocked, id, async pair => {
      if (!isDue(pair) || !(await mayTell(unlocked, pair))) return { result: null, pair: null }
      const told = sealQuietly(unlocked, pair, cardBody(own), true)
      return { ...told, pair: { ...(told.pair ?? pair), toldRecord: record } }
    })
}

async function storedKeys({ rows }: Unlocked): Promise<readonly Uint8Array[]> {
  const bytes = await rows.get(row)
  if (bytes === null) return []
  const map = CborFields.decode(bytes, ['v', 'keys'])
  bytes.fill(0)
  map.count('v', version, version)
  return map.byteStrings('keys', maxKeys, secretBytes)
}

async function storeKeys({ rows }: Unlocked, keys: readonly Uint8Array[]): Promise<void> {
  const bytes = encodeCbor({ v: version, keys: [...keys] })
  try {
    await rows.write([[row, bytes]])
  } finally {
    bytes.fill(0)
  }
}
