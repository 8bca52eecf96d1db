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
import { visible } from '@chartseal/core/text'
import { formatMessage } from '@chartseal/wire'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { inFile, pathOf, readBytes } from '../../io/files.js'
import { type Io, writeLine } from '../../io/io.js'
import { type Staged, stageFile } from '../../io/output.js'
import { folderOptions } from '../../io/ring.js'
import {
  type MessageOptions,
  messageIn,
  namingBinding,
  ringFolder,
  threadOptions,
  withThread,
} from '../message/options.js'

interface AcceptOptions extends MessageOptions {
  readonly seat: string
}

export function acceptCommand(io: Io): Command {
  const command = describeCommand(
    'accept',
    'Read an invitation, keep a seat with a key of its own, and print the sealed answer',
    'chartseal conference accept --ring rosa-okafor --patient PAT-12345 --seat round.seat invitation.sealed',
  )
  return withThread(command)
    .requiredOption(
      '--seat <file>',
      'the seat; it is made. With one of this conference the answer is given again',
    )
    .argument('[files...]', 'the invitation or its parts, as they were pasted; - is stdin', ['-'])
    .action((files: readonly string[], options: AcceptOptions) => runAccept(io, files, options))
}

async function runAccept(io: Io, files: readonly string[], options: AcceptOptions): Promise<void> {
  if (options.seat === '-') throw new UsageError('--seat must name a file: what comes is kept beside it')
  const known = await findSeat(io, options.seat)
  const message = await messageIn(io, files)
  const place = await folderOptions(io, ringFolder(options), options)
  const { seat, message: sealed } = await withDeviceFolder(place, folder =>
    accept(io, folder, message, options, known),
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
  known: ConferenceSeat | null,
): Promise<Accepted> {
  const begun: Staged[] = []
  try {
    const accepted = await folder.change(async device => {
      const { result, device: after } = acceptNamed(io, device, message, options, known)
      begun.push(await stageSeat(io, options.seat, result.seat, known !== null))
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
  try {
    return acceptInvitation(device, message, thread, io, known)
  } catch (error) {
    throw namingBinding(error, options)
  }
}

async function stageSeat(io: Io, file: string, seat: ConferenceSeat, force: boolean): Promise<Staged> {
  const bytes = encodeSeat(seat)
  try {
    return await stageFile(io, file, { force, secret: true }, handle => handle.writeFile(bytes))
  } finally {
    bytes.fill(0)
  }
}

/** `null` where there is no such file. */
async function findSeat(io: Io, file: string): Promise<ConferenceSeat | null> {
  const found = await stat(pathOf(io, file)).catch(() => null)
  if (found === null) return null
  const bytes = await readBytes(io, file)
  return inFile(file, () => decodeSeat(bytes))
}
