import { createCustodyKey, openOwnShare } from '@chartseal/clinic/break-glass'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import { formatShare, wipeShares } from '@chartseal/shamir'
import type { Command } from 'commander'
import {
  type DeviceOptions,
  fetchSet,
  parseEmergencyId,
  type SessionOptions,
  useDevice,
  useSession,
  withDevice,
  withSession,
} from '../../io/break-glass/session.js'
import { describeCommand, finish, type OutputOptions, withOutput } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { inFile, readLine } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { checkOutput, writeBytes } from '../../io/output.js'

interface KeyOptions extends DeviceOptions, OutputOptions {
  readonly out: string
}

export function keyCommand(io: Io): Command {
  const command = describeCommand(
    'key',
    'Make the key of a custodian: owners of records seal shares to it',
    'chartseal break-glass key --server https://clinic.example --key eva.device --out eva.custody',
  )
  return withDevice(command)
    .requiredOption('-o, --out <file>', 'the secret key; it is made before the clinic knows of it')
    .option('--force', 'let --out replace a file: shares that were sealed to that key are lost without it')
    .action((options: KeyOptions) => runKey(io, options))
}

async function runKey(io: Io, options: KeyOptions): Promise<void> {
  const { out, force = false } = options
  if (out === '-') throw new UsageError('--out must name a file: it is a secret key')
  await checkOutput(io, out, { force })
  await useDevice(io, options, async ({ client, kid, signatory }) => {
    const origin = (await client.about()).text('origin')
    const { secret, statement } = await createCustodyKey(signatory, origin, io)
    try {
      await writeBytes(io, out, `${encodeHex(secret.reveal())}\n`, { force, secret: true })
    } finally {
      secret.wipe()
    }
    await client.putBytes(`/v1/breakglass/keys/${kid}`, statement.bytes)
    const text = `Owners of records can name ${kid} as a custodian now. Keep ${out}: without it no share opens.\n`
    await finish(io, { json: options.json ?? false }, { text, answer: { kid, file: out } })
  })
}

/** The caller wipes it. */
export async function readCustodyKey(io: Io, file: string): Promise<SecretBytes> {
  const text = await readLine(io, file)
  return inFile(file, () => {
    const bytes = decodeHex(text)
    if (bytes.length !== 32) throw new UsageError(`${file} must be a file of break-glass key`)
    return new SecretBytes(bytes)
  })
}

interface SheetOptions extends SessionOptions, OutputOptions {
  readonly custody: string
  readonly set: string
}

export function sheetCommand(io: Io): Command {
  const command = describeCommand(
    'sheet',
    'Write the share of this custodian as text, to be printed: it opens without this device',
    'chartseal break-glass sheet --server https://clinic.example --key eva.device --trust clinic.trust --custody eva.custody --out sheet.txt --set 0zXvYQm1p9J4q2fC8eRk3A',
  )
  return withOutput(withSession(command))
    .requiredOption('--custody <file>', 'the key of break-glass key')
    .requiredOption('--set <id>', 'the emergency set, of list --sets', parseEmergencyId)
    .action(async (options: SheetOptions) => {
      const { set } = options
      if (options.out === undefined || options.out === '-')
        throw new UsageError('a share is secret: give --out FILE')
      await useSession(io, options, async session => {
        using secret = await readCustodyKey(io, options.custody)
        const { statement, share: sealed } = await fetchSet(session, set)
        const share = openOwnShare(statement, session.kid, sealed === null ? null : { sealed, secret })
        try {
          const text = `${formatShare(share)}\n`
          const answer = { set, index: share.x, file: options.out ?? '' }
          await finish(io, { ...options, json: false }, { text, answer, secret: true })
          const told = `Share ${share.x} of set ${set} is in ${options.out}: print it, keep it apart, delete the file.\n`
          await finish(io, { json: options.json ?? false }, { text: told, answer })
        } finally {
          wipeShares([share])
        }
      })
    })
}
