/** What a clinic's server says of its ledger to everybody: docs/spec/clinic-api.md. Nothing of it is believed unchecked. */
import { decodeBase64Url, decodeUtf8, encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import { ledgerIdOf } from '@chartseal/emr-ledger'
import { cliError } from '../errors.js'

const patienceMs = 15_000
/** A block, a proof, or a list of a thousand headers. */
const mostBytes = 4 * 1_048_576

export interface BlockMark {
  readonly id: string
  readonly height: number
  readonly timestamp: number
}

/** How far a ledger is, in the words of its server. */
export interface LedgerInfo {
  /** base64url. */
  readonly ledger: string
  readonly name: string
  readonly rule: string
  readonly genesis: Uint8Array
  readonly tip: BlockMark
  readonly final: BlockMark
  readonly pending: number
}

/** Reads a path of the interface below `/v1/ledger`: of a server, or of a node in this process. */
export type LedgerGet = (path: string) => Promise<Uint8Array>

/** @throws ChartsealError `cli/no-answer`, the code of the clinic for what it refuses */
export function serverGet(server: URL): LedgerGet {
  return path => ledgerGet(server, path)
}

async function ledgerGet(server: URL, path: string): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(patienceMs)
  const response = await fetch(new URL(`/v1/ledger${path}`, server), { signal }).catch((error: unknown) => {
    throw noAnswer(server, error instanceof Error ? error.message : 'no connection')
  })
  const bytes = await bounded(response).catch(() => {
    throw noAnswer(server, 'the answer was cut off')
  })
  if (response.ok) return bytes
  const { status, headers } = response
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') ?? false
  // Also what will be answered later is no answer now, as to the page.
  if (!isProblem || status >= 500 || status === 429) throw noAnswer(server, `status ${status}`)
  const problem = JsonObject.parse(decodeUtf8(bytes))
  throw new ChartsealError(problem.text('code'), problem.text('title'), {})
}

/** The same of a ledger that says which one it is. @throws ChartsealError `cli/other-ledger`, as {@link serverGet} */
export async function ledgerInfo(get: LedgerGet): Promise<LedgerInfo> {
  const about = JsonObject.parse(decodeUtf8(await get('')))
  const genesis = decodeBase64Url(about.text('genesis'))
  const ledger = about.text('ledger')
  requireLedger(ledger, genesis)
  return {
    ledger,
    name: about.text('name'),
    rule: about.text('rule'),
    genesis,
    tip: markIn(about.object('tip')),
    final: markIn(about.object('final')),
    pending: about.count('pending'),
  }
}

/** @throws ChartsealError `cli/other-ledger` */
export function requireLedger(expected: string, genesis: Uint8Array): void {
  const actual = encodeBase64Url(ledgerIdOf(genesis))
  if (actual !== expected) throw cliError('cli/other-ledger', { expected, actual })
}

function markIn(mark: JsonObject): BlockMark {
  return { id: mark.text('id'), height: mark.count('height'), timestamp: mark.count('timestamp') }
}

const noAnswer = (server: URL, reason: string): Error =>
  cliError('cli/no-answer', { server: server.origin, reason })

async function bounded(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += part.length
    if (size > mostBytes) throw new RangeError('the answer is too long')
    parts.push(part)
  }
  return Uint8Array.from(Buffer.concat(parts))
}
