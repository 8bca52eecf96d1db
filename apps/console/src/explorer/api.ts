/** What anybody may read of the ledger at the clinic: row 20 of docs/spec/clinic-api.md. Nothing of it is checked yet. */
import { type CborValue, decodeBase64Url, decodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import {
  type Block,
  checkOffence,
  decodeBlock,
  decodeHeader,
  decodeRecord,
  type LedgerRecord,
  type Offence,
  type ReadHeader,
} from '@chartseal/emr-ledger'
import { refusalOf } from '../api/refusals.js'
import type { Requests } from '../api/requests.js'
import { consoleError } from '../errors.js'

/** A block that the clinic names. */
export interface NamedBlock {
  readonly id: Uint8Array
  readonly height: number
}

export interface LedgerAbout {
  /** 32 bytes. */
  readonly ledger: Uint8Array
  readonly tip: NamedBlock
  /** Whether the clinic itself seals blocks. */
  readonly seals: boolean
  /** The code of what keeps it from sealing what waits; `null`: nothing does. */
  readonly fault: string | null
  /** How many proofs it has that sealers signed two of what only one may be. */
  readonly offences: number
}

/** Where the clinic says that a record is. */
export type RecordPlaceThere =
  | { readonly kind: 'sealed'; readonly height: number; readonly record: LedgerRecord }
  | { readonly kind: 'pending'; readonly isReady: boolean; readonly record: LedgerRecord }
  | { readonly kind: 'refused'; readonly code: string }

export interface ExplorerApi {
  about(): Promise<LedgerAbout>
  /** By height, at most so many. */
  headers(from: number, limit: number): Promise<readonly ReadHeader[]>
  /** Of the chain that the clinic follows; `null`: it has none at this height. */
  block(height: number): Promise<Block | null>
  pending(): Promise<readonly LedgerRecord[]>
  /** Checked: their signatures verify. */
  offences(): Promise<readonly Offence[]>
  /** By its txid; `null`: it knows of none. */
  record(txid: string): Promise<RecordPlaceThere | null>
}

/** @throws ChartsealError from each call: `console/bad-answer`, `console/offline`, `console/refused` */
export function explorerApi({ open }: Pick<Requests, 'open'>): ExplorerApi {
  const get = (path: string): Promise<Uint8Array> => open('GET', `/v1/ledger${path}`, 'bytes')
  const json = async (path: string): Promise<JsonObject> =>
    JsonObject.parse(new TextDecoder().decode(await open('GET', `/v1/ledger${path}`, 'json')))
  return {
    about: async () => aboutIn(await json('/sealing')),
    async headers(from, limit) {
      const bytes = await get(`/headers?from=${from}&limit=${limit}`)
      return read('headers', () => listIn(bytes).map(headerIn))
    },
    async block(height) {
      const bytes = await unlessMissing(get(`/blocks/${height}`))
      return bytes === null ? null : read('block', () => decodeBlock(bytes))
    },
    async pending() {
      const bytes = await get('/pending')
      return read('pending', () => listIn(bytes).map(item => decodeRecord(bytesIn(item))))
    },
    async offences() {
      const bytes = await get('/offences')
      return read('offences', () => listIn(bytes).map(item => checkOffence(bytesIn(item))))
    },
    async record(txid) {
      const answer = await unlessMissing(json(`/records/${txid}`))
      return answer === null ? null : read('record', () => placeIn(answer))
    },
  }
}

function aboutIn(json: JsonObject): LedgerAbout {
  return read('ledger', () => ({
    ledger: decodeBase64Url(json.text('ledger')),
    tip: blockIn(json.object('tip')),
    seals: json.boolean('seals'),
    fault: json.has('seal_fault') ? json.text('seal_fault') : null,
    offences: json.count('offences'),
  }))
}

function blockIn(json: JsonObject): NamedBlock {
  return { id: decodeBase64Url(json.text('id')), height: json.count('height') }
}

function placeIn(json: JsonObject): RecordPlaceThere {
  const state = json.text('state')
  if (state === 'refused') return { kind: 'refused', code: json.text('code') }
  const record = decodeRecord(decodeBase64Url(json.text('record')))
  if (state === 'pending') return { kind: 'pending', isReady: json.boolean('ready'), record }
  return { kind: 'sealed', height: json.object('sealed').count('height'), record }
}

function headerIn(pair: CborValue): ReadHeader {
  if (!Array.isArray(pair)) throw bad('headers')
  return decodeHeader(bytesIn(pair[0]))
}

function listIn(bytes: Uint8Array): readonly CborValue[] {
  const value = decodeCbor(bytes)
  if (!Array.isArray(value)) throw bad('list')
  return value
}

function bytesIn(value: CborValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw bad('bytes')
  return value
}

const bad = (field: string): Error => consoleError('console/bad-answer', { field })

/** What cannot be read is the clinic's fault, in one word. */
function read<Result>(field: string, parse: () => Result): Result {
  try {
    return parse()
  } catch (error) {
    if (error instanceof ChartsealError) throw bad(field)
    throw error
  }
}

async function unlessMissing<Result>(asked: Promise<Result>): Promise<Result | null> {
  try {
    return await asked
  } catch (error) {
    if (refusalOf(error) === 'ledger-node/missing') return null
    throw error
  }
}
