/** Passkeys by WebAuthn with the PRF extension: what an authenticator gives for one salt, and gives nobody else. */
import { ownBuffer } from '@chartseal/core/bytes'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import type { Random } from '@chartseal/core/ports'
import { consoleError } from '../errors.js'

/** ES256 and EdDSA (RFC 8152); nobody verifies a signature of it, so any will do. */
const algorithms = [-8, -7, -257]
const saltBytes = 32

export interface Passkeys {
  /** Whether this browser can have one at all. */
  readonly available: boolean
  /** A new one. @throws ChartsealError `console/no-passkey`, `console/passkey-without-prf` */
  create(
    name: string,
  ): Promise<{ readonly credential: string; readonly salt: string; readonly secret: Uint8Array }>
  /** What it gives, 32 bytes; the caller wipes them. @throws ChartsealError as `create` */
  ask(credential: string, salt: string): Promise<Uint8Array>
}

export function webAuthnPasskeys(
  random: Random,
  container: CredentialsContainer | undefined,
  clinic: () => string,
): Passkeys {
  const ask = async (credential: string, salt: string): Promise<Uint8Array> => {
    const found = await given(() => container?.get({ publicKey: request(credential, salt, random) }))
    return prfOf(found)
  }
  return {
    available: container !== undefined && typeof PublicKeyCredential === 'function',
    async create(name) {
      const salt = encodeBase64Url(random.bytes(saltBytes))
      const made = await given(() => container?.create({ publicKey: creation(name, clinic(), random) }))
      if (made.getClientExtensionResults().prf?.enabled !== true)
        throw consoleError('console/passkey-without-prf', {})
      const credential = encodeBase64Url(new Uint8Array(made.rawId))
      // Many authenticators give the secret only when they are asked, not when the passkey is made.
      return { credential, salt, secret: await ask(credential, salt) }
    },
    ask,
  }
}

function creation(name: string, clinic: string, random: Random): PublicKeyCredentialCreationOptions {
  return {
    challenge: ownBuffer(random.bytes(32)),
    rp: { name: clinic },
    user: { id: ownBuffer(random.bytes(16)), name, displayName: name },
    pubKeyCredParams: algorithms.map(alg => ({ type: 'public-key', alg })),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    extensions: { prf: {} },
  }
}

function request(credential: string, salt: string, random: Random): PublicKeyCredentialRequestOptions {
  const first = ownBuffer(decodeBase64Url(salt))
  return {
    challenge: ownBuffer(random.bytes(32)),
    allowCredentials: [{ type: 'public-key', id: ownBuffer(decodeBase64Url(credential)) }],
    userVerification: 'required',
    extensions: { prf: { eval: { first } } },
  }
}

async function given(ask: () => Promise<Credential | null> | undefined): Promise<PublicKeyCredential> {
  const found = await Promise.resolve()
    .then(ask)
    .catch(() => null)
  if (found instanceof PublicKeyCredential) return found
  throw consoleError('console/no-passkey', {})
}

function prfOf(credential: PublicKeyCredential): Uint8Array {
  const first = credential.getClientExtensionResults().prf?.results?.first
  if (first instanceof ArrayBuffer) return new Uint8Array(first)
  if (ArrayBuffer.isView(first)) return new Uint8Array(first.buffer, first.byteOffset, first.byteLength)
  throw consoleError('console/passkey-without-prf', {})
}
