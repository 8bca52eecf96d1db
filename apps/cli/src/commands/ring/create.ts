import { newDevice, shellWord } from '@chartseal/clinic'
import { createFolder } from '@chartseal/clinic/fs'
import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeHex } from '@chartseal/core/encoding'
import type { Role } from '@chartseal/kdf-keyring'
import { type Command, Option } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { type HardeningOptions, hardening, withHardening } from '../../io/hardening.js'
import type { Io } from '../../io/io.js'
import { newFolderOptions, type PassphraseOptions, withPassphrase } from '../../io/ring.js'

interface CreateOptions extends PassphraseOptions, HardeningOptions {
  readonly role: Role
  readonly name: string
}

export function createCommand(io: Io): Command {
  const command = describeCommand(
    'create',
    'Make a folder for the keys of one pair; next comes chartseal pair',
    'chartseal ring create --role doctor --name "Dr. Okafor" okafor-rosa',
  )
  return withHardening(withPassphrase(command))
    .addOption(
      new Option('--role <role>', 'who you are').choices(['doctor', 'patient']).makeOptionMandatory(),
    )
    .requiredOption('--name <name>', 'your name, as the other side will see it')
    .argument('<folder>', 'the folder; it is made')
    .action(async (folder: string, options: CreateOptions) => {
      const device = newDevice(options.role, options.name, io.random)
      const fingerprint = encodeHex(verifyingKeyOf(device.self.signingKey))
      const place = { ...(await newFolderOptions(io, folder, options)), parameters: hardening(io, options) }
      await createFolder(place, device)
      const next = `chartseal pair ${options.role === 'doctor' ? 'show' : 'accept'} ${shellWord(folder)}`
      await finish(io, options, {
        text: `${folder} is ready. Your signing key: ${fingerprint}\nNext, at the first visit: ${next}\n`,
        answer: { folder, signing_key: fingerprint },
      })
    })
}
