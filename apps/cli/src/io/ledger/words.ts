/** Blocks, records and claims for people and as JSON. */
import { encodeHex } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import type { Block, Claims, LedgerRecord } from '@chartseal/emr-ledger'

/** What the ledger shows of a record to everybody. */
export function claimsAnswer({ txid, claims }: LedgerRecord): Answer {
  const { kind, signer, seq, authoredOn } = claims
  return {
    txid: encodeHex(txid),
    ...{ kind, signer: encodeHex(signer), seq, authored_on: authoredOn },
    ...aboutAnswer(claims),
  }
}

function aboutAnswer(claims: Claims): Answer {
  switch (claims.kind) {
    case 'prescribe':
      return { quantity: claims.quantity, valid_until: claims.validUntil }
    case 'replace': {
      const { quantity, validUntil } = claims
      return { quantity, valid_until: validUntil, prescription: encodeHex(claims.prescription) }
    }
    case 'cancel':
      return { prescription: encodeHex(claims.prescription) }
    case 'dispense':
      return { quantity: claims.quantity, prescription: encodeHex(claims.prescription) }
    case 'roster':
      return { roster: claims.roster.number, members: claims.roster.members.length }
  }
}

export function recordLine(record: LedgerRecord): string {
  const { claims, txid } = record
  const units = 'quantity' in claims ? ` ${claims.quantity}` : ''
  const of = 'prescription' in claims ? ` of ${encodeHex(claims.prescription)}` : ''
  return `  ${claims.kind}${units}${of}  ${encodeHex(txid)}`
}

export function blockAnswer({ header, records }: Block): Answer {
  return {
    height: header.height,
    id: encodeHex(header.id),
    timestamp: header.timestamp,
    records: records.map(claimsAnswer),
  }
}
