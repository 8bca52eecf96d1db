/** A ring sealed under a passphrase, for a file or a new device. Byte table: docs/spec/keyring-v2.md. */
import { CborFields } from '@chartseal/core/cbor'
import { openBytes, sealBytes } from '@chartseal/core/chunked'
import { encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError, coreError } from '@chartseal/core/errors'
import type { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { maxDevices } from './chain.js'
import { keyringError } from './errors.js'
import { hardenPassphrase, systemArgon2id } from './harden.js'
import type { Role } from './pairing-payload.js'
import {
  formatPhc,
  leastArgon2id,
  newArgon2id,
  newPbkdf2,
  type PassphraseParameters,
  parsePhc,
} from './phc.js'
import type { Argon2id } from './platform.js'
import { copyGrace, copySecret, nothingSent, type Ring, refuseDevice, wipeRing } from './ring.js'
import { decodeRing, encodeRing } from './state.js'

const version = 3
/** Without a role; read, never written. */
const olderVersion = 2
/** Far above what a ring can be: 1,200 epochs in grace are 4 MB. */
const maxExportBytes = 2 ** 23

export interface ExportOptions {
  /** Who exports; the import refuses another role. */
  readonly role?: Role
  readonly random?: Random
  /** Unless given: Argon2id, 64 MiB; PBKDF2 where Argon2 is not to be had. */
  readonly parameters?: PassphraseParameters
  /** The passphrase is a random key of 256 bits, which nothing makes harder to guess: the least work does. */
  readonly fullEntropy?: boolean
  readonly argon2id?: Argon2id | undefined
}

export interface ImportOptions {
  /**
   * The number of the new device. Unless given, the one that the exporting ring set aside, which is right once:
   * a second device from the same export, or from an export of an export, needs another.
   */
  readonly device?: number
  /** Who imports. */
  readonly role?: Role
  readonly argon2id?: Argon2id | undefined
}

/**
 * Seals a ring at rest, or for a new device. Whoever opens it reads the active epoch, those in grace and all
 * later ones. Store the returned ring: it has set the device number aside.
 * @throws ChartsealError `keyring/weak-parameters`, `keyring/bad-phc`, `keyring/no-argon2`, `key/wiped`
 */
export async function exportRing(
  ring: Ring,
  passphrase: string,
  options: ExportOptions = {},
): Promise<{ readonly ring: Ring; readonly sealed: Uint8Array }> {
  const { random = systemRandom, role = '' } = options
  const { phc, key } = await newKey(passphrase, random, options)
  const state = encodeRing(ring)
  const content = encodeCbor({ ring: state, role })
  try {
    const sealed = sealBytes(key, content, contextOf(version, phc), random)
    const nextDevice = Math.min(ring.nextDevice + 1, maxDevices)
    const next = { ...ring, nextDevice, chain: copySecret(ring.chain), grace: copyGrace(ring.grace) }
    return { ring: next, sealed: encodeCbor({ v: version, phc, sealed }) }
  } finally {
    state.fill(0)
    content.fill(0)
    key.wipe()
  }
}

/**
 * The ring of a new device: same keys, a device number of its own, counters from 0.
 * @throws ChartsealError `keyring/bad-export`, `keyring/bad-phc`, `keyring/no-argon2`, `open/failed` for a wrong
 * passphrase or a changed export, `keyring/other-role`, `keyring/device-taken` for a number that the export knows to be
 * given out, `keyring/no-device-left`
 * @throws RangeError for a device number above 31
 */
export async function importRing(
  sealed: Uint8Array,
  passphrase: string,
  options: ImportOptions = {},
): Promise<Ring> {
  const { ring, role } = await openExport(sealed, passphrase, options.argon2id)
  try {
    if (options.role !== undefined && role !== '' && role !== options.role) {
      throw keyringError('keyring/other-role', { role })
    }
    const device = freeDevice(ring, options.device)
    return { ...ring, device, nextDevice: device + 1, sent: nothingSent }
  } catch (error) {
    wipeRing(ring)
    throw error
  }
}

function freeDevice({ nextDevice }: Ring, wanted: number = nextDevice): number {
  if (nextDevice >= maxDevices) throw keyringError('keyring/no-device-left', {})
  refuseDevice(wanted)
  if (wanted < nextDevice) throw keyringError('keyring/device-taken', { device: wanted, free: nextDevice })
  return wanted
}

/**
 * The ring as it was stored, to go on with on the same device: for a ring at rest of which no later state exists.
 * @throws ChartsealError as {@link importRing}
 */
export async function openRingAtRest(
  sealed: Uint8Array,
  passphrase: string,
  argon2id: Argon2id = systemArgon2id,
): Promise<Ring> {
  return (await openExport(sealed, passphrase, argon2id)).ring
}

/** The parameters of an export, which anybody can see. @throws ChartsealError `keyring/bad-export`, `keyring/bad-phc` */
export function inspectExport(sealed: Uint8Array): PassphraseParameters {
  return parsePhc(readExport(sealed).text('phc'))
}

interface Exported {
  readonly ring: Ring
  /** Empty in an export that does not say. */
  readonly role: string
}

async function openExport(
  sealed: Uint8Array,
  passphrase: string,
  argon2id: Argon2id = systemArgon2id,
): Promise<Exported> {
  const fields = readExport(sealed)
  const [v, phc] = [fields.count('v'), fields.text('phc')]
  using key = await hardenPassphrase(passphrase, parsePhc(phc), argon2id)
  const content = openState(key, fields.bytes('sealed'), contextOf(v, phc))
  if (v === olderVersion) return { ring: decodeWhole(content), role: '' }
  try {
    const { state, role } = readContent(content)
    return { ring: decodeWhole(state), role }
  } finally {
    content.fill(0)
  }
}

// The length is public, but one answer is enough for whatever lies inside.
function openState(key: AeadKey, sealed: Uint8Array, context: Uint8Array): Uint8Array {
  try {
    return openBytes(key, sealed, context)
  } catch {
    throw coreError('open/failed', {})
  }
}

const roles: readonly string[] = ['doctor', 'patient', ''] satisfies readonly (Role | '')[]

/** What was sealed: only who has the key can have made anything else. */
function readContent(content: Uint8Array): { readonly state: Uint8Array; readonly role: string } {
  try {
    const map = CborFields.decode(content, ['ring', 'role'])
    const role = map.text('role')
    if (roles.includes(role)) return { state: map.bytes('ring'), role }
  } catch {
    // One answer for both.
  }
  throw coreError('open/failed', {})
}

/** Takes over `state` and wipes it. */
function decodeWhole(state: Uint8Array): Ring {
  try {
    return decodeRing(state)
  } finally {
    state.fill(0)
  }
}

function readExport(sealed: Uint8Array): CborFields {
  if (sealed.length > maxExportBytes) throw keyringError('keyring/bad-export', { reason: 'it is too long' })
  try {
    const fields = CborFields.decode(sealed, ['v', 'phc', 'sealed'])
    fields.count('v', version, olderVersion)
    return fields
  } catch (error) {
    const reason = error instanceof ChartsealError ? error.message : 'it cannot be read'
    throw keyringError('keyring/bad-export', { reason })
  }
}

async function newKey(
  passphrase: string,
  random: Random,
  { parameters, fullEntropy = false, argon2id = systemArgon2id }: ExportOptions,
): Promise<{ phc: string; key: AeadKey }> {
  const harden = async (chosen: PassphraseParameters): Promise<{ phc: string; key: AeadKey }> => {
    const phc = formatPhc(chosen)
    return { phc, key: await hardenPassphrase(passphrase, chosen, argon2id) }
  }
  if (parameters !== undefined) return harden(parameters)
  return harden(fullEntropy ? leastArgon2id(random) : newArgon2id(random)).catch((error: unknown) => {
    if (error instanceof ChartsealError && error.code === 'keyring/no-argon2')
      return harden(newPbkdf2(random))
    throw error
  })
}

function contextOf(v: number, phc: string): Uint8Array {
  return encodeUtf8(`chartseal/export/v${v}${phc}`)
}
