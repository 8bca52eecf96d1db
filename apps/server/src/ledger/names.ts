/** Ids of the ledger in the texts of the interface. */
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { decodeRecord } from '@chartseal/emr-ledger'

/** 32 bytes of a name that was checked. */
export function name32Bytes(name: string): Uint8Array {
  return decodeBase64Url(name)
}

/** Whether the record is the one that its path names. @throws ChartsealError `ledger/record`, `ledger/claims` */
export function isTxidOf(name: string, record: Uint8Array): boolean {
  return encodeBase64Url(decodeRecord(record).txid) === name
}
