import { equal } from '@chartseal/core/bytes'
import { decodeCbor, encodeBase64Url, encodeHex } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import { quoted } from '@chartseal/core/text'
import { anchorOf, checkOffence, type Genesis, ledgerIdOf, type Offence } from '@chartseal/emr-ledger'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand, describeGroup, finish } from '../../io/command.js'
import { cliError } from '../../io/errors.js'
import { inFile, readBytes } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { timeOf } from './verdict.js'

interface EvidenceOptions extends CommonOptions {
  readonly genesis?: string
}

/** `chartseal ledger evidence …`: proofs against whoever seals. */
export function evidenceCommand(io: Io): Command {
  const verify = describeCommand(
    'verify',
    'Check a proof that a sealer signed two blocks, or two votes, of one slot: with nothing but its bytes',
    'chartseal ledger evidence verify --genesis genesis.cbor offences.cbor',
  )
    .option(
      '--genesis <file>',
      'what the ledger began with: names the sealer, where they were in its first roster',
    )
    .argument('<file>', 'one proof, or the list that a node gives as /v1/ledger/offences')
    .action((file: string, options: EvidenceOptions) => verifyEvidence(io, file, options))
  return describeGroup('ledger evidence', 'Check proofs against whoever seals a ledger', verify)
}

async function verifyEvidence(io: Io, file: string, options: EvidenceOptions): Promise<void> {
  const genesis = await genesisIn(io, options.genesis)
  const bytes = await readBytes(io, file)
  const found = await inFile(file, () => proofsIn(bytes).map(proof => checkOffence(proof)))
  for (const { ledger } of found) requireLedger(ledger, genesis)
  const lines = found.map(offence => `${wordsOf(offence, nameIn(genesis, offence))}\n`)
  const text = lines.length === 0 ? 'No proofs: this list is empty.\n' : lines.join('')
  await finish(io, options, { text, answer: { kind: 'offences', proofs: found.map(answerOf) } })
}

/** A list of byte strings, or the map of one proof. @throws ChartsealError `encoding/invalid` */
function proofsIn(bytes: Uint8Array): readonly Uint8Array[] {
  const value = decodeCbor(bytes)
  if (!Array.isArray(value)) return [bytes]
  return value.map(one => {
    if (one instanceof Uint8Array) return one
    throw cliError('cli/not-a-proof', {})
  })
}

async function genesisIn(
  io: Io,
  file: string | undefined,
): Promise<{ readonly id: Uint8Array; readonly genesis: Genesis } | null> {
  if (file === undefined) return null
  const bytes = await readBytes(io, file)
  const { genesis } = await inFile(file, () => anchorOf(bytes))
  return { id: ledgerIdOf(bytes), genesis }
}

type Known = Awaited<ReturnType<typeof genesisIn>>

function requireLedger(actual: Uint8Array, known: Known): void {
  if (known === null || equal(known.id, actual)) return
  throw cliError('cli/other-ledger', { expected: encodeBase64Url(known.id), actual: encodeBase64Url(actual) })
}

function nameIn(known: Known, { sealer: { kid } }: Offence): string | null {
  return known?.genesis.roster.members.find(member => equal(member.kid, kid))?.name ?? null
}

function wordsOf(offence: Offence, name: string | null): string {
  const { ledger, sealer } = offence
  const who = `${name === null ? '' : `${quoted(name)}, `}key ${encodeBase64Url(sealer.kid)}`
  const what =
    offence.kind === 'votes'
      ? `voted for two blocks of slot ${offence.slot}`
      : `sealed two blocks of ${timeOf(offence.timestamp)}`
  return [
    `Proven        ${who}, ${what}`,
    `Ledger        ${encodeBase64Url(ledger)}`,
    ...idsOf(offence).map(id => `Block         ${id}`),
  ].join('\n')
}

function idsOf(offence: Offence): readonly string[] {
  if (offence.kind === 'votes') return offence.blocks.map(({ block }) => encodeHex(block))
  return offence.blocks.map(({ header }) => encodeHex(header.id))
}

function answerOf(offence: Offence): Answer {
  const at = offence.kind === 'votes' ? { slot: offence.slot } : { timestamp: offence.timestamp }
  const [ledger, sealer] = [encodeBase64Url(offence.ledger), encodeBase64Url(offence.sealer.kid)]
  return { kind: offence.kind, ledger, sealer, ...at, blocks: idsOf(offence) }
}
