/** How often one SMART Health Link may be asked, whoever asks: a passcode takes work to check. */
import { requestError } from '../errors.js'
import { TokenBuckets } from '../http/token-bucket.js'

const rate = { perSecond: 2, burst: 20 } as const

export class LinkRate {
  readonly #buckets = new TokenBuckets(rate)

  /** @throws ChartsealError `request/too-many` */
  take(link: string, nowMs: number): void {
    const retryMs = link === '' ? 0 : this.#buckets.take(link, nowMs)
    if (retryMs > 0) throw requestError('request/too-many', { retryMs })
  }
}
