/** How often one SMART Health Link may be asked, whoever asks: a passcode takes work to check, and what is given is logged. */

import { TokenBuckets } from '@chartseal/core/token-bucket'
import { requestError } from '../errors.js'

const rate = { perSecond: 2, burst: 20 } as const
/** Each leaves rows and a leaf for ever. */
const perDay = 5_000
const daySeconds = 86_400

export class LinkRate {
  readonly #atOnce = new TokenBuckets(rate)
  readonly #daily = new TokenBuckets({ perSecond: perDay / daySeconds, burst: perDay })

  /** For the URL of a link. @throws ChartsealError `request/too-many` */
  take(link: string, nowMs: number): void {
    if (link === '') return
    refuse(this.#atOnce.take(link, nowMs))
    this.takeFile(link, nowMs)
  }

  /** For the address of one file, which was asked for before. @throws ChartsealError `request/too-many` */
  takeFile(link: string, nowMs: number): void {
    refuse(this.#daily.take(link, nowMs))
  }
}

function refuse(retryMs: number): void {
  if (retryMs > 0) throw requestError('request/too-many', { retryMs })
}
