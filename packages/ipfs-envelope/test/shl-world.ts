/** A server of links without a network, over a store in memory. */
import { systemRandom } from '@chartseal/core/system'
import {
  answerShl,
  type CreatedLink,
  type CreateLinkOptions,
  createLink,
  type Fetch,
  type LinkContent,
  type MemoryShlStore,
  memoryShlStore,
  type ShlAnswer,
  type ShlRequest,
  type ShlStore,
} from '@chartseal/ipfs-envelope/shl'
import { fixedClock } from '@chartseal/testkit'

export const noonMs: number = Date.UTC(2026, 10, 29, 12)
export const base = 'https://clinic.example/shl'

export const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
export const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)

export const bundle = {
  resourceType: 'Bundle',
  type: 'collection',
  entry: [{ resource: { resourceType: 'Patient', name: [{ family: 'Gómez' }] } }],
}
export const fhir = (value: object = bundle): LinkContent => ({
  contentType: 'application/fhir+json',
  content: json(value),
  fhirVersion: '4.0.1',
})
export const card: LinkContent = {
  contentType: 'application/smart-health-card',
  content: json({ verifiableCredential: ['a.b.c'] }),
}

export interface Clinic {
  readonly store: MemoryShlStore
  readonly clock: ReturnType<typeof fixedClock>
  /** Of every request: method and URL. */
  readonly asked: string[]
  readonly fetch: Fetch
  make(options?: Partial<CreateLinkOptions>): Promise<CreatedLink>
  answer(request: Partial<ShlRequest> & { readonly linkId: string }): Promise<ShlAnswer>
  post(linkId: string, body: object): Promise<ShlAnswer>
}

/** `over` stands in front of the store, where a test wants another one. */
export function clinic(over: Partial<ShlStore> = {}): Clinic {
  const [store, clock, asked] = [memoryShlStore(), fixedClock(noonMs), [] as string[]]
  const answer: Clinic['answer'] = request =>
    answerShl(
      {
        store: { ...store, ...over },
        nowMs: clock.nowMs(),
        random: systemRandom,
        url: id => `${base}/${id}`,
      },
      { method: 'POST', ticket: null, recipient: null, body: '', ...request },
    )
  return {
    store,
    clock,
    asked,
    answer,
    post: (linkId, body) => answer({ linkId, body: JSON.stringify(body) }),
    async make(options = {}) {
      const settings = { baseUrl: base, files: [fhir()], nowMs: clock.nowMs(), verifierIterations: 10 }
      const made = await createLink({ ...settings, ...options })
      await store.putLink(made.served)
      return made
    },
    async fetch(text, { method = 'GET', body }) {
      asked.push(`${method} ${text}`)
      const url = new URL(text)
      const [, linkId = '', ticket = null] = /^\/shl\/([^/]+)(?:\/files\/([^/]+))?$/.exec(url.pathname) ?? []
      const recipient = url.searchParams.get('recipient')
      const {
        status,
        headers,
        body: answered,
      } = await answer({
        ...{ method, linkId, ticket, recipient },
        body: `${body ?? ''}`,
      })
      return new Response(answered, { status, headers })
    },
  }
}

/** Answers one text, whatever is asked. */
export const answering =
  (body: string, init: ResponseInit = {}): Fetch =>
  async () =>
    new Response(body, init)

export const nobody: Fetch = async url => {
  throw new Error(`nobody may be asked: ${url}`)
}
