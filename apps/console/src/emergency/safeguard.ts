/** An owner's side, ahead of time: a set of shares of one version of one record. */
import {
  type CustodyKey,
  type EmergencyPolicy,
  encodeParcel,
  makeEmergencySet,
  parseCustodyKey,
  type Signatory,
  type Statement,
} from '@chartseal/clinic/break-glass'
import type { Roster } from '@chartseal/clinic/roster'
import { decodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey } from '@chartseal/core/keys'
import { consoleError } from '../errors.js'
import type { Unlocked } from '../pairs/pairs.js'
import { ownRecord } from '../records/own-records.js'
import type { EmergencyApi } from './api.js'

export interface SetWishes {
  /** The package. */
  readonly record: string
  readonly about: string
  /** The device of the patient; empty when there is none. */
  readonly patient: string
  readonly isDrill: boolean
  readonly policy: EmergencyPolicy
  readonly custodians: readonly Statement<CustodyKey>[]
}

/** Those whose key is signed by themselves, and whom the roster names. */
export async function custodiansOf(
  api: Pick<EmergencyApi, 'keys'>,
  { people, officers }: Roster,
  origin: string,
): Promise<readonly Statement<CustodyKey>[]> {
  const named = new Set([...people.map(({ kid }) => kid), ...officers])
  const keys = (await api.keys()).flatMap(readable)
  return keys.filter(({ by, content }) => named.has(by) && content.origin === origin)
}

/** A key that is none is left out: nobody can be a custodian with it. */
function readable(bytes: Uint8Array): readonly Statement<CustodyKey>[] {
  try {
    return [parseCustodyKey(bytes)]
  } catch (error) {
    if (error instanceof ChartsealError) return []
    throw error
  }
}

/** @throws ChartsealError `console/record-gone`, `break-glass/…`, `console/offline`, `console/refused` */
export async function makeSet(
  {
    unlocked,
    api,
    signatory,
    origin,
    roster,
  }: {
    readonly unlocked: Unlocked
    readonly api: Pick<EmergencyApi, 'putSet'>
    readonly signatory: Signatory
    readonly origin: string
    readonly roster: Roster
  },
  { record, ...wishes }: SetWishes,
): Promise<void> {
  const row = await ownRecord(unlocked, record)
  if (row === null || row.contentKey.length === 0) throw consoleError('console/record-gone', {})
  using contentKey = new AeadKey(row.contentKey)
  row.contentKey.fill(0)
  const { version, payload: payloadCid } = row
  const packageId = decodeBase64Url(record)
  const capability = { owner: signatory.verifyingKey, packageId, version, payloadCid, contentKey }
  const parcel = await makeEmergencySet(signatory, { ...wishes, origin, capability, roster }, unlocked)
  await api.putSet(parcel.statement.content.id, encodeParcel(parcel))
}
