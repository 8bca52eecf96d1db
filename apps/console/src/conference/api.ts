/** Conferences at the clinic: row 12 of docs/spec/clinic-api.md. */
import { decodeBase64Url } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { refusalOf } from '../api/refusals.js'
import type { Requests } from '../api/requests.js'
import { consoleError } from '../errors.js'
import { bytesOf, jsonType } from '../records/api.js'

const pathOf = (id: string): string => `/v1/conferences/${id}`
const ticketBytes = 32

/** With which this device may hold the conference, once; the first device that asks owns it. */
export async function hostTicket(
  { signed }: Pick<Requests, 'signed'>,
  id: string,
  untilMs: number,
): Promise<Uint8Array> {
  const body = bytesOf({ v: 1, until_ms: untilMs })
  const answer = await signed('PUT', pathOf(id), 'json', body, jsonType)
  const ticket = decodeBase64Url(JsonObject.parse(new TextDecoder().decode(answer)).text('ticket'))
  if (ticket.length !== ticketBytes) throw consoleError('console/bad-answer', { field: 'ticket' })
  return ticket
}

/** Done also when the clinic does not have it any more. */
export async function endConference({ signed }: Pick<Requests, 'signed'>, id: string): Promise<void> {
  try {
    await signed('DELETE', pathOf(id), 'nothing')
  } catch (error) {
    if (!goneCodes.includes(refusalOf(error) ?? '')) throw error
  }
}

/** The clinic has no such conference, or not any more. */
export const goneCodes: readonly string[] = ['relay/missing', 'relay/ended']
