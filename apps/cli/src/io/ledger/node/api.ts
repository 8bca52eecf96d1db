/**
 * The interface of a node of one's own: what a clinic's server has below `/v1/ledger`, so that the same commands and
 * other nodes read both. Whoever reaches it hands in records; it knows no devices.
 */
import { decodeBase64Url, encodeBase64Url, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { type Answer, toJsonText } from '@chartseal/core/json'
import type { LedgerNodeApi } from '@chartseal/emr-ledger'
import { aboutAnswer, recordAnswer } from './answers.js'
import { type ProvingNode, proofOf } from './proof.js'

export interface ServedNode extends ProvingNode {
  readonly genesis: Uint8Array
  readonly seals: boolean
  /** Makes a record durable that was taken; absent where none is taken. */
  readonly keep?: (record: Uint8Array) => Promise<void>
}

type Asked = readonly string[]
type Handle = (
  served: ServedNode,
  asked: Asked,
  query: URLSearchParams,
) => Promise<Uint8Array | Answer | null>

const id = '([A-Za-z0-9_-]{43})'
const mostHeaders = 1_000
const mostPending = 256

const reading: readonly (readonly [RegExp, Handle])[] = [
  [/^$/, async ({ node, genesis, seals }) => aboutAnswer(node, genesis, seals)],
  [/^\/headers$/, async ({ node }, _, query) => headers(node, query)],
  [new RegExp(`^/blocks/${id}$`), ({ node }, [block = '']) => node.block(decodeBase64Url(block))],
  [/^\/blocks\/(0|[1-9]\d{0,15})$/, ({ node }, [height = '']) => node.block(BigInt(height))],
  [/^\/pending$/, async ({ node }) => listOf(node.pending().map(({ bytes }) => bytes))],
  [/^\/evidence$/, async ({ node }) => listOf(node.evidence())],
  [new RegExp(`^/signers/${id}$`), ({ node }, [kid = '']) => signer(node, kid)],
  [new RegExp(`^/records/${id}$`), ({ node }, [txid = '']) => recordAnswer(node, decodeBase64Url(txid))],
  [new RegExp(`^/records/${id}/proof$`), (served, [txid = ''], query) => proof(served, txid, query)],
]

/**
 * Bytes, or an object of JSON.
 * @param path below `/v1/ledger`, with its query
 * @throws ChartsealError `ledger-node/missing`, `ledger-node/not-final`
 */
export async function readNode(served: ServedNode, path: string): Promise<Uint8Array | Answer> {
  const { pathname, searchParams } = new URL(`http://node${path === '' ? '/' : path}`)
  const asked = pathname === '/' ? '' : pathname
  for (const [pattern, handle] of reading) {
    const found = pattern.exec(asked)
    const answer = found === null ? null : await handle(served, found.slice(1), searchParams)
    if (answer !== null) return answer
  }
  throw new ChartsealError('ledger-node/missing', 'This node has nothing of this name.', {})
}

/** The same as the bytes of a body. */
export async function readNodeBytes(served: ServedNode, path: string): Promise<Uint8Array> {
  const answer = await readNode(served, path)
  return answer instanceof Uint8Array ? answer : encodeUtf8(toJsonText(answer))
}

/** Takes a record, which is durable when this resolves. @throws ChartsealError `ledger/…`, `files/failed` */
export async function handIn({ node, keep }: ServedNode, record: Uint8Array): Promise<Answer> {
  const { txid } = await node.submit(record)
  await keep?.(record)
  const answer = await recordAnswer(node, txid)
  if (answer === null) throw new Error('internal: a record that was just taken')
  return answer
}

async function headers(node: LedgerNodeApi, query: URLSearchParams): Promise<Uint8Array> {
  const most = Math.min(numberIn(query, 'limit', mostHeaders), mostHeaders)
  const page = await node.headers(BigInt(numberIn(query, 'from', 0)), most)
  return encodeCbor(page.map(({ header, seal }) => [header, seal]))
}

const listOf = (items: readonly Uint8Array[]): Uint8Array => encodeCbor(items.slice(0, mostPending))

async function signer(node: LedgerNodeApi, kid: string): Promise<Answer> {
  const next = await node.nextSeq(decodeBase64Url(kid))
  return { ledger: encodeBase64Url(node.id), kid, next_seq: Number(next) }
}

function proof(served: ServedNode, txid: string, query: URLSearchParams): Promise<Uint8Array> {
  const [signer, roster] = [query.get('signer'), query.get('roster')]
  return proofOf(served, {
    prescription: decodeBase64Url(txid),
    signer: signer === null ? undefined : decodeBase64Url(signer),
    roster: roster === null ? undefined : BigInt(numberIn(query, 'roster', 1)),
    from: BigInt(numberIn(query, 'from', 0)),
  })
}

/** What is no number counts as left out. */
function numberIn(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name) ?? ''
  return /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : otherwise
}
