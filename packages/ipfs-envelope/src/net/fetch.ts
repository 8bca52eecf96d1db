/** Requests to servers that somebody else names, or that are somebody else's. */
import { connect } from '#net'
import { forbidden } from '../stores/errors.js'
import { isLoopbackAddress, isLoopbackHost, isPublicAddress } from './address.js'
import type { Connect, Fetch } from './port.js'

const maxRedirects = 5
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * A {@link Fetch} for addresses that may be hostile: HTTPS outside of this machine, and no address of a private or
 * local network, neither at first nor behind a redirect. In Node.js each address is checked after its name was resolved,
 * on the very connection that is used; a browser resolves names itself, and follows no redirect here. This machine is
 * reached only when the first address is on it.
 * @throws ChartsealError (the one it gives) `remote/forbidden-address`, `remote/unreachable`
 */
export function guardedFetch(connectTo: Connect = connect): Fetch {
  return async (text, init) => {
    const local = isLoopbackHost(new URL(text).hostname)
    const mayReach = local ? isLoopbackAddress : isPublicAddress
    let url = new URL(text)
    for (let step = 0; step <= maxRedirects; step++) {
      expectAllowed(url, local)
      const answer = await connectTo(url.href, init, mayReach)
      const next = redirects.has(answer.status) ? answer.headers.get('location') : null
      if (next === null) return answer
      await answer.body?.cancel()
      if (init.method === 'POST' && answer.status < 307) throw forbidden('a redirect would lose what is sent')
      url = nextUrl(next, url)
    }
    throw forbidden(`more than ${maxRedirects} redirects`)
  }
}

function nextUrl(location: string, from: URL): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from.href) : null
  if (url === null) throw forbidden('a redirect to what is no URL')
  return url
}

function expectAllowed({ protocol, hostname, username, password }: URL, local: boolean): void {
  if (username !== '' || password !== '') throw forbidden('it has a name or a password in it')
  if (isLoopbackHost(hostname)) {
    if (!local) throw forbidden('it is on this machine')
    if (protocol !== 'http:' && protocol !== 'https:') throw forbidden('it is no web address')
    return
  }
  if (local) throw forbidden('a redirect that leaves this machine')
  if (protocol !== 'https:') throw forbidden('it is not HTTPS')
  const address = hostname.replace(/^\[(.*)\]$/, '$1')
  if (/^[\d.]+$|:/.test(address) && !isPublicAddress(address)) throw forbidden('it is in a private network')
}
