import { prescriptionError } from '@chartseal/clinic/prescriptions'
import { equal } from '@chartseal/core/bytes'
import { anchorOf, checkBundle } from '@chartseal/emr-ledger'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { ledgerInfo } from '../../io/ledger/server.js'
import { type SourceOptions, sourceOf, withSource } from '../../io/ledger/source.js'
import { fetchProof } from '../../io/ledger/way.js'
import { checkOutput, writeBytes } from '../../io/output.js'
import { prescriptionArgument } from './prescribe.js'
import { provenAnswer, provenWords } from './proven.js'

interface ProveOptions extends CommonOptions, SourceOptions {
  readonly out: string
  readonly genesisOut?: string
  readonly force?: boolean
}

export function proveCommand(io: Io): Command {
  const command = describeCommand(
    'prove',
    'Write what proves how a prescription stands, for whoever has the genesis of the ledger; it is checked first',
    'chartseal ledger prove --server https://clinic.example --out rx.proof --genesis-out genesis.cbor 5d41402abc4b2a76b9719d911017c592ae5a5b4a5f6d3c1c0e1e4cbd0a5d2f10',
  )
  return withSource(command)
    .requiredOption('-o, --out <file>', 'write the proof to this file')
    .option('--genesis-out <file>', 'write the genesis, too: it is worth what its id is compared with')
    .option('--force', 'replace files that exist')
    .addArgument(prescriptionArgument())
    .action((prescription: Uint8Array, options: ProveOptions) => prove(io, prescription, options))
}

async function prove(io: Io, prescription: Uint8Array, options: ProveOptions): Promise<void> {
  const { out, genesisOut, force = false, json = false } = options
  if (genesisOut !== undefined) await checkOutput(io, genesisOut, { force })
  const get = await sourceOf(io, options)
  const { genesis, ledger } = await ledgerInfo(get)
  const bundle = await fetchProof(get, { prescription, from: 0n })
  const nowSeconds = BigInt(Math.floor(io.clock.nowMs() / 1_000))
  const checked = checkBundle(anchorOf(genesis), bundle, { nowSeconds })
  if (checked.prescription === null || !equal(checked.prescription.txid, prescription))
    throw prescriptionError('prescription/other-proof', {})
  await writeBytes(io, out, bundle, { force })
  if (genesisOut !== undefined) await writeBytes(io, genesisOut, genesis, { force })
  const text = `Ledger        ${ledger}\n${provenWords(checked)}`
  const answer = { ledger, ...provenAnswer(checked), file: out, bytes: bundle.length }
  await finish(io, { json }, { text, answer })
}
