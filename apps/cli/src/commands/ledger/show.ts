import { decodeBase64Url, decodeUtf8, encodeBase64Url, encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { type Answer, JsonObject } from '@chartseal/core/json'
import { quoted, visible } from '@chartseal/core/text'
import { type Block, decodeBlock, decodeRecord, type LedgerRecord } from '@chartseal/emr-ledger'
import { Argument, type Command } from 'commander'
import { describeCommand, finish, type OutputOptions, parseCount, withOutput } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { decodeList } from '../../io/ledger/node/lists.js'
import { type BlockMark, type LedgerGet, ledgerInfo } from '../../io/ledger/server.js'
import { type SourceOptions, sourceOf, withSource } from '../../io/ledger/source.js'
import { blockAnswer, claimsAnswer, recordLine } from '../../io/ledger/words.js'
import { parseId } from './desk.js'
import { refusalWords } from './refusal.js'
import { timeOf } from './verdict.js'

interface ShowOptions extends OutputOptions, SourceOptions {}

export function showCommand(io: Io): Command {
  const command = describeCommand(
    'show',
    'What a server or a file of blocks says of a ledger, or of one record: prove and verify show that it is true',
    'chartseal ledger show --server https://clinic.example',
    'chartseal ledger show --blocks blocks.log --genesis genesis.cbor 5d41402abc4b2a76b9719d911017c592ae5a5b4a5f6d3c1c0e1e4cbd0a5d2f10',
  )
  return withSource(withOutput(command))
    .addArgument(new Argument('[record]', 'a txid, 64 hexadecimal digits').argParser(parseId))
    .action(async (txid: Uint8Array | undefined, options: ShowOptions) => {
      const get = await sourceOf(io, options)
      await finish(io, options, txid === undefined ? await about(get) : await oneRecord(get, txid))
    })
}

interface Shown {
  readonly text: string
  readonly answer: Answer
}

async function about(get: LedgerGet): Promise<Shown> {
  const { ledger, name, rule, tip, final, pending } = await ledgerInfo(get)
  const { stopped, offences } = await sealingOf(get)
  const lines = [
    `Ledger   ${ledger} ${quoted(name)}`,
    `Seal     ${rule}`,
    `Tip      ${markWords(tip)}`,
    `Final    ${markWords(final)}`,
    `Pending  ${pending}`,
    ...(stopped === null ? [] : [`Stopped  ${refusalWords(stopped)} (${visible(stopped)})`]),
    ...(offences === 0 ? [] : [`Offences ${offences}: ledger evidence verify checks /v1/ledger/offences`]),
  ]
  const marks = { tip: markAnswer(tip), final: markAnswer(final) }
  const answer = { ledger, name, rule, ...marks, pending, stopped, offences }
  return { text: `${lines.join('\n')}\n`, answer }
}

/** What keeps a clinic's server from sealing, and how many proofs against sealers it has; others do not say. */
async function sealingOf(
  get: LedgerGet,
): Promise<{ readonly stopped: string | null; readonly offences: number }> {
  const bytes = await get('/sealing').catch((error: unknown) => {
    if (error instanceof ChartsealError && error.code === 'ledger-node/missing') return null
    throw error
  })
  if (bytes === null) return { stopped: null, offences: 0 }
  const about = JsonObject.parse(decodeUtf8(bytes))
  const stopped = about.has('seal_fault') ? about.text('seal_fault') : null
  return { stopped, offences: about.count('offences') }
}

const hexOf = (id: string): string => encodeHex(decodeBase64Url(id))
const markAnswer = ({ id, height, timestamp }: BlockMark): Answer => ({ id: hexOf(id), height, timestamp })
const markWords = ({ id, height, timestamp }: BlockMark): string =>
  `height ${height}, ${timeOf(BigInt(timestamp))}, ${hexOf(id)}`

async function oneRecord(get: LedgerGet, txid: Uint8Array): Promise<Shown> {
  const found = JsonObject.parse(decodeUtf8(await get(`/records/${encodeBase64Url(txid)}`)))
  const [state, code] = [found.text('state'), found.raw('code')]
  const bytes = found.raw('record')
  const record = typeof bytes === 'string' ? decodeRecord(decodeBase64Url(bytes)) : null
  const sealed = found.raw('sealed') === null ? null : found.object('sealed')
  const of = found.raw('prescription') === null ? null : found.object('prescription')
  const lines = [
    `State     ${state}${typeof code === 'string' ? `: ${refusalWords(code)} (${code})` : ''}`,
    ...(record === null ? [] : [`Record  ${recordLine(record)}`]),
    ...(sealed === null ? [] : [`Sealed    height ${sealed.count('height')}, ${sealed.text('finality')}`]),
    ...(of === null ? [] : [`Now       ${standing(of)}`]),
  ]
  const answer = {
    txid: encodeHex(txid),
    state,
    code: typeof code === 'string' ? code : null,
    record: record === null ? null : claimsAnswer(record),
    height: sealed?.count('height') ?? null,
    finality: sealed?.text('finality') ?? null,
    prescription: of === null ? null : standingAnswer(of),
  }
  return { text: `${lines.join('\n')}\n`, answer }
}

function standing(of: JsonObject): string {
  const expired = of.boolean('expired') ? ', expired' : ''
  return `${of.text('status')}${expired}, ${of.count('dispensed')} of ${of.count('quantity')} dispensed`
}

function standingAnswer(of: JsonObject): Answer {
  return {
    status: of.text('status'),
    expired: of.boolean('expired'),
    quantity: of.count('quantity'),
    dispensed: of.count('dispensed'),
    last: hexOf(of.text('last')),
  }
}

interface ExploreOptions extends OutputOptions, SourceOptions {
  readonly from?: number
  readonly count: number
}

export function exploreCommand(io: Io): Command {
  const command = describeCommand(
    'explore',
    'List blocks with their records, the newest first, and the records that wait',
    'chartseal ledger explore --server https://clinic.example --count 5',
  )
  return withSource(withOutput(command))
    .option(
      '--from <height>',
      'the newest block to list; else the tip',
      parseCount(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--count <blocks>', 'how many', parseCount(1, 1_000), 10)
    .action((options: ExploreOptions) => explore(io, options))
}

async function explore(io: Io, options: ExploreOptions): Promise<void> {
  const get = await sourceOf(io, options)
  const { tip } = await ledgerInfo(get)
  const newest = Math.min(options.from ?? tip.height, tip.height)
  const blocks: Block[] = []
  for (let at = newest; at >= 0 && blocks.length < options.count; at--)
    blocks.push(decodeBlock(await get(`/blocks/${at}`)))
  const pending = decodeList(await get('/pending')).map(decodeRecord)
  const text = [pendingText(pending), ...blocks.map(blockText)].join('')
  const answer = { pending: pending.map(claimsAnswer), blocks: blocks.map(blockAnswer) }
  await finish(io, options, { text, answer })
}

function pendingText(records: readonly LedgerRecord[]): string {
  return records.length === 0 ? '' : `Pending\n${records.map(record => `${recordLine(record)}\n`).join('')}`
}

function blockText({ header, records }: Block): string {
  const lines = records.map(record => `${recordLine(record)}\n`).join('')
  return `Block ${header.height}, ${timeOf(header.timestamp)}, ${encodeHex(header.id)}\n${lines}`
}
