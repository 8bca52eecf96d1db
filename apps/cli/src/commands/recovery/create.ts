import { join } from 'node:path'
import { encodeHex } from '@chartseal/core/encoding'
import { exportRing } from '@chartseal/kdf-keyring'
import { formatShare, splitSecret } from '@chartseal/shamir'
import { type Command, Option } from 'commander'
import { describeCommand, finish, parseCount } from '../../io/command.js'
import { type HardeningOptions, hardening, withHardening } from '../../io/hardening.js'
import type { Io } from '../../io/io.js'
import { type ClockOptions, inFolder, ringNow, withClock } from '../../io/ring.js'
import { writeAll } from '../../io/share-envelopes.js'

const kitKeyBytes = 32

interface CreateOptions extends ClockOptions, HardeningOptions {
  readonly threshold: number
  readonly shares: number
  readonly label: string
  readonly kit: string
}

export function createCommand(io: Io): Command {
  const command = describeCommand(
    'create',
    'Seal the ring under a key that nobody has, and split that key among custodians',
    'chartseal recovery create okafor-rosa --threshold 2 --shares 3 --kit kit',
  )
  return withHardening(withClock(command))
    .addOption(option('--threshold <count>', 'how many custodians are needed'))
    .addOption(option('--shares <count>', 'how many there are'))
    .requiredOption('--kit <folder>', 'where ring.export and the shares go; it is made')
    .option('--label <text>', 'stands on each share, in clear', 'ring recovery')
    .argument('<folder>', 'the folder of the ring')
    .action(async (folder: string, options: CreateOptions) => {
      const { sealed, shares } = await makeKit(io, folder, options)
      const files = [
        { name: 'ring.export', data: sealed },
        ...shares.map((text, i) => ({ name: `share-${i + 1}.txt`, data: `${text}\n` })),
      ].map(({ name, data }) => ({ file: join(options.kit, name), data, secret: true }))
      await writeAll(io, options.kit, files, options.force ?? false)
      const names = files.map(({ file }) => file)
      const text = `${names.join('\n')}\nKeep ring.export; give each custodian one share, and keep none of them.\n`
      await finish(io, { json: options.json ?? false }, { text, answer: { files: names } })
    })
}

const option = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(parseCount(2, 255)).makeOptionMandatory()

async function makeKit(
  io: Io,
  folder: string,
  options: CreateOptions,
): Promise<{ readonly sealed: Uint8Array; readonly shares: readonly string[] }> {
  const secret = io.random.bytes(kitKeyBytes)
  try {
    const { threshold, shares: numShares, label } = options
    const split = { threshold, numShares, label, random: io.random, clock: io.clock }
    const shares = splitSecret(secret, split).map(formatShare)
    const parameters = hardening(io, options)
    const passphrase = kitPassphrase(secret)
    const sealed = await inFolder(io, folder, options, async before => {
      const exported = await exportRing(ringNow(io, before, options), passphrase, { parameters })
      return { result: exported.sealed, device: { ...before, ring: exported.ring } }
    })
    return { sealed, shares }
  } finally {
    secret.fill(0)
  }
}

/** What seals the export: the recovered bytes in lower-case hexadecimal. */
export function kitPassphrase(secret: Uint8Array): string {
  return encodeHex(secret)
}
