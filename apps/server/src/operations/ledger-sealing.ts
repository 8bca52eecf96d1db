/** Who seals the prescription ledger, who may sign on it, and what wakes its other nodes. */
import { encodeBase64Url } from '@chartseal/core/encoding'
import { decodeRecord, encodeRoster, type Genesis } from '@chartseal/emr-ledger'
import { z } from 'zod'
import type { Clinic } from '../clinic/clinic.js'
import { newsSlot } from '../clinic/events.js'
import { requestError } from '../errors.js'
import { bytes, json } from '../http/answers.js'
import { ledgerCodes } from '../http/ledger-problems.js'
import { count, limits, name32, newsText } from '../http/names.js'
import { bytesBody, type Operation, operation } from '../http/operation.js'
import { isTxidOf } from '../ledger/names.js'
import { sealingOf } from '../ledger/sealing.js'
import { encodeList } from '../ledger/wire.js'
import { nodeFields, nodeOf } from './ledger-answers.js'

const none = z.strictObject({})

const getSealing = operation({
  method: 'GET',
  path: '/v1/ledger/sealing',
  summary: 'Who seals the next block, and whether this node does',
  auth: 'open',
  cost: 2,
  codes: ['ledger-node/stopped'],
  params: none,
  query: none,
  answer: {
    status: 200,
    json: z.strictObject({
      ...nodeFields,
      working: z.boolean(),
      peers: z.strictObject({ named: z.int(), there: z.int() }),
      /** `null` where it only pulls. Messages of others, since the start: taken, of no use, and what no honest node passes on. */
      gossip: z
        .strictObject({
          named: z.int(),
          there: z.int(),
          accepted: z.int(),
          ignored: z.int(),
          rejected: z.int(),
        })
        .nullable(),
      /** The key that this node seals with, or would; `null` where it has none. */
      own: name32.nullable(),
      seals: z.boolean(),
      /** The code of what keeps it from sealing what waits. */
      seal_fault: z.string().nullable(),
      /** Proofs that sealers signed two blocks, or two votes, of one slot. */
      offences: z.int(),
      /** Of `tlog`: who cosigns its log, and how many of them make a block final. */
      witnesses: z.strictObject({ named: z.int(), quorum: z.int() }).nullable(),
      roster: z.strictObject({ number: z.int(), quorum: z.int(), registrars: z.int() }),
      /** Of `poa` alone. */
      turns: z
        .strictObject({
          slot: z.int(),
          slot_seconds: z.int(),
          slots_per_turn: z.int(),
          tolerates: z.enum(['crash', 'lies']),
          /** How many of them decide. */
          quorum: z.int(),
          leader: name32,
          sealers: z.array(z.strictObject({ kid: name32, name: z.string() })),
        })
        .nullable(),
    }),
  },
  async run(_call, { ledger, clock }) {
    const { node } = ledger
    const { seals, roster, turns } = await sealingOf(ledger, clock)
    return json({
      ...nodeOf(ledger),
      working: ledger.isWorking,
      peers: ledger.peers,
      gossip: gossipIn(ledger),
      own: ledger.sealer === null ? null : encodeBase64Url(ledger.sealer),
      seals,
      seal_fault: ledger.sealFault,
      offences: node.offences().length,
      witnesses: witnessesOf(node.genesis),
      roster,
      turns,
    })
  },
})

const witnessesOf = ({ seal }: Genesis) =>
  seal.kind === 'tlog' ? { named: seal.witnesses.length, quorum: seal.quorum } : null

function gossipIn({ gossip }: Clinic['ledger']) {
  if (gossip === null) return null
  const { accepted, ignored, rejected } = gossip.counts
  return { ...gossip.peers, accepted, ignored, rejected }
}

const getRoster = operation({
  method: 'GET',
  path: '/v1/ledger/roster',
  summary: 'The roster in force: deterministic CBOR',
  auth: 'open',
  cost: 2,
  codes: ['ledger-node/stopped'],
  params: none,
  query: none,
  answer: { status: 200, type: 'application/octet-stream' },
  run: async (_call, { ledger }) => bytes(encodeRoster(await ledger.read(({ node }) => node.roster()))),
})

const getOffences = operation({
  method: 'GET',
  path: '/v1/ledger/offences',
  summary: 'Proofs that sealers signed two of what only one may be: a list in deterministic CBOR',
  auth: 'open',
  codes: [],
  params: none,
  query: none,
  answer: { status: 200, type: 'application/octet-stream' },
  run: async (_call, { ledger }) => bytes(encodeList(ledger.node.offences(), limits.listBytes)),
})

const getNews = operation({
  method: 'GET',
  path: '/v1/ledger/news',
  summary: 'Another text whenever a block, a vote or a record came; with wait, as soon as it does',
  auth: 'open',
  codes: [],
  params: none,
  query: z.strictObject({ after: newsText.optional(), wait: count(0, 25).optional() }),
  answer: {
    status: 200,
    /** `waits`: false where too many wait already, so that the answer came at once. */
    json: z.strictObject({ v: z.literal(1), news: newsText, waits: z.boolean() }),
  },
  async run({ query: { after = '', wait: seconds = 0 }, network, signal }, { ledger, events, state }) {
    const asks = seconds > 0 && after === ledger.news && state() !== 'stopping'
    const wait = asks ? events.awaitSlot(newsSlot, network, 1_000 * seconds, signal()) : null
    try {
      await wait?.next()
      return json({ v: 1, news: ledger.news, waits: !asks || wait !== null })
    } finally {
      wait?.end()
    }
  },
})

const putRoster = operation({
  method: 'PUT',
  path: '/v1/ledger/rosters/{txid}',
  summary: 'Hand in a change of the roster, signed by as many registrars as it takes',
  auth: 'open',
  // Its signatures, which are checked, say who made it; anybody may carry it.
  cost: 25,
  codes: ['server/full', ...ledgerCodes],
  params: z.strictObject({ txid: name32 }),
  query: none,
  body: bytesBody(limits.ledgerRecordBytes, z.string().describe('deterministic CBOR')),
  answer: { status: 200, json: z.strictObject({ txid: name32, known: z.boolean() }) },
  async run({ params: { txid }, bytes: record }, { ledger, room }) {
    if (!isTxidOf(txid, record)) throw requestError('request/invalid', { fields: ['txid'] })
    if (decodeRecord(record).claims.kind !== 'roster')
      throw requestError('request/invalid', { fields: ['body'] })
    await room.require()
    const { isKnown } = await ledger.submit(record)
    return json({ txid, known: isKnown })
  },
})

export const sealingOperations: readonly Operation[] = [
  getSealing,
  getRoster,
  getOffences,
  getNews,
  putRoster,
]
