/** The way to the clinic's ledger over the page's requests: row 19 of docs/spec/clinic-api.md. */
import type { LedgerWay, ProofQuery, Submission } from '@chartseal/clinic/prescriptions'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { type Anchor, anchorOf, decodeRecord } from '@chartseal/emr-ledger'
import { isOffline, isRefused } from '../api/refusals.js'
import type { Requests } from '../api/requests.js'
import { consoleError } from '../errors.js'

export type LedgerRequests = Pick<Requests, 'open' | 'signed'>

/** What is looked at is asked unsigned: nobody need say whose prescription it is. */
export function ledgerWay(requests: LedgerRequests): LedgerWay {
  return {
    async info(kid) {
      const json = jsonOf(await silent(requests.open('GET', `/v1/ledger/signers/${named(kid)}`, 'json')))
      return { ledger: decodeBase64Url(json.text('ledger')), nextSeq: BigInt(json.count('next_seq')) }
    },
    submit: record => submit(requests, record),
    proof: query => silent(requests.open('GET', proofPath(query), 'bytes')),
  }
}

const named = (bytes: Uint8Array): string => encodeBase64Url(bytes)
const jsonOf = (bytes: Uint8Array): JsonObject => JsonObject.parse(new TextDecoder().decode(bytes))

function proofPath({ prescription, signer, from, roster }: ProofQuery): string {
  const about = signer === undefined ? '' : `&signer=${named(signer)}`
  return `/v1/ledger/records/${named(prescription)}/proof?from=${from}&roster=${roster}${about}`
}

/** A key that cannot leave this browser has no second device that could make the same record: `isKnown` says nothing here. */
async function submit(requests: LedgerRequests, record: Uint8Array): Promise<Submission> {
  const path = `/v1/ledger/records/${named(decodeRecord(record).txid)}`
  try {
    await silent(requests.signed('PUT', path, 'json', record))
    return { kind: 'taken' }
  } catch (error) {
    if (!isRefused(error) || !error.context.code.startsWith('ledger/')) throw error
    return { kind: 'refused', code: error.context.code }
  }
}

/** An answer that is none, or for later, is none to whoever waits for a word on a record. */
async function silent(asked: Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await asked
  } catch (error) {
    if (isOffline(error) || isForLater(error)) throw new TypeError('no answer')
    throw error
  }
}

const tooMany = 429
const fault = 500

/** Also where nothing beyond what is known here is final yet. */
function isForLater(error: unknown): boolean {
  if (!isRefused(error)) return false
  const { status, code } = error.context
  return status === tooMany || status >= fault || code === 'ledger-node/not-final'
}

/**
 * Where this device begins: the genesis that the clinic shows at the first contact, whose hash is the ledger's name.
 * @throws ChartsealError `console/offline`, `console/refused`, `console/bad-answer`, `ledger/genesis`
 */
export async function firstAnchor(requests: LedgerRequests): Promise<Anchor> {
  const json = jsonOf(await requests.open('GET', '/v1/ledger', 'json'))
  const anchor = anchorOf(decodeBase64Url(json.text('genesis')))
  if (named(anchor.ledger) !== json.text('ledger'))
    throw consoleError('console/bad-answer', { field: 'ledger' })
  return anchor
}
