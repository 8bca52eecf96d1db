/** What `blobs pin` found the last time, as JSON: `{v, pins: {CID: [{store, state, checked_ms}]}}`. */
import { stat } from 'node:fs/promises'
import { JsonObject, toJsonText } from '@chartseal/core/json'
import type { Replica, ReplicaState } from '@chartseal/ipfs-envelope/pins'
import { systemCode } from '../../io/errors.js'
import { inFile, pathOf, readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { writeBytes } from '../../io/output.js'

export type KnownPins = ReadonlyMap<string, readonly Replica[]>

const states: readonly ReplicaState[] = ['whole', 'damaged', 'absent', 'unreachable']

/** Nothing is known where there is no file yet. @throws ChartsealError `json/invalid` */
export async function readPins(io: Io, file: string): Promise<KnownPins> {
  if (!(await exists(pathOf(io, file)))) return new Map()
  const text = await readText(io, file)
  return inFile(file, () => {
    const pins = JsonObject.parse(text).object('pins')
    return new Map(pins.keys.map(cid => [cid, pins.objects(cid).map(replicaFrom)]))
  })
}

function replicaFrom(json: JsonObject): Replica {
  const state = states.find(known => known === json.raw('state')) ?? null
  // Whether a store takes copies is known anew each time.
  return { store: json.text('store'), state, checkedMs: json.count('checked_ms'), writable: false }
}

export async function writePins(io: Io, file: string, pins: KnownPins): Promise<void> {
  const found = [...pins].map(([cid, replicas]) => [
    cid,
    replicas.map(({ store, state, checkedMs }) => ({ store, state, checked_ms: checkedMs })),
  ])
  await writeBytes(io, file, `${toJsonText({ v: 1, pins: Object.fromEntries(found) })}\n`, { force: true })
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}
