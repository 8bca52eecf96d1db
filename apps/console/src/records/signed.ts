/** A row with its next grant list, which the clinic does not have yet. */
import { type GrantList, grantListCid } from '@chartseal/ipfs-envelope'
import type { OwnRecord } from './own-row.js'

export const signed = (row: OwnRecord, { bytes }: GrantList): OwnRecord => ({
  ...row,
  seq: row.seq + 1,
  grants: bytes,
  list: grantListCid(bytes),
  why: '',
})
