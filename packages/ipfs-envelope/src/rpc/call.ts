/** One command of a node: POST /api/v0/…, as Kubo's RPC API has it. */
import { JsonObject } from '@chartseal/core/json'
import { isLoopbackHost } from '../net/address.js'
import { send, shortened, type TimedAnswer, wordOf } from '../net/answer.js'
import type { Fetch, FetchInit } from '../net/port.js'
import { storeError } from '../stores/errors.js'
import { textAt } from './lines.js'
import type { StreamedForm } from './multipart.js'

export interface NodeOptions {
  /** The value of the `Authorization` header, such as `Bearer …` or `Basic …`. */
  readonly authorization?: string
  /** For the head of each answer and for each piece of it: a node asks its network for what it has not. 30 s. */
  readonly timeoutMs?: number
  /** The platform's own when left out. */
  readonly fetch?: Fetch
}

export type Query = Readonly<Record<string, string>>

/** The other side said no. */
export interface Refusal {
  readonly status: number
  readonly reason: string
}

export class NodeCalls {
  readonly #api: string
  readonly #options: NodeOptions

  /** @throws RangeError for a URL that is not HTTP, or that is plain HTTP and not on this machine */
  constructor(url: string, options: NodeOptions) {
    this.#api = apiOf(url)
    this.#options = options
  }

  /** @throws ChartsealError `remote/refused` and as {@link ask} */
  async call(operation: string, query: Query, form?: FormData | StreamedForm): Promise<TimedAnswer> {
    const answer = await this.ask(operation, query, form)
    if (!('reason' in answer)) return answer
    throw storeError('remote/refused', { operation, ...answer })
  }

  /** As {@link call}, but a refusal is an answer. @throws ChartsealError `remote/timeout`, `remote/unreachable` */
  async ask(operation: string, query: Query, form?: FormData | StreamedForm): Promise<TimedAnswer | Refusal> {
    const { timeoutMs = 30_000, fetch: ask = fetch } = this.#options
    const answer = await send(
      { fetch: ask, operation, timeoutMs },
      `${this.#api}${operation}?${textOf(query)}`,
      {
        method: 'POST',
        headers: this.#headers(form),
        // An answer that sends the request elsewhere would send the authorization there.
        redirect: 'error',
        ...bodyOf(form),
      },
    )
    if (answer.status === 200) return answer
    return { status: answer.status, reason: await reasonOf(answer) }
  }

  #headers(form: FormData | StreamedForm | undefined): Record<string, string> {
    const { authorization } = this.#options
    return {
      ...(authorization === undefined ? {} : { authorization }),
      ...(form === undefined || form instanceof FormData ? {} : { 'content-type': form.contentType }),
    }
  }
}

function bodyOf(form: FormData | StreamedForm | undefined): Pick<FetchInit, 'body' | 'duplex'> {
  if (form === undefined) return {}
  return form instanceof FormData ? { body: form } : { body: form.body, duplex: 'half' }
}

function apiOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new RangeError('the address of a node must be an http or https URL, such as http://127.0.0.1:5001')
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    throw new RangeError('the address of a node must be https, unless the node is on this machine')
  if (url.username !== '' || url.password !== '')
    throw new RangeError('the address of a node must not hold a password: give it as authorization')
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api\/v0$/, '')
  return `${url.origin}${path}/api/v0/`
}

const textOf = (query: Query): string => new URLSearchParams(query).toString()

const maxReasonBytes = 65_536

/** `{Message, Code, Type}`, or any text of what stands in front of the node. */
async function reasonOf(answer: TimedAnswer): Promise<string> {
  const bytes = await answer.bytes(maxReasonBytes).catch(() => new Uint8Array(0))
  const word = wordOf(bytes)
  try {
    const message = textAt(JsonObject.parse(new TextDecoder().decode(bytes)), 'Message')
    return message === '' ? word : shortened(message)
  } catch {
    return word
  }
}
