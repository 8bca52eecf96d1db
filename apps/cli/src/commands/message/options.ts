/** Options that sealing and opening share, and what both sides must agree on. */
import { encodeHex } from '@chartseal/core/encoding'
import type { Ring } from '@chartseal/kdf-keyring'
import type { Binding } from '@chartseal/wire'
import type { Command } from 'commander'
import { UsageError } from '../../io/errors.js'
import { type ClockOptions, withClock } from '../../io/ring.js'

export interface BindingOptions {
  readonly patient?: string
  readonly thread: string
  readonly from?: string
  readonly to?: string
}

export interface MessageOptions extends ClockOptions, BindingOptions {
  readonly ring?: string
  readonly v1?: boolean
  readonly keyFile?: string
}

export function withMessageOptions(command: Command): Command {
  return withClock(command)
    .option('--ring <folder>', 'the folder of the ring')
    .option('--patient <id>', 'the patient id; both sides name it, and it is not in the message')
    .option('--thread <name>', 'the thread, likewise', '')
    .option('--from <name>', 'the sender, likewise (default: the key of the side that seals)')
    .option('--to <name>', 'the recipient, likewise (default: the key of the other side)')
    .option('--v1', 'the published format [MEDCRYPT:v1:…], with a key in place of a ring')
    .option('--key-file <file>', 'with --v1: the key, 64 hexadecimal digits; else CHARTSEAL_KEY or a prompt')
}

/** @throws UsageError */
export function ringFolder({ ring }: MessageOptions): string {
  if (ring === undefined) throw new UsageError('give --ring FOLDER, or --v1 and a key')
  return ring
}

/** @throws UsageError without a patient id */
export function patientOf({ patient }: BindingOptions): string {
  if (patient === undefined) throw new UsageError('give --patient ID: it is part of what is sealed')
  return patient
}

/** What is authenticated and not in the message; names default to the signing keys of the pair. */
export function bindingOf(options: BindingOptions, { identities }: Ring, sealedBy: 'own' | 'peer'): Binding {
  const other = sealedBy === 'own' ? 'peer' : 'own'
  return {
    patientId: patientOf(options),
    thread: options.thread,
    sender: options.from ?? encodeHex(identities[sealedBy]),
    recipient: options.to ?? encodeHex(identities[other]),
  }
}
