/** The way of a device to the ledger of a clinic: reading is open, and what it hands in it signs. */
import type { LedgerWay, ProofQuery } from '@chartseal/clinic/prescriptions'
import { decodeBase64Url, decodeUtf8, encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import { decodeRecord } from '@chartseal/emr-ledger'
import type { ClinicClient } from '../../commands/conference/clinic-client.js'
import { type LedgerGet, serverGet } from './server.js'

/** Whatever else is left out is not asked for. */
export type AskedProof = Pick<ProofQuery, 'prescription' | 'signer' | 'from'> & { readonly roster?: bigint }

/** A bundle, for `checkBundle`. @throws ChartsealError `cli/no-answer`, `ledger-node/not-final` */
export function fetchProof(get: LedgerGet, query: AskedProof): Promise<Uint8Array> {
  const { prescription, signer, from, roster } = query
  const asked = new URLSearchParams({ from: `${from}` })
  if (roster !== undefined) asked.set('roster', `${roster}`)
  if (signer !== undefined) asked.set('signer', encodeBase64Url(signer))
  return get(`/records/${encodeBase64Url(prescription)}/proof?${asked}`)
}

/** No answer is an error without a code, as the workflow wants it. */
export function ledgerWay(server: URL, client: ClinicClient): LedgerWay {
  const get = serverGet(server)
  return {
    info: kid =>
      answering(async () => {
        const text = decodeUtf8(await get(`/signers/${encodeBase64Url(kid)}`))
        const about = JsonObject.parse(text)
        const ledger = decodeBase64Url(about.text('ledger'))
        return { ledger, nextSeq: BigInt(about.count('next_seq')) }
      }),
    proof: query => answering(() => fetchProof(get, query)),
    async submit(record) {
      const txid = encodeBase64Url(decodeRecord(record).txid)
      try {
        await client.putBytes(`/v1/ledger/records/${txid}`, record)
        return { kind: 'taken' }
      } catch (error) {
        if (error instanceof ChartsealError && error.code.startsWith('ledger/'))
          return { kind: 'refused', code: error.code }
        throw error
      }
    },
  }
}

const passing: ReadonlySet<string> = new Set(['cli/no-answer', 'ledger-node/not-final'])

async function answering<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof ChartsealError) || !passing.has(error.code)) throw error
    throw new Error(error.message, { cause: error })
  }
}
