/** The two files of a ring folder as bytes: the folder's key under the passphrase, the state under the folder's key. */
import { concat } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { openBytes, sealBytes } from '@chartseal/core/chunked'
import { encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import type { Device } from '../device.js'
import { decodeDevice, isOlderDevice } from '../device-cbor.js'
import { clinicError } from '../errors.js'

const version = 3
/** Never with two keys; read, not written. */
const olderVersion = 2
const keyLabel = 'chartseal/ring-folder/v2'
const stateLabel: Uint8Array = encodeUtf8('chartseal/ring-state/v2')

/** The file `key`, before the passphrase. */
export interface KeyFile {
  readonly phc: string
  readonly sealed: Uint8Array
}

/** @throws ChartsealError `ring/damaged` */
export function parseKeyFile(bytes: Uint8Array): KeyFile {
  try {
    const fields = CborFields.decode(bytes, ['v', 'phc', 'sealed'])
    fields.count('v', version, olderVersion)
    return { phc: fields.text('phc'), sealed: fields.bytes('sealed') }
  } catch (error) {
    const reason = error instanceof Error ? error.message : ''
    throw clinicError('ring/damaged', { file: 'key', reason })
  }
}

/** One key, or two while the folder changes from the first to the second. */
export type FolderKeys = readonly [AeadKey, ...AeadKey[]]

/** @throws ChartsealError `ring/wrong-passphrase` */
export function openFolderKeys({ phc, sealed }: KeyFile, passphraseKey: AeadKey): FolderKeys {
  const bytes = opened(passphraseKey, sealed, keyContext(phc))
  if (bytes === null) throw clinicError('ring/wrong-passphrase', {})
  try {
    const first = new AeadKey(bytes.subarray(0, AeadKey.sizeBytes))
    if (bytes.length === AeadKey.sizeBytes) return [first]
    return [first, new AeadKey(bytes.subarray(AeadKey.sizeBytes))]
  } finally {
    bytes.fill(0)
  }
}

export function sealFolderKeys(
  phc: string,
  passphraseKey: AeadKey,
  keys: FolderKeys,
  random: Random,
): Uint8Array {
  const bytes = concat(...keys.map(key => key.reveal()))
  try {
    return encodeCbor({ v: version, phc, sealed: sealBytes(passphraseKey, bytes, keyContext(phc), random) })
  } finally {
    bytes.fill(0)
  }
}

export function sealState(key: AeadKey, bytes: Uint8Array, random: Random): Uint8Array {
  return sealBytes(key, bytes, stateLabel, random)
}

/** A state that was opened. The caller wipes the key and the device. */
export interface OpenedState {
  readonly device: Device
  /** The one that opened it. */
  readonly key: AeadKey
  /** Written by an earlier version, with secrets that this one does not keep. */
  readonly isOlder: boolean
}

/** Takes over the keys. `null` when none of them opens the state. @throws ChartsealError `ring/damaged` */
export function openState(sealed: Uint8Array, keys: FolderKeys): OpenedState | null {
  for (const key of keys) {
    const bytes = opened(key, sealed, stateLabel)
    if (bytes === null) continue
    for (const other of keys) if (other !== key) other.wipe()
    const isOlder = isOlderDevice(bytes)
    return { device: decodeDevice(bytes), key, isOlder }
  }
  for (const key of keys) key.wipe()
  return null
}

function keyContext(phc: string): Uint8Array {
  return encodeUtf8(`${keyLabel}${phc}`)
}

/** `null` when it does not open, for whatever reason. */
function opened(key: AeadKey, sealed: Uint8Array, context: Uint8Array): Uint8Array | null {
  try {
    return openBytes(key, sealed, context)
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}
