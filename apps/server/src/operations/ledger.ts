/** The prescription ledger: records of those who sign, and what nodes and light clients read. */
import { signatureError } from '@chartseal/clinic/signed-request'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { z } from 'zod'
import type { Clinic } from '../clinic/clinic.js'
import { requestError } from '../errors.js'
import { type Answer, bytes, json } from '../http/answers.js'
import { ledgerCodes } from '../http/ledger-problems.js'
import { count, limits, name32 } from '../http/names.js'
import { bytesBody, type Operation, operation } from '../http/operation.js'
import { isTxidOf, name32Bytes } from '../ledger/names.js'
import { encodeHeaders, encodeList } from '../ledger/wire.js'
import { nodeFields, nodeOf, prescriptionOf, recordAnswer, recordIn, sealedOf } from './ledger-answers.js'

const none = z.strictObject({})
const txid = z.strictObject({ txid: name32 })
const octets = z.string().describe('deterministic CBOR')
const forever = { 'cache-control': 'public, max-age=31536000, immutable' } as const
/** Reading a block or making a proof is more than a look into memory. */
const cost = 2

const getLedger = operation({
  method: 'GET',
  path: '/v1/ledger',
  summary: 'Which ledger this is, and how far it is',
  auth: 'open',
  codes: [],
  params: none,
  query: none,
  answer: {
    status: 200,
    json: z.strictObject({
      ...nodeFields,
      genesis: z.string().describe('base64url'),
      /** Whether this node seals, or is one of those who do. */
      seals: z.boolean(),
    }),
  },
  async run(_call, { ledger }) {
    const genesis = encodeBase64Url(ledger.genesis)
    return json({ ...nodeOf(ledger), genesis, seals: await ledger.seals() })
  },
})

const getHeaders = operation({
  method: 'GET',
  path: '/v1/ledger/headers',
  summary: 'Headers of the chain that is followed, with their seals: CBOR pairs',
  auth: 'open',
  cost,
  codes: ['ledger-node/stopped'],
  params: none,
  query: z.strictObject({
    from: count(0, Number.MAX_SAFE_INTEGER),
    limit: count(1, limits.ledgerHeaders).optional(),
  }),
  answer: { status: 200, type: 'application/octet-stream' },
  async run({ query: { from, limit = limits.ledgerHeaders } }, { ledger }) {
    return bytes(
      encodeHeaders(await ledger.read(({ node }) => node.headers(BigInt(from), limit)), limits.listBytes),
    )
  },
})

const getBlock = operation({
  method: 'GET',
  path: '/v1/ledger/blocks/{block}',
  summary: 'A block by its id, or the one of a height in the chain that is followed',
  auth: 'open',
  cost,
  codes: ['ledger-node/missing', 'ledger-node/stopped'],
  params: z.strictObject({ block: z.union([name32, z.string().regex(/^(0|[1-9]\d{0,15})$/)]) }),
  query: none,
  answer: { status: 200, type: 'application/octet-stream' },
  async run({ params }, { ledger }) {
    const isId = name32.safeParse(params.block).success
    const wanted = isId ? name32Bytes(params.block) : BigInt(params.block)
    const found = await ledger.read(({ node }) => node.block(wanted))
    if (found === null) throw requestError('ledger-node/missing', {})
    return bytes(found, isId ? forever : {})
  },
})

const getPending = operation({
  method: 'GET',
  path: '/v1/ledger/pending',
  summary: 'Records that wait to be sealed: a CBOR list',
  auth: 'open',
  cost,
  codes: [],
  params: none,
  query: none,
  answer: { status: 200, type: 'application/octet-stream' },
  async run(_call, { ledger }) {
    const waiting = ledger.node.pending().map(record => record.bytes)
    return bytes(encodeList(waiting, limits.listBytes))
  },
})

const getEvidence = operation({
  method: 'GET',
  path: '/v1/ledger/evidence',
  summary: 'Votes, and what says that blocks are final: a CBOR list',
  auth: 'open',
  cost,
  codes: [],
  params: none,
  query: none,
  answer: { status: 200, type: 'application/octet-stream' },
  async run(_call, { ledger }) {
    return bytes(encodeList(ledger.node.evidence(), limits.listBytes))
  },
})

