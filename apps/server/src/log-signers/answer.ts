/** The four addresses of a signer of a log: what it is, what it signed last, a promise, and a share. Table: docs/spec/log-signers.md. */
import type { LogSigner, SignerGroup } from '@chartseal/tlog/threshold'
import { commonHeaders } from '../http/answers.js'

export interface SignerParts {
  readonly group: SignerGroup
  readonly signer: LogSigner
  /** What the folder could not keep: nothing is signed then. */
  readonly onFault: (error: unknown) => void
}

/** A checkpoint under one signature, and a proof of at most 63 hashes. */
const maxBodyBytes = 16_384

export async function answerSigner(
  request: Request,
  { group, signer, onFault }: SignerParts,
): Promise<Response> {
  const { pathname } = new URL(request.url)
  const step = pathname.slice(pathname.lastIndexOf('/') + 1)
  if (request.method === 'GET' && step === '')
    return text(200, `${group.verifier.verifierKey}\n${signer.size ?? 0}\n`)
  if (request.method === 'GET' && step === 'newest') return text(200, signer.signed)
  if (request.method !== 'POST' || (step !== 'commit' && step !== 'sign')) return text(404, 'not found\n')
  const sizeBytes = Number(request.headers.get('content-length') ?? Number.NaN)
  if (!(sizeBytes <= maxBodyBytes))
    return text(413, `a body of at most ${maxBodyBytes} bytes, whose length is given\n`)
  // Whoever hangs up is no fault of the folder.
  const asked = await request.text().catch(() => null)
  if (asked === null) return text(400, 'the body did not arrive\n')
  try {
    const { status, body } = await signer[step](asked)
    return text(status, body)
  } catch (error) {
    onFault(error)
    return text(500, 'it cannot be kept here what would be signed\n')
  }
}

function text(status: number, body: string): Response {
  return new Response(body, {
    status,
    headers: { ...commonHeaders, 'content-type': 'text/plain; charset=utf-8' },
  })
}
