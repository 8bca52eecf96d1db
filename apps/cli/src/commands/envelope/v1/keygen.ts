import { generateRsaKeyPair } from '@chartseal/ipfs-envelope/v1'
import { type Command, Option } from 'commander'
import { type CommonOptions, finish } from '../../../io/command.js'
import { passphraseSource, withPassphrase } from '../../../io/envelope/v1.js'
import type { Io } from '../../../io/io.js'
import { checkOutput, writeBytes } from '../../../io/output.js'
import { readNewSecret } from '../../../io/secrets.js'
import { describeV1 } from './describe.js'

interface KeygenOptions extends CommonOptions {
  readonly privateKey: string
  readonly publicKey: string
  readonly bits: '2048' | '3072' | '4096'
  readonly encrypt?: boolean
  readonly passphraseFile?: string
  readonly force?: boolean
}

const sizes = { '2048': 2048, '3072': 3072, '4096': 4096 } as const

/** `chartseal envelope keygen --v1`. */
export function keygenCommand(io: Io): Command {
  const command = describeV1(
    'keygen',
    'Make an RSA key pair',
    'chartseal envelope keygen --v1 --private-key alice.pem --public-key alice.pub.pem',
    'chartseal envelope keygen --v1 --private-key alice.pem --public-key alice.pub.pem --encrypt',
  )
  return withPassphrase(command)
    .requiredOption('--private-key <file>', 'where the private key goes; only its owner can read the file')
    .requiredOption('--public-key <file>', 'where the public key goes')
    .addOption(new Option('--bits <count>', 'of the modulus').choices(Object.keys(sizes)).default('3072'))
    .option('--encrypt', 'encrypt the private key under a passphrase')
    .option('--force', 'replace files that exist')
    .action(async (options: KeygenOptions) => {
      const { privateKey, publicKey, encrypt, passphraseFile, force = false } = options
      for (const file of [privateKey, publicKey]) await checkOutput(io, file, { force })
      const encrypted = encrypt === true || passphraseFile !== undefined
      const pair = await generateRsaKeyPair({
        bits: sizes[options.bits],
        random: io.random,
        ...(encrypted ? { passphrase: await readNewSecret(io, passphraseSource(passphraseFile)) } : {}),
      })
      await writeBytes(io, privateKey, pair.privateKeyPem, { force, secret: true })
      await writeBytes(io, publicKey, pair.publicKeyPem, { force })
      const answer = { private_key: privateKey, public_key: publicKey, encrypted }
      await finish(io, options, { text: `${privateKey}\n${publicKey}\n`, answer })
    })
}
