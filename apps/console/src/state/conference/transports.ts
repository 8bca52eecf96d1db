/** The ways to the clinic's relay. */
import { type Transport, webSocketTransport } from '@chartseal/clinic/conference'
import { ChartsealError } from '@chartseal/core/errors'
import { isOffline, isRefused } from '../../api/client.js'
import { hostTicket } from '../../conference/api.js'
import type { Session } from '../session.js'

type Wire = Pick<Session, 'requests' | 'socket'>

const pathOf = (id: string): string => `/v1/conferences/${id}`

export function hostTransport({ requests, socket }: Wire, id: string, untilMs: number): Transport {
  return webSocketTransport({
    open: () => socket(pathOf(id), 'chartseal.host.v2'),
    first: () => hostTicket(requests, id, untilMs).catch(forNow),
  })
}

export const seatTransport = ({ socket }: Wire, id: string): Transport =>
  webSocketTransport({ open: () => socket(pathOf(id), 'chartseal.conference.v2') })

/** To a driver a typed error says that there never will be a way. @throws Error for what is over in a while */
function forNow(error: unknown): never {
  const isLater =
    isOffline(error) ||
    (isRefused(error) && (error.context.status >= 500 || laterStatus.includes(error.context.status)))
  if (isLater && error instanceof ChartsealError) throw new Error(error.code)
  throw error
}

const laterStatus = [401, 408, 429]
