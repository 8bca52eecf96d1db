import { stat } from 'node:fs/promises'
import { FileSeal } from '@chartseal/clinic/fs/conference'
import { newBook, proofAbout } from '@chartseal/clinic/prescriptions'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import type { Answer } from '@chartseal/core/json'
import { quoted } from '@chartseal/core/text'
import { anchorOf, findMember, keyIdOf } from '@chartseal/emr-ledger'
import { type Command, Option } from 'commander'
import { type CommonOptions, describeCommand, finish } from '../../io/command.js'
import { readOwnerKey } from '../../io/envelope/owner.js'
import { UsageError } from '../../io/errors.js'
import { pathOf } from '../../io/files.js'
import { type HardeningOptions, hardening, withHardening } from '../../io/hardening.js'
import type { Io } from '../../io/io.js'
import { encodeDesk, type HeldDesk, passphraseOf, withDeskFile } from '../../io/ledger/desk-file.js'
import { ledgerInfo, requireLedger, serverGet } from '../../io/ledger/server.js'
import { ledgerWay } from '../../io/ledger/way.js'
import { writeBytes } from '../../io/output.js'
import { readNewSecret, readSecret } from '../../io/secrets.js'
import { ClinicClient, tokenOf } from '../conference/clinic-client.js'
import { parseServer } from '../conference/places.js'

interface JoinOptions extends CommonOptions, HardeningOptions {
  readonly server: URL
  readonly desk: string
  readonly key?: string
  readonly ledger?: string
  readonly invitationFile?: string
  readonly passphraseFile?: string
  readonly unsealed?: boolean
}

export function joinCommand(io: Io): Command {
  const command = describeCommand(
    'join',
    'Make a desk file: the key of this device and the ledger that it believes; with an invitation the clinic enrols it',
    'chartseal ledger join --server https://clinic.example --desk doctor.desk --invitation-file link.txt',
  )
  return withHardening(command)
    .addOption(new Option('--server <url>', 'the clinic').argParser(parseServer).makeOptionMandatory())
    .requiredOption('--desk <file>', 'the desk file; it is made where there is none')
    .option('--key <file>', 'a key that there is already, 64 hexadecimal digits; else a new one is made')
    .option('--ledger <id>', 'the id of the ledger, as the clinic told it: another one is refused')
    .option(
      '--invitation-file <file>',
      'the one-time link of the clinic, one line; else CHARTSEAL_INVITATION',
    )
    .option(
      '--passphrase-file <file>',
      'the passphrase of the desk file, one line; else CHARTSEAL_PASSPHRASE or a prompt',
    )
    .option('--unsealed', 'make it without a passphrase: whoever copies it has its key and the prescriptions')
    .action((options: JoinOptions) => join(io, options))
}

/** The key is durable before the clinic knows it; the same command again ends what was cut off. */
async function join(io: Io, options: JoinOptions): Promise<void> {
  const { server, desk, ledger } = options
  const info = await ledgerInfo(serverGet(server))
  if (ledger !== undefined) requireLedger(ledger, info.genesis)
  if ((await stat(pathOf(io, desk)).catch(() => null)) === null) await make(io, options, info.genesis)
  const { isMember, ...role } = await withDeskFile(io, options, async held => {
    if (held.server.origin !== server.origin) throw new UsageError(`${desk} is of ${held.server.origin}`)
    requireLedger(info.ledger, held.shelf.book().anchor.genesisBytes)
    const client = new ClinicClient(server, held.key, io)
    const device = await enrolled(io, options, client)
    const signs = device.role === 'doctor' || device.role === 'pharmacist'
    return { ...device, isMember: signs ? await untilMember(io, held, client) : null }
  })
  const answer: Answer = {
    ledger: info.ledger,
    name: info.name,
    rule: info.rule,
    ...role,
    in_roster: isMember,
    desk,
  }
  const lines = [
    `Ledger  ${info.ledger} ${quoted(info.name)}: compare the id with what the clinic told you`,
    `Device  ${role.kid}`,
    role.role === null
      ? 'Role    not asked for: without an invitation a device reads'
      : `Role    ${role.role}`,
    ...(isMember === false
      ? ['Roster  the ledger does not have this device yet, and refuses what it signs: ask the clinic']
      : []),
  ]
  await finish(io, options, { text: `${lines.join('\n')}\n`, answer })
}

async function make(io: Io, options: JoinOptions, genesis: Uint8Array): Promise<void> {
  const { server, desk, key: file, passphraseFile, unsealed = false } = options
  using seal = unsealed
    ? null
    : await FileSeal.create(
        await readNewSecret(io, passphraseOf(desk, passphraseFile)),
        hardening(io, options),
        io,
      )
  using key = file === undefined ? SigningKey.generate(io.random) : await readOwnerKey(io, file)
  const book = newBook(anchorOf(genesis))
  await writeBytes(io, desk, encodeDesk({ server, key, book }, seal), { secret: true })
}

async function enrolled(
  io: Io,
  { invitationFile }: JoinOptions,
  client: ClinicClient,
): Promise<{ readonly kid: string; readonly role: string | null }> {
  const { kid } = client
  if (invitationFile === undefined && (io.env['CHARTSEAL_INVITATION'] ?? '') === '')
    return { kid, role: null }
  const invitation = await readSecret(io, {
    file: invitationFile,
    option: '--invitation-file',
    variable: 'CHARTSEAL_INVITATION',
    question: 'Invitation of the clinic',
  })
  return { kid, role: (await client.enrol(tokenOf(invitation))).text('role') }
}

const pollMs = 500
const mostPolls = 60
/** A prescription that nobody has: its proof has the roster. */
const nothing = new Uint8Array(32)

/**
 * The roster has a new device about a second later; before, what it signs is refused. It is not waited for without end:
 * where several registrars sign a roster, people do that. Gives whether the roster has it.
 */
async function untilMember(io: Io, { server, key, shelf }: HeldDesk, client: ClinicClient): Promise<boolean> {
  const reader = { way: ledgerWay(server, client), shelf, world: io }
  const kid = keyIdOf('Ed25519', verifyingKeyOf(key))
  for (let polls = 0; polls < mostPolls; polls++) {
    const checked = await proofAbout(reader, nothing)
    if (checked !== null && findMember(checked.anchor.roster, kid) !== null) return true
    await new Promise(resolve => setTimeout(resolve, pollMs))
  }
  return false
}
