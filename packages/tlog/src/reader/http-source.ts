import { ChartsealError } from '@chartseal/core/errors'
import { answerTo, type FetchLike, type HttpLimits } from '../http.js'
import { verifyError } from '../verify-errors.js'
import { maxFileBytes, type TileSource } from './source.js'

/**
 * A log that a web server serves below `prefix`. No redirect is followed, and an answer from elsewhere is refused;
 * 404 and 410 mean that there is no such file. By default a file may have as many bytes as the largest bundle and take
 * a minute.
 * @throws TypeError for a prefix that is not an http(s) URL without query and fragment
 */
export function httpSource(prefix: string, fetch: FetchLike, limits: HttpLimits = {}): TileSource {
  const base = baseOf(prefix)
  const all = { limitBytes: maxFileBytes, limitMs: 60_000, ...limits }
  return {
    async read(path) {
      const { status, bytes } = await answerOf(path, () =>
        answerTo({ url: new URL(path, base).href }, fetch, all),
      )
      if (status === 404 || status === 410) return null
      if (status !== 200) throw unreadable(path, `status ${status}`)
      return bytes
    },
  }
}

function baseOf(prefix: string): string {
  const url = new URL(prefix)
  if (!/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new TypeError('the prefix of a log must be an http(s) URL without query and fragment')
  }
  return url.href.endsWith('/') ? url.href : `${url.href}/`
}

/** What the network throws becomes `verify/unreadable`. */
async function answerOf<Answer>(path: string, run: () => Promise<Answer>): Promise<Answer> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof ChartsealError) throw error
    throw unreadable(path, error instanceof Error ? error.message : 'the connection failed')
  }
}

function unreadable(path: string, reason: string): Error {
  return verifyError('verify/unreadable', { path, reason })
}
