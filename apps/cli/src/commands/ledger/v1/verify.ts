import { encodeHex } from '@chartseal/core/encoding'
import { type LedgerRecord, recordFromJson, verifyRecord } from '@chartseal/emr-ledger/v1'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand, finish } from '../../../io/command.js'
import { AlreadyTold, UsageError } from '../../../io/errors.js'
import { inFile, readJson } from '../../../io/files.js'
import type { Io } from '../../../io/io.js'
import { type ExpectOptions, parseU64, readingChain, withExpectations } from './chain-file.js'

interface VerifyOptions extends CommonOptions, ExpectOptions {
  readonly chain?: string
  readonly previousNonce?: bigint
}

export function verifyCommand(io: Io): Command {
  const command = describeCommand(
    'verify',
    'Verify a whole chain, or one record as the next one of its doctor',
    'chartseal ledger v1 verify --chain ledger.log',
    'chartseal ledger v1 verify rx.json --chain ledger.log',
    'chartseal ledger v1 verify rx.json --previous-nonce 4',
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
  const { result, incompleteBytes } = await readingChain(io, chain, 'must', options, async opened => ({
    blocks: opened.length,
    tip: opened.tip === null ? null : encodeHex(opened.tip.blockId),
    state: opened.state,
  }))
  const { blocks, tip, state } = result
  const verified = `${blocks} blocks of ${state.size} doctors are valid${tip === null ? '' : `, tip ${tip}`}.`
  const verdict = incompleteBytes === 0 ? 'accept' : 'incomplete'
  const text =
    incompleteBytes === 0
      ? `${verified}\n`
      : `${verified}\nThe last ${incompleteBytes} bytes are an incomplete block: a write that was interrupted, or a copy cut short.\n`
  const answer = {
    verdict,
    blocks,
    tip,
    incomplete_bytes: incompleteBytes,
    nonces: Object.fromEntries(state),
  }
  await finish(io, options, { text, answer })
  if (incompleteBytes > 0) throw new AlreadyTold()
}

async function verifyOne(io: Io, file: string, options: VerifyOptions): Promise<void> {
  const json = await readJson(io, file)
  const record = await inFile(file, () => recordFromJson(json))
  const previousNonce = await previousOf(io, record, options)
  await inFile(file, () => verifyRecord(record, previousNonce, options.archive === true ? 'seed' : 'strict'))
  const text = `The record is valid: nonce ${record.nonce} of doctor ${encodeHex(record.doctorHash)}.\n`
  await finish(io, options, { text, answer: { verdict: 'accept', txid: record.txid } })
}

async function previousOf(io: Io, record: LedgerRecord, options: VerifyOptions): Promise<bigint> {
  const { chain, previousNonce } = options
  if (chain === undefined && previousNonce !== undefined) return previousNonce
  if (chain !== undefined && previousNonce === undefined) {
    const { result } = await readingChain(io, chain, 'must', options, async opened =>
      opened.nonceOf(record.doctorHash),
    )
    return result
  }
  throw new UsageError('give either --chain or --previous-nonce')
}
