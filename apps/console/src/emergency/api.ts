/** Break-glass at the clinic: each call is one operation of docs/spec/clinic-api.md. */
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { refusalOf } from '../api/refusals.js'
import type { Requests } from '../api/requests.js'
import {
  type GivenShares,
  type LastDrill,
  type ListedPage,
  type ListedSet,
  type QueuedRequest,
  readGiven,
  readKeys,
  readQueue,
  readRequest,
  readSets,
  readSetWithShare,
  type SetWithShare,
  type ShownRequest,
} from './answers.js'

export interface EmergencyApi {
  putKey(statement: Uint8Array): Promise<void>
  keys(): Promise<readonly Uint8Array[]>
  putSet(id: Uint8Array, parcel: Uint8Array): Promise<void>
  /** But for those that the clinic cannot read any more. */
  sets(): Promise<{ readonly sets: readonly ListedSet[]; readonly lastDrill: LastDrill | null }>
  set(id: Uint8Array): Promise<SetWithShare>
  ask(id: string, statement: Uint8Array): Promise<ShownRequest>
  /** Every request that this device may see, the oldest first; `broken`: ids of those that the clinic cannot read any more. */
  queue(): Promise<{ readonly requests: readonly QueuedRequest[]; readonly broken: readonly string[] }>
  request(id: string): Promise<ShownRequest>
  vote(id: string, body: Uint8Array): Promise<ShownRequest>
  open(id: string, statement: Uint8Array): Promise<GivenShares>
  close(id: string, statement: Uint8Array): Promise<ShownRequest>
  review(id: string, statement: Uint8Array): Promise<ShownRequest>
  /** The newest roster, or this one, and who signed it; `null` where there is none. */
  roster(seq?: number): Promise<SignedRoster | null>
  /** The Ed25519 key of a device, by its name; `null` for one that the clinic does not know. */
  identity(kid: string): Promise<Uint8Array | null>
}

export interface SignedRoster {
  readonly text: Uint8Array
  readonly signatures: readonly { readonly kid: string; readonly signature: Uint8Array }[]
}

const path = '/v1/breakglass'
/** Nobody has so many; a clinic that goes on for ever is not followed. */
const maxPages = 1_000

/** @throws ChartsealError from each call: `console/offline`, `console/refused`, `console/bad-answer` */
export function emergencyApi(requests: Pick<Requests, 'signed' | 'kid'>): EmergencyApi {
  const { kid } = requests
  const get = async (at: string): Promise<JsonObject> => jsonOf(await requests.signed('GET', at, 'json'))
  const put = async (at: string, body: Uint8Array): Promise<JsonObject> =>
    jsonOf(await requests.signed('PUT', at, 'json', body))
  return {
    putKey: async statement => void (await put(`${path}/keys/${kid}`, statement)),
    async keys() {
      const found = await all('', async after =>
        readKeys(await get(`${path}/keys?limit=200${after === '' ? '' : `&after=${after}`}`)),
      )
      return found.rows
    },
    putSet: async (id, parcel) => void (await put(`${path}/sets/${encodeBase64Url(id)}`, parcel)),
    async sets() {
      let lastDrill: LastDrill | null = null
      const { rows } = await all(0, async after => {
        const page = readSets(await get(`${path}/sets?limit=200&after=${after}`), after)
        lastDrill = page.lastDrill
        return page
      })
      return { sets: rows, lastDrill }
    },
    set: async id => readSetWithShare(await get(`${path}/sets/${encodeBase64Url(id)}`)),
    ask: async (id, statement) => readRequest(await put(`${path}/${id}`, statement)),
    async queue() {
      const { rows, broken } = await all(0, async after =>
        readQueue(await get(`${path}?limit=200&after=${after}`), after),
      )
      return { requests: rows, broken }
    },
    request: async id => readRequest(await get(`${path}/${id}`)),
    vote: async (id, body) => readRequest(await put(`${path}/${id}/votes/${kid}`, body)),
    open: async (id, statement) => readGiven(await put(`${path}/${id}/open`, statement)),
    close: async (id, statement) => readRequest(await put(`${path}/${id}/close`, statement)),
    review: async (id, statement) => readRequest(await put(`${path}/${id}/reviews/${kid}`, statement)),
    roster: seq =>
      unless('request/not-found', async () =>
        rosterOf(await get(seq === undefined ? '/v1/roster' : `/v1/roster/${seq}`)),
      ),
    identity: name =>
      unless('device/missing', async () =>
        decodeBase64Url((await get(`/v1/devices/${name}`)).text('identity')),
      ),
  }
}

async function unless<Found>(code: string, ask: () => Promise<Found>): Promise<Found | null> {
  try {
    return await ask()
  } catch (error) {
    if (refusalOf(error) !== code) throw error
    return null
  }
}

const jsonOf = (bytes: Uint8Array): JsonObject => JsonObject.parse(new TextDecoder().decode(bytes))

const rosterOf = (json: JsonObject): SignedRoster => ({
  text: decodeBase64Url(json.text('roster')),
  signatures: json.objects('signatures').map(one => ({
    kid: one.text('kid'),
    signature: decodeBase64Url(one.text('signature')),
  })),
})

/** @param first where the first page begins; each later one behind the `last` of the one before */
async function all<Row, Place>(
  first: Place,
  next: (after: Place) => Promise<ListedPage<Row, Place>>,
): Promise<Pick<ListedPage<Row, Place>, 'rows' | 'broken'>> {
  const found: { readonly rows: Row[]; readonly broken: string[] } = { rows: [], broken: [] }
  let after = first
  for (let page = 0; page < maxPages; page++) {
    const { rows, broken, more, last } = await next(after)
    found.rows.push(...rows)
    found.broken.push(...broken)
    if (!more || last === after) break
    after = last
  }
  return found
}
