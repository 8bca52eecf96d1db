/** What a signature of a request covers: RFC 9421 2.5, for components whose values have one line. */
import { encodeBase64, encodeUtf8 } from '@chartseal/core/encoding'

/** Name and value of a component, in the order of the signature. */
export type Component = readonly [name: string, value: string]

/**
 * The signature base: a line for each component, and one with the parameters.
 * @param parameters what follows `sig=` in `Signature-Input`, from the inner list on
 */
export function signatureBase(components: readonly Component[], parameters: string): Uint8Array {
  const lines = [...components, ['@signature-params', parameters] as const]
  return encodeUtf8(lines.map(([name, value]) => `"${name}": ${value}`).join('\n'))
}

/** `Content-Digest` of a body (RFC 9530 2), given its SHA-256. */
export function formatContentDigest(digest: Uint8Array): string {
  return `sha-256=:${encodeBase64(digest)}:`
}

/** The one list of components, and so the beginning of all parameters. */
export const covered = '("@method" "@target-uri" "content-digest")'

export interface RequestTarget {
  /** Upper case. */
  readonly method: string
  /** The origin of the clinic, then path and query as they are sent. */
  readonly url: string
}

/** The signature base of a request to a clinic. */
export function requestBase(
  { method, url }: RequestTarget,
  contentDigest: string,
  parameters: string,
): Uint8Array {
  const components: readonly Component[] = [
    ['@method', method],
    ['@target-uri', url],
    ['content-digest', contentDigest],
  ]
  return signatureBase(components, parameters)
}
