/** The part of the platform's `fetch` that is used here; tests and programs may put their own in its place. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>

export interface FetchInit {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer> | FormData | ReadableStream<Uint8Array>
  readonly signal: AbortSignal
  readonly redirect?: 'error'
  /** With a stream as the body. */
  readonly duplex?: 'half'
}

/** One request, no redirect followed; `mayReach` is asked for each address before anything is sent to it. */
export type Connect = (
  url: string,
  init: FetchInit,
  mayReach: (address: string) => boolean,
) => Promise<Response>
