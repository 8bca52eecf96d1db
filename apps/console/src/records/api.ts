/** Records and links at the clinic: rows 13 to 16 of docs/spec/clinic-api.md. */
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { refusalOf } from '../api/refusals.js'
import type { Requests } from '../api/requests.js'
import { consoleError } from '../errors.js'
import { eachOnce } from './own-row.js'

export interface GrantsReader {
  readonly kid: string
  /** 0 without an end. */
  readonly untilMs: number
  readonly purposes: readonly string[]
}

export interface PackageThere {
  readonly seq: number
  /** CID of its newest list. */
  readonly list: string
  readonly payload: string
  /** `null`: everybody may have the list. */
  readonly readers: readonly GrantsReader[] | null
}

export interface RecordsApi {
  hasBlock(cid: string): Promise<boolean>
  putBlock(cid: string, bytes: Uint8Array): Promise<void>
  getBlock(cid: string): Promise<Uint8Array>
  /** For good, with all below it; done also when it is not there. */
  deletePayload(cid: string): Promise<void>
  putGrants(id: string, seq: number, grants: Uint8Array, readers: readonly GrantsReader[]): Promise<void>
  /** What the clinic has of a package of this device; `null`: nothing. */
  findPackage(id: string): Promise<PackageThere | null>
  /** The newest list; that it was asked for is in the log before it comes. */
  latestGrants(id: string, purpose: string): Promise<Uint8Array>
}

type Signed = Pick<Requests, 'signed' | 'has'>

export function recordsApi(requests: Signed): RecordsApi {
  const blob = (cid: string): string => `/v1/blobs/${cid}`
  return {
    hasBlock: cid => requests.has(blob(cid), `"${cid}"`),
    putBlock: async (cid, bytes) => {
      const answer = jsonOf(await requests.signed('PUT', blob(cid), 'json', bytes))
      // In the clinic's own words, as a message is.
      if (answer.count('size_bytes') !== bytes.length) throw consoleError('console/offline', {})
    },
    getBlock: cid => requests.signed('GET', blob(cid), 'bytes'),
    deletePayload: async cid => {
      try {
        await requests.signed('DELETE', blob(cid), 'nothing')
      } catch (error) {
        if (!goneCodes.includes(refusalOf(error) ?? '')) throw error
      }
    },
    putGrants: async (id, seq, grants, readers) => {
      const body = { v: 1, grants: encodeBase64Url(grants), readers: eachOnce(readers).map(readerOf) }
      const path = `/v1/packages/${id}/grants/${seq}`
      const answer = jsonOf(await requests.signed('PUT', path, 'json', bytesOf(body), jsonType))
      if (answer.count('seq') !== seq) throw consoleError('console/bad-answer', { field: 'seq' })
    },
    findPackage: async id => {
      try {
        return thereOf(jsonOf(await requests.signed('GET', `/v1/packages/${id}`, 'json')))
      } catch (error) {
        if (refusalOf(error) !== 'package/missing') throw error
        return null
      }
    },
    latestGrants: (id, purpose) =>
      requests.signed('GET', `/v1/packages/${id}/grants/latest?purpose=${purpose}`, 'bytes'),
  }
}

export const jsonType = 'application/json'
const goneCodes = ['blob/deleted', 'blob/missing']

export const bytesOf = (body: object): Uint8Array => encodeUtf8(JSON.stringify(body))
export const jsonOf = (bytes: Uint8Array): JsonObject => JsonObject.parse(new TextDecoder().decode(bytes))

const readerOf = ({ kid, untilMs, purposes }: GrantsReader) => ({
  kid,
  until_ms: untilMs === 0 ? null : untilMs,
  purposes,
})

const thereOf = (json: JsonObject): PackageThere => ({
  seq: json.count('seq'),
  list: json.text('cid'),
  payload: json.text('payload'),
  readers: json.has('readers') ? json.objects('readers').map(readerThere) : null,
})

const readerThere = (json: JsonObject): GrantsReader => ({
  kid: json.text('kid'),
  untilMs: json.has('until_ms') ? json.count('until_ms') : 0,
  purposes: json.texts('purposes'),
})
