import type { Answer } from '@chartseal/core/json'
import { generateRsaKeyPair, type Inspection, inspectPackage } from '@chartseal/ipfs-envelope/v1'
import { type Command, Option } from 'commander'
import { type CommonOptions, describeCommand, describeGroup, finish } from '../io/command.js'
import { passphraseSource, withPassphrase } from '../io/envelope.js'
import { AlreadyTold } from '../io/errors.js'
import { readText } from '../io/files.js'
import type { Io } from '../io/io.js'
import { checkOutput, writeBytes } from '../io/output.js'
import { readNewSecret } from '../io/secrets.js'
import { grantCommand, revokeCommand } from './envelope/access.js'
import { getCommand, putCommand } from './envelope/records.js'

/** `chartseal envelope …`: records encrypted once, with a key for each recipient. */
export function envelopeCommand(io: Io): Command {
  return describeGroup(
    'envelope',
    'Store records for several recipients, grant and revoke access',
    keygenCommand(io),
    putCommand(io),
    getCommand(io),
    grantCommand(io),
    revokeCommand(io),
    inspectCommand(io),
  )
}

interface KeygenOptions extends CommonOptions {
  readonly privateKey: string
  readonly publicKey: string
  readonly bits: '2048' | '3072' | '4096'
  readonly encrypt?: boolean
  readonly passphraseFile?: string
  readonly force?: boolean
}

const sizes = { '2048': 2048, '3072': 3072, '4096': 4096 } as const

function keygenCommand(io: Io): Command {
  const command = describeCommand(
    'keygen',
    'Make an RSA key pair',
    'chartseal envelope keygen --private-key alice.pem --public-key alice.pub.pem',
    'chartseal envelope keygen --private-key alice.pem --public-key alice.pub.pem --encrypt',
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

function inspectCommand(io: Io): Command {
  return describeCommand(
    'inspect',
    'Tell what a package shows without a key',
    'chartseal envelope inspect record.json',
  )
    .argument('[package]', 'the package; - is stdin', '-')
    .action(async (file: string, options: CommonOptions) => {
      const found = inspectPackage(await readText(io, file))
      await finish(io, options, { text: describe(found), answer: toAnswer(found) })
      if (found.refusal !== null) throw new AlreadyTold()
    })
}

function describe({ package: seen, refusal }: Inspection): string {
  const told =
    seen === null
      ? []
      : [
          `CID         ${seen.cid}`,
          `Root        ${seen.root === 'raw' ? 'one raw block' : 'a UnixFS node (dag-pb)'}`,
          ...seen.recipients.map(
            ({ id, wrappedBytes }) => `Recipient   ${JSON.stringify(id)}, ${wrappedBytes} bytes`,
          ),
          'All of this is in clear and signed by nobody.',
        ]
  const verdict = refusal === null ? 'well formed' : `refused: ${refusal.reason} (${refusal.code})`
  return [...told, `Verdict     ${verdict}`, ''].join('\n')
}

function toAnswer({ package: seen, refusal }: Inspection): Answer {
  return {
    refusal: refusal === null ? null : { ...refusal },
    package:
      seen === null
        ? null
        : {
            cid: seen.cid,
            cid_version: seen.cidVersion,
            root: seen.root,
            recipients: seen.recipients.map(({ id, wrappedBytes }) => ({ id, wrapped_bytes: wrappedBytes })),
          },
  }
}
