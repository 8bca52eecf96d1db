import { checkSlip, readSlip, slipsIn } from '@chartseal/clinic/prescriptions'
import { encodeBase64Url, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { Answer } from '@chartseal/core/json'
import { quoted } from '@chartseal/core/text'
import { type Anchor, anchorOf, checkBundle } from '@chartseal/emr-ledger'
import type { Command } from 'commander'
import { describeCommand, finish, type OutputOptions, textOf, withOutput } from '../../io/command.js'
import { AlreadyTold, cliError, UsageError } from '../../io/errors.js'
import { inFile, readBytes } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { withDeskFile } from '../../io/ledger/desk-file.js'
import { requireLedger } from '../../io/ledger/server.js'
import { oneSlipIn } from '../../io/ledger/slip-text.js'
import { provenAnswer, provenWords } from './proven.js'
import { type ArchiveOptions, withArchive } from './v1/chain-file.js'
import { timeOf } from './verdict.js'

interface VerifyOptions extends OutputOptions, ArchiveOptions {
  readonly genesis?: string
  readonly desk?: string
  readonly passphraseFile?: string
  readonly ledger?: string
}

export function verifyCommand(io: Io): Command {
  const command = describeCommand(
    'verify',
    'Check a proof, a slip, a whole file of blocks, or the chain of version 1 that the ledger follows, without asking anybody: what is proven, how sure it is, and as of when',
    'chartseal ledger verify --genesis genesis.cbor rx.proof',
    'chartseal ledger verify --desk pharmacy.desk slip.txt',
  )
  return withArchive(withOutput(command))
    .option('--genesis <file>', 'what the ledger began with, from a trusted place')
    .option('--desk <file>', 'or a desk file, which knows it and what was proven last')
    .option(
      '--passphrase-file <file>',
      'the passphrase of the desk file, one line; else CHARTSEAL_PASSPHRASE or a prompt',
    )
    .option('--ledger <id>', 'the id that the genesis must have')
    .argument('<file>', 'the proof, the slip, the blocks or the chain')
    .action((file: string, options: VerifyOptions) => verify(io, file, options))
}

async function verify(io: Io, file: string, options: VerifyOptions): Promise<void> {
  const anchor = await anchorIn(io, options)
  if (options.ledger !== undefined) requireLedger(options.ledger, anchor.genesisBytes)
  const bytes = await readBytes(io, file)
  const text = textOf(bytes) ?? ''
  if (slipsIn(text).length > 0) {
    const slip = await inFile(file, () => readSlip(oneSlipIn(text, file)))
    return verifySlip(io, options, anchor, slip)
  }
  if (isCborMap(bytes)) return inFile(file, () => verifyBundle(io, options, anchor, bytes))
  if (!startsWith(bytes.subarray(1), logMagic)) throw cliError('cli/not-a-proof', {})
  await verifyBlocks(io, options, anchor, file).catch(async (error: unknown) => {
    if (!(error instanceof ChartsealError) || error.code !== 'files/wrong-kind') throw error
    const { verifyArchive } = await import('./archive.js')
    await verifyArchive(io, options, anchor, file)
  })
}

/** RFC 8949 3.1: a map of fewer than 24 fields. */
const isCborMap = ([first = 0]: Uint8Array): boolean => first >= 0xa0 && first < 0xb8
/** docs/spec/append-log.md */
const logMagic: Uint8Array = encodeUtf8('CSLOG\r\n')
const startsWith = (bytes: Uint8Array, head: Uint8Array): boolean =>
  head.every((byte, i) => bytes[i] === byte)

/** @throws UsageError unless exactly one is given */
async function anchorIn(io: Io, { genesis, desk, passphraseFile }: VerifyOptions): Promise<Anchor> {
  if ((genesis === undefined) === (desk === undefined))
    throw new UsageError('give --genesis FILE, or --desk FILE')
  if (desk !== undefined) {
    const held = passphraseFile === undefined ? { desk } : { desk, passphraseFile }
    return withDeskFile(io, held, async ({ shelf }) => shelf.book().anchor)
  }
  const file = genesis ?? ''
  const bytes = await readBytes(io, file)
  return inFile(file, () => anchorOf(bytes))
}

async function verifyBundle(
  io: Io,
  options: VerifyOptions,
  anchor: Anchor,
  bytes: Uint8Array,
): Promise<void> {
  const nowSeconds = BigInt(Math.floor(io.clock.nowMs() / 1_000))
  const checked = checkBundle(anchor, bytes, { nowSeconds })
  const ledger = encodeBase64Url(anchor.ledger)
  const answer = { kind: 'proof', ledger, ...provenAnswer(checked) }
  await finish(io, options, { text: `Ledger        ${ledger}\n${provenWords(checked)}`, answer })
}

/** What a slip alone proves: its content was signed, and by whom; nothing of what was dispensed since. */
async function verifySlip(
  io: Io,
  options: VerifyOptions,
  anchor: Anchor,
  slip: Awaited<ReturnType<typeof readSlip>>,
): Promise<void> {
  const { prescriber } = checkSlip(slip, anchor.roster)
  const txid = encodeHex(slip.record.txid)
  const { number } = anchor.roster
  const who =
    prescriber === null ? 'nobody in this roster: not verified' : `a prescriber, ${quoted(prescriber.name)}`
  const lines = [
    `Prescription  ${txid}`,
    `Signed by     ${who}`,
    `Roster        number ${number}, as of height ${anchor.height}`,
    `Units         ${slip.claims.quantity}, good until ${timeOf(slip.claims.validUntil)}`,
    'Not proven    that the ledger has it, or what was dispensed of it',
  ]
  const answer: Answer = {
    ...{ kind: 'slip', prescription: txid, is_signed: prescriber !== null, roster: number },
    ...{ height: anchor.height, quantity: slip.claims.quantity, valid_until: slip.claims.validUntil },
  }
  await finish(io, options, { text: `${lines.join('\n')}\n`, answer })
  if (prescriber === null) throw new AlreadyTold()
}

async function verifyBlocks(io: Io, options: VerifyOptions, anchor: Anchor, file: string): Promise<void> {
  // A whole node is loaded for one.
  const { readBlockFile } = await import('../../io/ledger/node/block-file.js')
  const { served, blocks, incompleteBytes } = await readBlockFile(io, file, anchor.genesisBytes)
  const { tip, final, genesis } = served.node
  const ledger = encodeBase64Url(anchor.ledger)
  const words: Readonly<Record<string, string>> = {
    tlog: 'the blocks alone do not say: checkpoints of the log do',
    poa: `height ${final.height}, by the votes in the blocks`,
    pow: 'nothing is ever final: whoever works more can replace it',
  }
  const torn = incompleteBytes === 0 ? [] : [`Incomplete    ${incompleteBytes} bytes at the end`]
  const lines = [
    `Ledger        ${ledger}`,
    `Proven        ${blocks} blocks: signatures, states and seals`,
    `Tip           height ${tip.height}, ${encodeHex(tip.id)}`,
    `Final         ${words[genesis.seal.kind] ?? ''}`,
    `As of         ${timeOf(tip.timestamp)}`,
    ...torn,
  ]
  const answer: Answer = {
    ...{ kind: 'blocks', ledger, blocks, seal: genesis.seal.kind, incomplete_bytes: incompleteBytes },
    ...{ height: tip.height, tip: encodeHex(tip.id), final_height: final.height, as_of: tip.timestamp },
  }
  await finish(io, options, { text: `${lines.join('\n')}\n`, answer })
}
