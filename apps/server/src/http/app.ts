/** The application: routes of the operations, the page, and what all answers have in common. */
import { ServerResponse } from 'node:http'
import type { BlockList } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { defaultPooledRandom } from '@chartseal/core/system'
import { type Context, Hono } from 'hono'
import type { Clinic } from '../clinic/clinic.js'
import type { ConsoleFiles } from '../clinic/console-files.js'
import type { Shares } from '../clinic/shares.js'
import { requestError } from '../errors.js'
import { operations } from '../operations.js'
import { type Answer, commonHeaders, json, linkHeaders, text, tlsHeader } from './answers.js'
import { bodyShares } from './body.js'
import { answerDocs, docsRoute } from './docs.js'
import { defaultRates, Gate, type Incoming, type Rates } from './handle.js'
import { type Bindings, incomingOf } from './incoming.js'
import { liveStream, sendLive } from './live-body.js'
import type { Operation } from './operation.js'
import { fault, problemOf } from './problems.js'

/** What is told of each request: nothing that says who it was or about whom. */
export interface RequestNote {
  readonly request: string
  readonly method: string
  /** The pattern of the route, never the path. */
  readonly route: string
  readonly status: number
  readonly code: string | null
  readonly ms: number
}

export interface AppOptions {
  readonly clinic: Clinic
  /** The documentation site; `null`, the default: none. */
  readonly docs?: ConsoleFiles | null
  readonly rates?: Rates
  readonly proxies?: BlockList | null
  readonly bodyMs?: number
  /** What bodies may hold of memory. */
  readonly bodies?: Shares
  /** About how long whoever floods waits for each answer: it costs nothing, and they ask less. By default not at all. */
  readonly lateMs?: number
  readonly onRequest?: (note: RequestNote) => void
  /** A fault of this program, or of the store; the log of the server has it, and no client. */
  readonly onFault?: (request: string, error: unknown) => void
}

type Env = { Bindings: Bindings }
type Run = (incoming: Incoming) => Promise<Answer> | Answer

const defaultBodyMs = 30_000
/** What whoever watches a server asks, again and again. */
export const probes = ['/livez', '/readyz'] as const

export function createApp(options: AppOptions): Hono<Env> {
  const app = new Hono<Env>()
  const { clinic, docs = null, rates = defaultRates, proxies = null, bodies = bodyShares() } = options
  const gate = new Gate(clinic, { rates, proxies, bodies })
  const methods = methodsByPath(operations)
  const answering = new Answering(options, methods, incoming => gate.limitOpen(incoming))
  const on = (method: string, path: string, run: Run): void => {
    app.on(method, honoPath(path), c => answering.answer(c, path, method, run))
  }
  for (const path of probes) {
    on('GET', path, incoming => {
      gate.limitProbe(incoming)
      return path === '/livez' ? text('ok\n') : readiness(clinic)
    })
  }
  for (const operation of operations) {
    const head = headOf(operation)
    on(operation.method, operation.path, incoming =>
      gate.pass(incoming, incoming.method === 'HEAD' && head !== null ? head : operation),
    )
  }
  on('GET', '/openapi.json', async incoming => {
    gate.limitOpen(incoming)
    const { openApiOf } = await import('./openapi.js')
    return json(openApiOf(operations, clinic.version), { 'cache-control': 'no-cache' })
  })
  for (const path of clinic.console?.paths ?? []) {
    on('GET', path, incoming => {
      gate.limitOpen(incoming)
      return clinic.console?.answer(path, incoming) ?? refuse(requestError('request/not-found', {}))
    })
  }
  if (docs !== null)
    on('GET', docsRoute, incoming => {
      gate.limitOpen(incoming)
      return answerDocs(docs, incoming)
    })
  for (const [path, allowed] of methods) {
    app.all(honoPath(path), c =>
      answering.answer(c, path, null, incoming => {
        gate.limitOpen(incoming)
        return refuse(requestError('request/method', { allow: allowed }))
      }),
    )
  }
  app.notFound(c =>
    answering.answer(c, '*', null, incoming => {
      gate.limitOpen(incoming)
      return refuse(requestError('request/not-found', {}))
    }),
  )
  return app
}

/** Hono sends HEAD where GET goes. */
function headOf({ method, path }: Operation): Operation | null {
  const found = operations.find(one => one.method === 'HEAD' && one.path === path)
  return method === 'GET' ? (found ?? null) : null
}

function refuse(error: Error): never {
  throw error
}

async function readiness({ state, log }: Clinic): Promise<Answer> {
  const isReady = state() === 'ready' && (await log.heal())
  return { ...text(isReady ? 'ok\n' : 'not ready\n'), status: isReady ? 200 : 503 }
}

