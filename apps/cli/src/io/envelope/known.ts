/**
 * What a reader remembers of records: the owner of each, and the newest grant list. Without it an old list could be
 * shown again, and nobody would notice.
 */
import { mkdir, stat } from 'node:fs/promises'
import { decodeUtf8, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { openKeyValue, readKeyValue } from '@chartseal/core/files'
import { JsonObject, toJsonText } from '@chartseal/core/json'
import { advancePin, checkPin, type GrantList, type GrantPin, type SeenList } from '@chartseal/ipfs-envelope'
import type { Command } from 'commander'
import { cliError, UsageError } from '../errors.js'
import { isFolder, pathOf } from '../files.js'
import type { Io } from '../io.js'
import { kidOf } from './owner.js'

export interface TrustOptions {
  readonly owner?: string
  readonly known?: string
  readonly anyOwner?: boolean
}

export function withTrust(command: Command): Command {
  return command
    .option('--owner <kid>', 'whose record it must be: 43 characters, as envelope owner prints them')
    .option(
      '--known <folder>',
      'remembers owner and newest list of each record; it is made when it is missing',
    )
    .option('--any-owner', 'take a record that is not known yet from anybody')
}

/**
 * Checks a list against what is given and remembered.
 * @throws ChartsealError `cli/other-owner`, `cli/known-damaged`, `grants/other-owner`, `grants/older`, `grants/forked`;
 * UsageError when nothing says whose it should be
 */
export async function requireTrusted(io: Io, list: GrantList, options: TrustOptions): Promise<GrantPin> {
  const { owner, known, anyOwner = false } = options
  const kid = kidOf({ verifyingKey: list.owner })
  if (owner !== undefined && owner !== kid)
    throw cliError('cli/other-owner', { expected: owner, actual: kid })
  const remembered = known === undefined ? null : await readPin(io, known, list)
  if (remembered === null && owner === undefined && !anyOwner) {
    throw new UsageError(
      `nothing says whose record this must be: give --owner ${kid} if that is who shared it, or --any-owner`,
    )
  }
  const pin = remembered ?? { owner: list.owner, packageId: list.packageId, newest: null }
  checkPin(pin, list)
  return pin
}

/** Durable before what the list opens is shown. @throws as {@link requireTrusted}, `files/…` */
export async function remember(io: Io, list: GrantList, { known }: TrustOptions): Promise<void> {
  if (known === undefined) return
  const folder = pathOf(io, known)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const values = await openKeyValue(folder, { random: io.random })
  try {
    // Another command may have seen a newer one meanwhile.
    const before = pinIn(await values.get(keyOf(list)), list)
    const pin = before ?? { owner: list.owner, packageId: list.packageId, newest: null }
    await values.put(keyOf(list), encodeUtf8(textOf(advancePin(pin, list))))
  } finally {
    await values.close()
  }
}

const keyOf = ({ packageId }: Pick<GrantPin, 'packageId'>): string => encodeHex(packageId)

async function readPin(io: Io, known: string, list: GrantList): Promise<GrantPin | null> {
  const folder = pathOf(io, known)
  if (!(await isFolder(folder))) {
    if ((await stat(folder).catch(() => null)) !== null) throw new UsageError(`${known} is not a folder`)
    return null
  }
  return pinIn(await (await readKeyValue(folder)).get(keyOf(list)), list)
}

function textOf({ owner, newest }: GrantPin): string {
  if (newest === null) throw new Error('internal: a list was seen')
  const { seq, version, payloadCid, cid } = newest
  return `${toJsonText({ v: 1, owner, seq, version, payload: payloadCid, list: cid })}\n`
}

/** @throws ChartsealError `cli/known-damaged` */
function pinIn(bytes: Uint8Array | null, { packageId }: GrantList): GrantPin | null {
  if (bytes === null) return null
  try {
    const object = JsonObject.parse(decodeUtf8(bytes))
    object.refuseOthers(['v', 'owner', 'seq', 'version', 'payload', 'list'])
    const newest: SeenList = {
      seq: object.integer('seq'),
      version: object.count('version'),
      payloadCid: object.text('payload'),
      cid: object.text('list'),
    }
    return { owner: object.hex('owner'), packageId, newest }
  } catch {
    throw cliError('cli/known-damaged', { packageId: encodeHex(packageId) })
  }
}