async function answerOf({ ledger }: Clinic, id: string): Promise<Answer> {
  const txid = name32Bytes(id)
  const [status, found] = await ledger.read(async ({ node }) => {
    const known = await node.record(txid)
    return [known, known === null ? null : await node.prescription(txid)]
  })
  if (status === null) throw requestError('ledger-node/missing', {})
  const answer: z.output<typeof recordAnswer> = {
    txid: id,
    state: status.kind,
    ready: status.kind === 'pending' ? status.isReady : null,
    code: status.kind === 'refused' ? status.code : null,
    record: recordIn(status),
    sealed: sealedOf(status),
    prescription: found === null ? null : prescriptionOf(found),
  }
  return json(answer)
}

const getSigner = operation({
  method: 'GET',
  path: '/v1/ledger/signers/{kid}',
  summary: 'The number of the next record of a signer, those that wait counted',
  auth: 'open',
  cost,
  codes: ['ledger-node/stopped'],
  params: z.strictObject({ kid: name32 }),
  query: none,
  answer: { status: 200, json: z.strictObject({ ledger: name32, kid: name32, next_seq: z.int() }) },
  async run({ params }, { ledger }) {
    const next = await ledger.read(({ node }) => node.nextSeq(name32Bytes(params.kid)))
    return json({ ledger: encodeBase64Url(ledger.node.id), kid: params.kid, next_seq: Number(next) })
  },
})

const recordPath = '/v1/ledger/records/{txid}'

const putRecord = operation({
  method: 'PUT',
  path: recordPath,
  summary: 'Hand in a signed record: what prescribes, dispenses, cancels or replaces',
  auth: 'device',
  codes: ['signature/not-allowed', 'server/full', ...ledgerCodes],
  params: txid,
  query: none,
  body: bytesBody(limits.ledgerRecordBytes, octets),
  answer: { status: 200, json: recordAnswer },
  async run({ params, bytes: record, device }, clinic) {
    if (device === null) throw new Error('internal: who hands in a record signs')
    if (device.role !== 'doctor' && device.role !== 'pharmacist')
      throw signatureError('signature/not-allowed', {})
    if (!isTxidOf(params.txid, record)) throw requestError('request/invalid', { fields: ['txid'] })
    await clinic.room.require()
    await clinic.ledger.submit(record)
    return answerOf(clinic, params.txid)
  },
})

const getRecord = operation({
  method: 'GET',
  path: recordPath,
  summary: 'Where a record stands, and the prescription that it began',
  auth: 'open',
  cost,
  codes: ['ledger-node/missing', 'ledger-node/stopped'],
  params: txid,
  query: none,
  answer: { status: 200, json: recordAnswer },
  run: ({ params }, clinic) => answerOf(clinic, params.txid),
})

const getProof = operation({
  method: 'GET',
  path: `${recordPath}/proof`,
  summary: 'What a light client checks of a prescription: finality, record and state',
  auth: 'open',
  cost: 4,
  codes: ['ledger-node/not-final', 'ledger-node/stopped', 'ledger/bundle-too-large'],
  params: txid,
  query: z.strictObject({
    from: count(0, Number.MAX_SAFE_INTEGER).optional(),
    roster: count(1, Number.MAX_SAFE_INTEGER).optional(),
    signer: name32.optional(),
  }),
  answer: { status: 200, type: 'application/octet-stream' },
  async run({ params, query: { from = 0, roster, signer } }, { ledger }) {
    const request = {
      prescription: name32Bytes(params.txid),
      signer: signer === undefined ? undefined : name32Bytes(signer),
      roster: roster === undefined ? undefined : BigInt(roster),
      from: BigInt(from),
    }
    return bytes(await ledger.proof(request))
  },
})

export const ledgerOperations: readonly Operation[] = [
  getLedger,
  getHeaders,
  getBlock,
  getPending,
  getEvidence,
  getSigner,
  putRecord,
  getRecord,
  getProof,
]
