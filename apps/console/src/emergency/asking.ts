/** A requester's side: asked with a key of its own, opened, and read in memory. */
import {
  type Asking,
  type EmergencySet,
  makeEmergencyRequest,
  makeOpened,
  openReleased,
  type Signatory,
  type Statement,
} from '@chartseal/clinic/break-glass'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import { isRefused } from '../api/refusals.js'
import { consoleError } from '../errors.js'
import type { Unlocked } from '../pairs/pairs.js'
import type { RecordsApi } from '../records/api.js'
import { openContent } from '../records/envelope.js'
import type { OpenedRecord } from '../records/received.js'
import { cleanFileName } from '../thread/file-name.js'
import type { EmergencyApi } from './api.js'
import { type EmergencyTrust, type Followed, followed } from './follow.js'
import { forgetAsked, readAsked, writeAsked } from './rows.js'

export interface Requester {
  readonly unlocked: Unlocked
  readonly api: EmergencyApi
  readonly records: Pick<RecordsApi, 'getBlock'>
  readonly signatory: Signatory
  readonly trust: EmergencyTrust
}

const firstServerFault = 500

/**
 * Gives the id of the request. Its secret is on disk before it leaves; without an answer it stays, as the clinic may have
 * taken it.
 * @throws ChartsealError `break-glass/…`, `console/offline`, `console/refused`
 */
export async function ask(
  { unlocked, api, signatory }: Requester,
  set: Statement<EmergencySet>,
  asking: Asking,
): Promise<string> {
  const { secret, statement } = await makeEmergencyRequest(signatory, set, asking, unlocked)
  using owned = secret
  const id = encodeBase64Url(statement.content.id)
  await writeAsked(unlocked, {
    id,
    secret: owned.reveal().slice(),
    statement: statement.bytes,
    set: set.bytes,
  })
  try {
    await api.ask(id, statement.bytes)
  } catch (error) {
    if (isRefused(error) && error.context.status < firstServerFault) await forgetAsked(unlocked, id)
    throw error
  }
  return id
}

/** A record that was opened in an emergency, and custodians whose share could not be used. */
export interface EmergencyRecord extends OpenedRecord {
  readonly useless: readonly string[]
}

/**
 * Says that it is opened, which the log has before anything is given, and reads the record in memory.
 * @throws ChartsealError `console/emergency-elsewhere` for a request that another device has asked, `break-glass/…`,
 * `console/offline`, `console/refused`, `console/damaged-record`, `console/too-large`, `open/failed`, `envelope/…`
 */
export async function open(requester: Requester, { id, state }: Followed): Promise<EmergencyRecord> {
  const { unlocked, api, records, signatory, trust } = requester
  const row = await readAsked(unlocked, id)
  if (row === null) throw consoleError('console/emergency-elsewhere', {})
  using secret = new SecretBytes(row.secret)
  row.secret.fill(0)
  const opened = await makeOpened(signatory, state, unlocked)
  const { request, shares } = await api.open(id, opened.bytes)
  const { capability, useless } = openReleased(followed(id, request, trust).state, shares, secret)
  using key = capability.contentKey
  const { header, content } = await openContent(key, capability, capability.payloadCid, cid =>
    records.getBlock(cid),
  )
  const { mediaType, labels, createdMs } = header
  return { name: cleanFileName(header.name), mediaType, labels, createdMs, content, useless }
}
