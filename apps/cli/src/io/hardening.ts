/** How hard a passphrase is to guess: Argon2id, with numbers that a small machine may lower. */
import { newArgon2id, type PassphraseParameters } from '@chartseal/kdf-keyring'
import { type Command, Option } from 'commander'
import { parseCount } from './command.js'
import type { Io } from './io.js'

export interface HardeningOptions {
  readonly memory?: number
  readonly passes?: number
}

export function withHardening(command: Command): Command {
  return command
    .addOption(
      new Option('--memory <KiB>', 'memory of Argon2id (default: 65536)').argParser(
        parseCount(19_456, 1_048_576),
      ),
    )
    .addOption(new Option('--passes <count>', 'passes of Argon2id (default: 3)').argParser(parseCount(2, 16)))
}

export function hardening(io: Io, { memory, passes }: HardeningOptions): PassphraseParameters {
  const usual = newArgon2id(io.random)
  return { ...usual, memoryKiB: memory ?? usual.memoryKiB, passes: passes ?? usual.passes }
}
