import { ringNow } from '@chartseal/clinic'
import { epochOf, formatEpoch, parseEpoch, type Ring, rotateRing, shred } from '@chartseal/kdf-keyring'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'
import { type ClockOptions, inFolder, withClock } from '../../io/ring.js'

export function rotateCommand(io: Io): Command {
  const command = describeCommand(
    'rotate',
    'Move to the next month before it begins; one month ahead at most',
    'chartseal ring rotate okafor-rosa',
  )
  return withClock(command)
    .argument('<folder>')
    .action(async (folder: string, options: ClockOptions) => {
      await change(io, folder, options, ring => rotateRing(ring, io.clock.nowMs()))
    })
}

export function shredCommand(io: Io): Command {
  const command = describeCommand(
    'shred',
    'Destroy the keys of an ended month now, before its seven days of grace are over',
    'chartseal ring shred okafor-rosa 2026-03',
  )
  return withClock(command)
    .argument('<folder>')
    .argument('<month>', 'YYYY-MM; exports and copies of the folder made before still have its keys')
    .action(async (folder: string, month: string, options: ClockOptions) => {
      const epoch = readMonth(month)
      await change(io, folder, options, ring => shred(ring, epoch))
    })
}

async function change(
  io: Io,
  folder: string,
  options: ClockOptions,
  step: (ring: Ring) => Ring,
): Promise<void> {
  const told = await inFolder(io, folder, options, before => {
    const ring = step(ringNow(before, io, options.confirmClock))
    const grace = ring.grace.map(({ epoch }) => formatEpoch(epoch))
    const destroyed = ring.forgotten.map(({ epoch }) => formatEpoch(epoch))
    return { result: { active: formatEpoch(ring.epoch), grace, destroyed }, device: { ...before, ring } }
  })
  const list = (months: readonly string[]): string => (months.length === 0 ? 'no month' : months.join(', '))
  await finish(io, options, {
    text: `${told.active} seals; ${list(told.grace)} still reads; ${list(told.destroyed)} destroyed\n`,
    answer: told,
  })
}

function readMonth(text: string): number {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) throw new UsageError('a month is written YYYY-MM')
  return parseEpoch(epochOf(Date.parse(`${text}-01T00:00:00Z`)))
}
