import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeBase64Url } from '@chartseal/core/encoding'
import {
  encodeGenesis,
  ledgerIdOf,
  type Member,
  type MemberRole,
  memberOf,
  sortedMembers,
} from '@chartseal/emr-ledger'
import { type Command, InvalidArgumentError } from 'commander'
import { type CommonOptions, describeCommand, finish, parseCount, parseInteger } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { fileProblem, inFile, pathOf, readBytes } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { readPublicKey } from '../../io/ledger/public-key.js'
import { writeBytes } from '../../io/output.js'
import { archiveTip } from './archive.js'
import { type ArchiveOptions, withArchive } from './v1/chain-file.js'

interface InitOptions extends CommonOptions, ArchiveOptions {
  readonly folder: string
  readonly name: string
  readonly genesis?: string
  readonly member: readonly NamedMember[]
  readonly difficulty: bigint
  readonly blockSeconds: number
  readonly after?: string
}

interface NamedMember {
  readonly role: MemberRole
  readonly name: string
  readonly file: string
}

const defaultDifficulty = 10_000n
const windowBlocks = 60

export function initNodeCommand(io: Io): Command {
  const command = describeCommand(
    'init',
    'Begin a ledger, or take part in one whose genesis you have; its folder must be new',
    'chartseal ledger node init --folder node --name Valley --member registrar:Board:board.jwk --member prescriber:Okafor:doctor.jwk --member dispenser:North:pharmacy.jwk',
    'chartseal ledger node init --folder other --genesis node/genesis.cbor',
  )
  return withArchive(command)
    .option('--after <file>', 'a chain file of version 1 that the ledger follows: its tip is in the genesis')
    .requiredOption('--folder <folder>', 'the new folder of the node')
    .option('--name <name>', 'what people call the ledger', 'Ledger of my own')
    .option('--genesis <file>', 'of the ledger to take part in')
    .option(
      '--member <role:name:file>',
      'a member of the first roster: prescriber, dispenser, sealer or registrar, and the public key as PEM or JWK; once for each',
      addMember,
      [],
    )
    .option(
      '--difficulty <number>',
      'how many nonces the first block takes on average',
      parseInteger(1n, 2n ** 64n),
      defaultDifficulty,
    )
    .option('--block-seconds <count>', 'what the difficulty then aims at', parseCount(1, 86_400), 60)
    .action((options: InitOptions) => init(io, options))
}

/** For commander: adds one to those before. */
function addMember(text: string, before: readonly NamedMember[]): readonly NamedMember[] {
  const [, word = '', name = '', file = ''] = /^(\w+):([^:]*):(.+)$/.exec(text) ?? []
  const role = roles.find(one => one === word)
  if (role === undefined)
    throw new InvalidArgumentError(`It must be ROLE:NAME:FILE, the role one of ${roles.join(', ')}.`)
  return [...before, { role, name, file }]
}

const roles: readonly MemberRole[] = ['prescriber', 'dispenser', 'sealer', 'registrar']

async function init(io: Io, options: InitOptions): Promise<void> {
  const { folder, json = false } = options
  const genesis = await genesisOf(io, options)
  const path = pathOf(io, folder)
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    throw fileProblem('write', folder, error)
  })
  await writeBytes(io, join(path, 'genesis.cbor'), genesis)
  const ledger = encodeBase64Url(ledgerIdOf(genesis))
  await finish(io, { json }, { text: `Ledger  ${ledger}\nFolder  ${folder}\n`, answer: { ledger, folder } })
}

/** @throws UsageError; ChartsealError `member-key/unreadable`, `ledger/genesis`, `ledger/roster` */
async function genesisOf(io: Io, options: InitOptions): Promise<Uint8Array> {
  const { genesis: file, name, difficulty, blockSeconds } = options
  if (file !== undefined) {
    const bytes = await readBytes(io, file)
    await inFile(file, () => ledgerIdOf(bytes))
    return bytes
  }
  const members = await membersOf(io, options.member)
  if (!members.some(({ roles: its }) => its.includes('registrar')))
    throw new UsageError('give --member registrar:NAME:FILE: without one nobody can ever change the roster')
  return encodeGenesis({
    name,
    timestamp: BigInt(Math.floor(io.clock.nowMs() / 1_000)),
    roster: { number: 1n, members, quorum: 1 },
    seal: { kind: 'pow', firstDifficulty: difficulty, blockSeconds, window: windowBlocks },
    legacy: options.after === undefined ? null : await archiveTip(io, options.after, options),
    salt: io.random.bytes(32),
  })
}

async function membersOf(io: Io, named: readonly NamedMember[]): Promise<readonly Member[]> {
  const members: Member[] = []
  for (const { role, name, file } of named) {
    const key = await readPublicKey(io, file)
    members.push(await inFile(file, () => memberOf({ ...key, roles: [role], name })))
  }
  return sortedMembers(members)
}
