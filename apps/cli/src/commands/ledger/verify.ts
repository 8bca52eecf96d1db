import { encodeHex } from '@chartseal/core/encoding'
import { type LedgerRecord, recordFromJson, verifyRecord } from '@chartseal/emr-ledger/v1'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand, finish } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { readJson } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { type ExpectOptions, parseU64, withChain, withExpectations } from './chain-file.js'

interface VerifyOptions extends CommonOptions, ExpectOptions {
  readonly chain?: string
  readonly previousNonce?: bigint
}

export function verifyCommand(io: Io): Command {
  const command = describeCommand(
    'verify',
    'Verify a whole chain, or one record as the next one of its doctor',
    'chartseal ledger verify --chain ledger.log',
    'chartseal ledger verify rx.json --chain ledger.log',
    'chartseal ledger verify rx.json --previous-nonce 4',
  )
  return withExpectations(command)
    .option('--chain <file>', 'the chain file')
    .option('--previous-nonce <number>', "the doctor's last nonce, without a chain", parseU64)
    .argument('[record]', 'a record, one JSON object; - is stdin')
    .action((file: string | undefined, options: VerifyOptions) =>
      file === undefined ? verifyChain(io, options) : verifyOne(io, file, options),
    )
}

async function verifyChain(io: Io, options: VerifyOptions): Promise<void> {
  const { chain } = options
  if (chain === undefined || options.previousNonce !== undefined) {
    throw new UsageError('give a record, or --chain alone')
  }
  const found = await withChain(io, chain, 'must', options, async ({ tip, state }) => ({ tip, state }))
  const blocks = found.tip === null ? 0n : found.tip.height + 1n
  const tip = found.tip === null ? null : encodeHex(found.tip.blockId)
  const text = `The chain stands: ${blocks} blocks, ${found.state.size} doctors${tip === null ? '' : `, tip ${tip}`}.\n`
  const answer = { verdict: 'accept', blocks, tip, nonces: Object.fromEntries(found.state) }
  await finish(io, options, { text, answer })
}

async function verifyOne(io: Io, file: string, options: VerifyOptions): Promise<void> {
  const record = recordFromJson(await readJson(io, file))
  const previousNonce = await previousOf(io, record, options)
  verifyRecord(record, previousNonce, options.archive === true ? 'seed' : 'strict')
  const text = `The record stands: nonce ${record.nonce} of doctor ${encodeHex(record.doctorHash)}.\n`
  await finish(io, options, { text, answer: { verdict: 'accept', txid: record.txid } })
}

async function previousOf(io: Io, record: LedgerRecord, options: VerifyOptions): Promise<bigint> {
  const { chain, previousNonce } = options
  if (chain === undefined && previousNonce !== undefined) return previousNonce
  if (chain !== undefined && previousNonce === undefined) {
    return withChain(io, chain, 'must', options, async opened => opened.nonceOf(record.doctorHash))
  }
  throw new UsageError('give either --chain or --previous-nonce')
}
