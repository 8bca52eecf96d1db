/** Answers and the headers that every one of them has. */
import type { LiveBody } from './live-body.js'

const csp = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types chartseal',
].join('; ')

/** On each answer, refusals and files included. */
export const commonHeaders: { readonly [name: string]: string } = {
  'content-security-policy': csp,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'accelerometer=(), camera=(self), display-capture=(), geolocation=(), gyroscope=(), hid=(), ' +
    'magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** Of what SMART Health Links ask for, from pages of every origin; refusals, too. */
export const linkHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'retry-after',
  'cross-origin-resource-policy': 'cross-origin',
} as const

/** Only over TLS: a browser ignores it elsewhere, and on localhost it would break other servers. */
export const tlsHeader = { 'strict-transport-security': 'max-age=31536000' } as const

export type Headers = { readonly [name: string]: string }

/** What an operation answers with, before the headers that all have. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string | Uint8Array<ArrayBuffer> | LiveBody | null
}

export function json(value: unknown, headers: Headers = {}): Answer {
  const type = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  return { status: 200, headers: { ...type, ...headers }, body: JSON.stringify(value) }
}

export function text(value: string, headers: Headers = {}): Answer {
  const type = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }
  return { status: 200, headers: { ...type, ...headers }, body: value }
}

export function bytes(value: Uint8Array, headers: Headers = {}): Answer {
  const type = { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' }
  return { status: 200, headers: { ...type, ...headers }, body: new Uint8Array(value) }
}

export const nothing: Answer = { status: 204, headers: { 'cache-control': 'no-store' }, body: null }
