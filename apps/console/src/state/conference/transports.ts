/** The ways to the clinic's relay. */
import { type Transport, webSocketTransport } from '@chartseal/clinic/conference'
import { ChartsealError } from '@chartseal/core/errors'
import { isOffline, isRefused, refusalOf } from '../../api/refusals.js'
import { goneCodes, hostTicket } from '../../conference/api.js'
import type { Session } from '../session.js'

type Wire = Pick<Session, 'requests' | 'socket' | 'unlocked'>

const pathOf = (id: string): string => `/v1/conferences/${id}`

export function hostTransport({ requests, socket, unlocked }: Wire, id: string, untilMs: number): Transport {
  return webSocketTransport({
    open: () => socket(pathOf(id), 'chartseal.host.v2'),
    first: async () => {
      try {
        return await hostTicket(requests, id, untilMs)
      } catch (error) {
        const hasHadItsTime = untilMs - skewMs <= unlocked.clock.nowMs()
        throw isOver(error, hasHadItsTime) ? over(error) : forNow(error)
      }
    },
  })
}

export const seatTransport = ({ socket }: Wire, id: string): Transport =>
  webSocketTransport({ open: () => socket(pathOf(id), 'chartseal.conference.v2') })

/** How far the clocks of the clinic and of this device may be apart. */
const skewMs = 300_000

/** Another device ended it, or its time is over: then the clinic takes it for one with an end that has passed. */
function isOver(error: unknown, hasHadItsTime: boolean): boolean {
  const code = refusalOf(error) ?? ''
  return goneCodes.includes(code) || (code === 'request/invalid' && hasHadItsTime)
}

/** As the driver knows it, by the clinic's own code. */
const over = (error: unknown): ChartsealError => new ChartsealError(endedCode, reasonOf(error), {})

const endedCode = 'relay/ended'
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : '')

/** To a driver a typed error says that there never will be a way: what is over in a while is none. */
function forNow(error: unknown): unknown {
  const isLater =
    isOffline(error) ||
    (isRefused(error) && (error.context.status >= 500 || laterStatus.includes(error.context.status)))
  return isLater && error instanceof ChartsealError ? new Error(error.code) : error
}

const laterStatus = [401, 408, 429]
