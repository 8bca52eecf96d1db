/** What a block store says of payloads that it does not hand out any more: beside the blocks, in folders of their own. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeUtf8, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { openKeyValue, readKeyValue } from '@chartseal/core/files'
import { JsonObject, toJsonText } from '@chartseal/core/json'
import type { GrantList, Serving, Tombstone, Tombstones } from '@chartseal/ipfs-envelope'
import { cliError } from '../errors.js'
import { isFolder, pathOf } from '../files.js'
import type { Io } from '../io.js'

const [graves, stops] = ['tombstones', 'stopped']

/** One after the other, each durable before it counts. */
async function change(
  io: Io,
  store: string,
  kind: string,
  key: string,
  next: (before: Uint8Array | null) => Uint8Array | null,
): Promise<void> {
  const folder = join(pathOf(io, store), kind)
  await mkdir(folder, { recursive: true })
  const values = await openKeyValue(folder, { random: io.random, mode: 0o644 })
  try {
    const before = await values.get(key)
    const after = next(before)
    if (after === null) await values.delete(key)
    else if (before === null) await values.put(key, after)
  } finally {
    await values.close()
  }
}

async function find(io: Io, store: string, kind: string, key: string): Promise<Uint8Array | null> {
  const folder = join(pathOf(io, store), kind)
  return (await isFolder(folder)) ? (await readKeyValue(folder)).get(key) : null
}

export function storeTombstones(io: Io, store: string): Tombstones {
  return {
    bury: tombstone =>
      change(io, store, graves, tombstone.payloadCid, before => before ?? encodeUtf8(textOf(tombstone))),
  }
}

function textOf({ packageId, version, payloadCid, step, atMs }: Tombstone): string {
  const fields = { v: 1, package_id: packageId, version, payload_cid: payloadCid, step, at_ms: atMs }
  return `${toJsonText(fields)}\n`
}

/** The mark that stops this store from handing a package out. */
export function storeServing(io: Io, store: string): Serving {
  const atMs = io.clock.nowMs()
  const text = `${toJsonText({ v: 1, at_ms: atMs })}\n`
  return {
    stop: packageId => change(io, store, stops, encodeHex(packageId), before => before ?? encodeUtf8(text)),
  }
}

export function serveAgain(io: Io, store: string, { packageId }: GrantList): Promise<void> {
  return change(io, store, stops, encodeHex(packageId), () => null)
}

/** @throws ChartsealError `cli/not-served`, `cli/taken-back` */
export async function requireServed(
  io: Io,
  store: string,
  { packageId, payloadCid }: Pick<GrantList, 'packageId' | 'payloadCid'>,
): Promise<void> {
  const id = encodeHex(packageId)
  if ((await find(io, store, stops, id)) !== null) throw cliError('cli/not-served', { packageId: id })
  const grave = await find(io, store, graves, payloadCid)
  if (grave !== null) throw cliError('cli/taken-back', { cid: payloadCid, at: timeIn(grave) })
}

/** What the mark says; it is only told. */
function timeIn(bytes: Uint8Array): string {
  try {
    return new Date(JsonObject.parse(decodeUtf8(bytes)).count('at_ms')).toISOString()
  } catch {
    return 'a time that is not told'
  }
}
