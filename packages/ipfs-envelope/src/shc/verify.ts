/** Whether a card is what its issuer made, and still valid. */
import { verifySha256 } from '@chartseal/core/ecdsa'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import { inTime, type RetrieveOptions, retrieve } from '../shl/retrieve.js'
import { decodeHealthCard, type HealthCard } from './card.js'
import { shcError } from './errors.js'
import { findIssuerKey, type IssuerKey, isRevoked, type RevocationQuestion } from './keys.js'

export interface VerifyCardOptions extends RetrieveOptions {
  /**
   * URLs of the issuers that are trusted. Anybody can issue a card that verifies: `'any'` says who signed it, and not that they
   * may, and it asks whatever server a card names.
   */
  readonly issuers: readonly string[] | 'any'
  readonly nowMs: number
}

const maxListBytes = 1_000_000

/**
 * The card, when its signature is by a key that its issuer publishes, its time is right, and the issuer has not taken it back.
 * Certificates (`x5c`) are not looked at. A card without a revocation id counts as not taken back.
 * @throws ChartsealError `shc/…`, each for one reason
 */
export async function verifyHealthCard(jws: string, given: VerifyCardOptions): Promise<HealthCard> {
  const options = inTime(given)
  const { card, signed, signature } = await decodeHealthCard(jws)
  const issuer = requireIssuer(card.issuer)
  if (options.issuers !== 'any' && !options.issuers.includes(card.issuer)) {
    throw shcError('shc/untrusted-issuer', { host: issuer.host })
  }
  requireTime(card, options.nowMs)
  const key = await keyOf(card, issuer, options)
  if (!verifySha256('P-256', key.point, signed, signature)) throw shcError('shc/bad-signature', {})
  const { crlVersion } = key
  if (crlVersion !== null && card.revocationId !== null)
    await requireNotRevoked({ ...card, revocationId: card.revocationId, crlVersion }, issuer, options)
  return card
}

function requireIssuer(text: string): URL {
  const problem = (reason: string): Error => shcError('shc/bad-issuer', { reason })
  if (!URL.canParse(text)) throw problem('it is not a URL')
  const url = new URL(text)
  if (url.protocol !== 'https:') throw problem('it is not https')
  if (text.endsWith('/')) throw problem('it ends with a slash')
  if (/[?#@\s\\]/.test(text)) throw problem('it has a query, a fragment or a user')
  return url
}

function requireTime({ fromSeconds, expSeconds }: HealthCard, nowMs: number): void {
  if (fromSeconds * 1000 > nowMs) throw shcError('shc/not-yet-valid', { fromSeconds })
  if (expSeconds !== null && expSeconds * 1000 < nowMs) throw shcError('shc/expired', { expSeconds })
}

async function keyOf(
  { issuer, kid }: HealthCard,
  { host }: URL,
  options: RetrieveOptions,
): Promise<IssuerKey> {
  const unavailable = (cause: string): Error => shcError('shc/keys-unavailable', { host, cause })
  const key = await published(
    `${issuer}/.well-known/jwks.json`,
    jwks => findIssuerKey(jwks, kid),
    unavailable,
    options,
  )
  if (key === null) throw shcError('shc/unknown-key', { host })
  return key
}

async function requireNotRevoked(
  question: RevocationQuestion & Pick<HealthCard, 'issuer'>,
  { host }: URL,
  options: RetrieveOptions,
): Promise<void> {
  const unavailable = (cause: string): Error => shcError('shc/revocation-unavailable', { host, cause })
  const url = `${question.issuer}/.well-known/crl/${question.kid}.json`
  const revoked = await published(url, list => isRevoked(list, question), unavailable, options)
  if (revoked) throw shcError('shc/revoked', { host })
}

/** What an issuer publishes, read; whatever keeps it from being read has the code of what was wanted. */
async function published<Result>(
  url: string,
  read: (text: string) => Result,
  unavailable: (cause: string) => Error,
  options: RetrieveOptions,
): Promise<Result> {
  try {
    return read(await retrieve(url, { method: 'GET', maxBytes: maxListBytes }, options))
  } catch (error) {
    if (!(error instanceof ChartsealError) || error.code.startsWith('shc/')) throw error
    throw unavailable(error.code)
  }
}

/** The cards in a `.smart-health-card` file. @throws ChartsealError `json/invalid` */
export function healthCardsIn(text: string): readonly string[] {
  return JsonObject.parse(text).texts('verifiableCredential')
}