/** `{name}` of OpenAPI as hono has it; the name of a tile has slashes. */
function honoPath(path: string): string {
  return path.replace('{tile}', ':tile{.+}').replaceAll(/\{(\w+)\}/g, ':$1')
}

function methodsByPath(all: readonly Operation[]): ReadonlyMap<string, string> {
  const methods = new Map<string, string>()
  for (const { path, method } of all) {
    const known = methods.get(path)
    methods.set(path, known === undefined ? method : `${known}, ${method}`)
  }
  return methods
}

/** Makes every answer, refusals too. */
class Answering {
  readonly #options: AppOptions
  readonly #headers: { readonly [name: string]: string }
  readonly #methods: ReadonlyMap<string, string>
  readonly #limit: (incoming: Incoming) => void

  constructor(
    options: AppOptions,
    methods: ReadonlyMap<string, string>,
    limit: (incoming: Incoming) => void,
  ) {
    this.#options = options
    this.#limit = limit
    this.#methods = methods
    const isTls = options.clinic.origin.startsWith('https:')
    this.#headers = { ...commonHeaders, ...(isTls ? tlsHeader : {}) }
  }

  /** @param method the one of the route; `null` where any arrives */
  async answer(c: Context<Env>, route: string, method: string | null, run: Run): Promise<Response> {
    const started = performance.now()
    const request = encodeBase64Url(defaultPooledRandom().bytes(16))
    const { answer, code } = await this.#attempt(request, async () => {
      const incoming = incomingOf(c, this.#options.bodyMs ?? defaultBodyMs)
      // Hono answers HEAD by the route of GET, which may do something.
      const isHead = incoming.method === 'HEAD' && this.#takesHead(route)
      if (method === null || incoming.method === method || isHead) return run(incoming)
      this.#limit(incoming)
      throw requestError('request/method', { allow: this.#methods.get(route) ?? method })
    })
    const { status, headers, body } = answer
    const note = {
      request,
      method: c.req.method,
      route,
      status,
      code,
      ms: Math.round((performance.now() - started) * 100) / 100,
    }
    this.#options.onRequest?.(note)
    const closing = this.#options.clinic.state() === 'stopping' ? { connection: 'close' } : {}
    const all = { ...this.#headers, ...(isOfLinks(route) ? linkHeaders : {}), ...headers, ...closing }
    if (body === null || typeof body === 'string' || body instanceof Uint8Array)
      return new Response(body, { status, headers: all })
    const { outgoing } = c.env ?? {}
    return outgoing instanceof ServerResponse
      ? sendLive(outgoing, { nowMs: this.#options.clinic.clock.nowMs(), headers: all, body })
      : new Response(liveStream(body), { status, headers: all })
  }

  #takesHead(route: string): boolean {
    return isStatic(route) || (this.#methods.get(route) ?? '').split(', ').includes('HEAD')
  }

  /** Between one half and three halves, so that those of one moment do not come again in one moment. */
  #lateMs(): number {
    const [byte = 0] = defaultPooledRandom().bytes(1)
    return (this.#options.lateMs ?? 0) * (0.5 + byte / 256)
  }

  async #attempt(
    request: string,
    run: () => Promise<Answer>,
  ): Promise<{ readonly answer: Answer; readonly code: string | null }> {
    try {
      return { answer: await run(), code: null }
    } catch (error) {
      const nowMs = this.#options.clinic.clock.nowMs()
      const expected = problemOf(known(error), request, nowMs)
      if (isLate(expected?.code)) await sleep(this.#lateMs())
      if (expected === null || isOfStore(error)) this.#options.onFault?.(request, error)
      const { status, body, headers, code } = expected ?? fault(request, nowMs)
      // Of a body that was refused the rest may still come: it must not be read as the next request.
      const close = /^(request\/(too-large|too-slow|cut-off|media-type)|server\/busy)$/.test(code)
        ? { connection: 'close' }
        : {}
      const type = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' }
      return { answer: { status, body, headers: { ...type, ...headers, ...close } }, code }
    }
  }
}

/** Refusals that a device meets seldom, and a flood is made of. */
function isLate(code = ''): boolean {
  return /^(request\/too-many|signature\/(missing|malformed|unknown-key|digest|wrong))$/.test(code)
}

/** What the store refuses passes by itself, or somebody mends it. A commit that failed may have been done. */
function known(error: unknown): unknown {
  return isOfStore(error) ? requestError('server/store', { retryMs: 1_000 }) : error
}

function isOfStore(error: unknown): boolean {
  const code: unknown = Object(error)['code']
  return typeof code === 'string' && /^store\/(busy|failed)$/.test(code)
}

function isStatic(route: string): boolean {
  return !route.startsWith('/v1/') && !isOfLinks(route)
}

function isOfLinks(route: string): boolean {
  return route.startsWith('/shl/')
}
