import { encodeHex } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import type { GrantList } from '../grants/list.js'
import { type RevocationStep, revocationStatement } from './statements.js'

/** What the audit log should say, in the shape of its records. Who did it, when, and whose record it is adds the caller. */
export interface AccessEntry {
  readonly action: 'create' | 'update' | 'shred'
  readonly detail: {
    /** `Package/<package id in hexadecimal>/<version>`. */
    readonly resource: string
    /** JSON: what was done, the list, the payload, and for a step of revocation what it does not achieve. */
    readonly text: string
    /** SHA-256 of the signed list. */
    readonly digests: readonly { readonly name: string; readonly sha256: Uint8Array }[]
  }
}

export type AccessChange = 'share' | 'grant' | 'new-version' | RevocationStep

const actions: Readonly<Record<AccessChange, AccessEntry['action']>> = {
  share: 'create',
  grant: 'update',
  'new-version': 'update',
  'stop-serving': 'update',
  'new-grants': 'update',
  're-encrypt': 'update',
  shred: 'shred',
}

/** The entry for a change that gave this list. */
export function accessEntry(change: AccessChange, list: GrantList): AccessEntry {
  const { packageId, version, seq, payloadCid, recipientCount } = list
  const facts = { change, seq: seq.toString(), payload: payloadCid, recipients: recipientCount }
  return {
    action: actions[change],
    detail: {
      resource: `Package/${encodeHex(packageId)}/${version}`,
      text: JSON.stringify({ ...facts, ...limitsOf(change, list) }),
      digests: [{ name: 'grant list', sha256: defaultEngine().sha256(list.bytes) }],
    },
  }
}

function limitsOf(change: AccessChange, list: GrantList): { readonly does_not_achieve?: readonly string[] } {
  if (change === 'share' || change === 'grant' || change === 'new-version') return {}
  return { does_not_achieve: revocationStatement(change, list).doesNotAchieve }
}
