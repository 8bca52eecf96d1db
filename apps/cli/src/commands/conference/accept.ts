import { stat } from 'node:fs/promises'
import { acknowledge, type Change, type Device } from '@chartseal/clinic'
import {
  type Accepted,
  acceptInvitation,
  type ConferenceSeat,
  decodeSeat,
  encodeSeat,
  wipeSeat,
} from '@chartseal/clinic/conference'
import { type DeviceFolder, withDeviceFolder } from '@chartseal/clinic/fs'
import { contentOf, FileSeal, isSealed } from '@chartseal/clinic/fs/conference'
import { visible } from '@chartseal/core/text'
import { formatMessage } from '@chartseal/wire'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { inFile, pathOf, readBytes } from '../../io/files.js'
import { hardening } from '../../io/hardening.js'
import { type Io, writeLine } from '../../io/io.js'
import { type Staged, stageFile } from '../../io/output.js'
import { folderOptions } from '../../io/ring.js'
import { readSecret } from '../../io/secrets.js'
import {
  type MessageOptions,
  messageIn,
  naming,
  ringFolder,
  threadOptions,
  withThread,
} from '../message/options.js'
import { passphraseSource, type SealingOptions, withSealing } from './file-passphrase.js'

interface AcceptOptions extends MessageOptions, SealingOptions {
  readonly seat: string
  readonly seatPassphraseFile?: string
}

export function acceptCommand(io: Io): Command {
  const command = describeCommand(
    'accept',
    'Read an invitation, keep a seat with a key of its own, and print the sealed answer',
    'chartseal conference accept --ring rosa-okafor --patient PAT-12345 --seat round.seat invitation.sealed',
  )
  const sealing = withSealing(withThread(command))
  return sealing
    .option(
      '--seat-passphrase-file <file>',
      'the passphrase of the seat, one line; default: that of the ring',
    )
    .requiredOption(
      '--seat <file>',
      'the seat; it is made. With one of this conference the answer is given again',
    )
    .argument('[files...]', 'the invitation or its parts, as they were pasted; - is stdin', ['-'])
    .action((files: readonly string[], options: AcceptOptions) => runAccept(io, files, options))
}

async function runAccept(io: Io, files: readonly string[], options: AcceptOptions): Promise<void> {
  if (options.seat === '-') throw new UsageError('--seat must name a file: what comes is kept beside it')
  const file = await fileOf(io, options.seat)
  const message = await messageIn(io, files)
  const place = await folderOptions(io, ringFolder(options), options)
  using seal = await seatSeal(io, options, file, place.passphrase)
  const known = file === null ? null : await inFile(options.seat, () => decodeSeat(contentOf(file, seal)))
  const { seat, message: sealed } = await withDeviceFolder(place, folder =>
    accept(io, folder, message, options, { known, seal }),
  )
  wipeSeat(seat)
  const answer = formatMessage(sealed)
  const { title, doctorName, untilMs } = seat
  await writeLine(
    io.stderr,
    `${visible(title)}, by ${visible(doctorName)}. Next: send the answer to the doctor.`,
  )
  await finish(io, options, {
    text: `${answer}\n`,
    answer: { message: answer, seat: options.seat, title, doctor: doctorName, until_ms: untilMs },
  })
}

/** The seat is whole, then the invitation counts as opened, then the seat is in its place; only then the answer leaves. */
async function accept(
  io: Io,
  folder: DeviceFolder,
  message: Uint8Array,
  options: AcceptOptions,
  { known, seal }: { readonly known: ConferenceSeat | null; readonly seal: FileSeal | null },
): Promise<Accepted> {
  const begun: Staged[] = []
  try {
    const accepted = await folder.change(async device => {
      const { result, device: after } = acceptNamed(io, device, message, options, known)
      begun.push(await stageSeat(io, options.seat, result.seat, { force: known !== null, seal }))
      return { result, device: after }
    })
    for (const staged of begun) await staged.publish()
    await folder.change(device => acknowledge(device, accepted.invitation))
    return accepted
  } catch (error) {
    for (const staged of begun) await staged.discard()
    throw error
  }
}

function acceptNamed(
  io: Io,
  device: Device,
  message: Uint8Array,
  options: AcceptOptions,
  known: ConferenceSeat | null,
): Change<Accepted> {
  const thread = { ...threadOptions(options), again: known !== null }
  return naming(options, () => acceptInvitation(device, message, thread, io, known))
}

async function stageSeat(
  io: Io,
  file: string,
  seat: ConferenceSeat,
  { force, seal }: { readonly force: boolean; readonly seal: FileSeal | null },
): Promise<Staged> {
  const bytes = encodeSeat(seat)
  try {
    return await stageFile(io, file, { force, secret: true }, handle =>
      handle.writeFile(seal === null ? bytes : seal.seal(bytes)),
    )
  } finally {
    bytes.fill(0)
  }
}

/** `null` where there is no such file. */
async function fileOf(io: Io, file: string): Promise<Uint8Array | null> {
  const found = await stat(pathOf(io, file)).catch(() => null)
  return found === null ? null : readBytes(io, file)
}

/** Under the passphrase of the ring, unless the seat has one of its own; a seat that is there stays as it is sealed. */
async function seatSeal(
  io: Io,
  options: AcceptOptions,
  file: Uint8Array | null,
  ofRing: string,
): Promise<FileSeal | null> {
  const isOpen = file === null ? options.unsealed === true : !isSealed(file)
  if (isOpen) return null
  const passphrase = options.seatPassphraseFile === undefined ? ofRing : await ownPassphrase(io, options)
  return file === null
    ? FileSeal.create(passphrase, hardening(io, options), io)
    : inFile(options.seat, () => FileSeal.open(file, passphrase, io))
}

function ownPassphrase(io: Io, { seat, seatPassphraseFile }: AcceptOptions): Promise<string> {
  return readSecret(io, passphraseSource(io, '--seat-passphrase-file', seatPassphraseFile, seat))
}
