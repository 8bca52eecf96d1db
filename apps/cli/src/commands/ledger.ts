import type { Command } from 'commander'
import { describeGroup } from '../io/command.js'
import type { Io } from '../io/io.js'

type MakeCommand = (io: Io) => Command

/** In the order in which help lists them; only what is asked for is loaded. */
const commands: ReadonlyMap<string, () => Promise<MakeCommand>> = new Map([
  ['join', async () => (await import('./ledger/join.js')).joinCommand],
  ['keygen', async () => (await import('./ledger/keygen.js')).keygenCommand],
  ['prescribe', async () => (await import('./ledger/prescribe.js')).prescribeCommand],
  ['cancel', async () => (await import('./ledger/prescribe.js')).cancelCommand],
  ['replace', async () => (await import('./ledger/prescribe.js')).replaceCommand],
  ['slip', async () => (await import('./ledger/slip.js')).slipCommand],
  ['dispense', async () => (await import('./ledger/dispense.js')).dispenseCommand],
  ['shred', async () => (await import('./ledger/shred.js')).shredCommand],
  ['deliver', async () => (await import('./ledger/deliver.js')).deliverCommand],
  ['show', async () => (await import('./ledger/show.js')).showCommand],
  ['explore', async () => (await import('./ledger/show.js')).exploreCommand],
  ['prove', async () => (await import('./ledger/prove.js')).proveCommand],
  ['verify', async () => (await import('./ledger/verify.js')).verifyCommand],
  ['mine', async () => (await import('./ledger/mine.js')).mineCommand],
  ['evidence', async () => (await import('./ledger/evidence.js')).evidenceCommand],
  ['node', async () => (await import('./ledger/node.js')).nodeCommand],
  ['v1', async () => (await import('./ledger/v1/index.js')).ledgerV1Command],
])

/** `chartseal ledger …`: prescriptions that are committed to in a ledger, and dispensed once. */
export async function ledgerCommand(io: Io, asked: string | undefined): Promise<Command> {
  const one = commands.get(asked ?? '')
  const wanted = one === undefined ? [...commands.values()] : [one]
  const made = await Promise.all(wanted.map(async load => (await load())(io)))
  return describeGroup(
    'ledger',
    'Prescribe, dispense and prove in a ledger that gives out each unit once',
    ...made,
  )
}
