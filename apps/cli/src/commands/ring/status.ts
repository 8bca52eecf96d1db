import { type Device, ringNow, wipeDevice } from '@chartseal/clinic'
import { readDevice } from '@chartseal/clinic/fs'
import type { Answer } from '@chartseal/core/json'
import { quoted } from '@chartseal/core/text'
import { defaultBudget, epochEnd, formatEpoch, type Ring } from '@chartseal/kdf-keyring'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { type ClockOptions, folderOptions, inFolder, withClock } from '../../io/ring.js'

export function statusCommand(io: Io): Command {
  const command = describeCommand(
    'status',
    'Show what a ring holds: its month, what still reads, what it has sealed',
    'chartseal ring status okafor-rosa',
  )
  return withClock(command)
    .argument('<folder>')
    .action(async (folder: string, options: ClockOptions) => {
      await finish(io, options, await readStatus(io, folder, options))
    })
}

interface Status {
  readonly text: string
  readonly answer: Answer
}

/** Without lock and write, so that it works on read-only media; a confirmed clock alone is stored. */
async function readStatus(io: Io, folder: string, options: ClockOptions): Promise<Status> {
  if (options.confirmClock === true) {
    return inFolder(io, folder, options, before => {
      const device = present(io, before, options)
      return { result: statusOf(device), device }
    })
  }
  const stored = await readDevice(await folderOptions(io, folder, options))
  const device = present(io, stored, options)
  try {
    return statusOf(device)
  } finally {
    wipeDevice(stored)
    wipeDevice(device)
  }
}

function present(io: Io, device: Device, options: ClockOptions): Device {
  return { ...device, ring: device.ring === null ? null : ringNow(device, io, options.confirmClock) }
}

function statusOf(device: Device): Status {
  return { text: describe(device), answer: toAnswer(device) }
}

const time = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ')

function describe({ self, pairing, ring, peerName }: Device): string {
  const lines = [`You         ${quoted(self.name)}, ${self.role}`]
  if (pairing !== null) lines.push(`Pairing     begun with: chartseal pair ${pairing.side}`)
  if (ring === null) return [...lines, 'Paired      with nobody yet', ''].join('\n')
  return [
    ...lines,
    `Paired      with ${quoted(peerName)} since ${formatEpoch(ring.firstEpoch)}`,
    `Device      ${ring.device}; the next one gets ${ring.nextDevice}`,
    `Month       ${formatEpoch(ring.epoch)} seals and reads, to ${time(epochEnd(ring.epoch))} UTC`,
    ...ring.grace.map(
      ({ epoch, untilMs }) => `Grace       ${formatEpoch(epoch)} reads to ${time(untilMs)} UTC`,
    ),
    `Destroyed   ${ring.forgotten.length === 0 ? 'nothing' : ring.forgotten.map(({ epoch }) => formatEpoch(epoch)).join(', ')}`,
    `Sealed      ${ring.sent.messages} messages, ${ring.sent.bytes} bytes this month; ` +
      `${defaultBudget.messages} and ${defaultBudget.bytes} are allowed`,
    '',
  ].join('\n')
}

function toAnswer({ self, pairing, ring, peerName }: Device): Answer {
  return {
    role: self.role,
    name: self.name,
    pairing: pairing?.side ?? null,
    peer: ring === null ? null : peerName,
    ring: ring === null ? null : ringAnswer(ring),
  }
}

function ringAnswer(ring: Ring): Answer {
  return {
    device: ring.device,
    next_device: ring.nextDevice,
    first: formatEpoch(ring.firstEpoch),
    active: formatEpoch(ring.epoch),
    grace: ring.grace.map(({ epoch, untilMs }) => ({ month: formatEpoch(epoch), until_ms: untilMs })),
    destroyed: ring.forgotten.map(({ epoch }) => formatEpoch(epoch)),
    messages: ring.sent.messages,
    bytes: ring.sent.bytes,
  }
}
