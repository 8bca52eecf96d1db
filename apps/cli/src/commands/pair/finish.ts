import { clinicError, confirmDigits } from '@chartseal/clinic'
import { quoted } from '@chartseal/core/text'
import { keyringError } from '@chartseal/kdf-keyring'
import { finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { inFolder, type PassphraseOptions } from '../../io/ring.js'

/** The last step of either side. */
export async function finishPairing(
  io: Io,
  folder: string,
  options: PassphraseOptions,
  digits: string,
  side: 'show' | 'accept',
): Promise<void> {
  const peer = await inFolder(io, folder, options, device => confirmDigits(device, digits, side, io))
  if (peer === null) throw clinicError('pairing/digits-differ', {})
  await finish(io, options, { text: `${folder} is paired with ${quoted(peer)}\n`, answer: { folder, peer } })
}

/** @throws ChartsealError `keyring/pairing-void` after a second, different answer */
export function refuseVoid<Told>(told: Told | null): Told {
  if (told === null) throw keyringError('keyring/pairing-void', {})
  return told
}
