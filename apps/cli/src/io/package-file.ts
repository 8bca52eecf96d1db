import { type EnvelopePackage, formatPackage, packageFields } from '@chartseal/ipfs-envelope/v1'
import { finish, type OutputOptions } from './command.js'
import type { Io } from './io.js'

/** The package as the result of a command; under `--json` it is the same object. */
export async function finishPackage(
  io: Io,
  options: OutputOptions,
  envelope: EnvelopePackage,
): Promise<void> {
  const { cid, nonce, enc_keys } = packageFields(envelope)
  await finish(io, options, { text: `${formatPackage(envelope)}\n`, answer: { cid, nonce, enc_keys } })
}
